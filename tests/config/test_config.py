from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from redcap_licats.config import Config, checked_url, load_config
from redcap_licats.errors import ConfigError

GOOD = """
[[project]]
name = "tokyo"
url = "https://redcap.example.org/api"
project_id = 12
token = { env = "TOKYO_TOKEN" }
"""


def load(folder: Path, text: str) -> Config:
    path = folder / "licats.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def refusal(folder: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    assert str(folder) in caught.value.where
    return caught.value


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    project = load(tmp_path, GOOD).find(None)
    assert project.url == "https://redcap.example.org/api/"
    assert project.rate_per_minute == 120
    assert project.answer_in == "form"
    assert not project.frozen
    assert project.state_folder == tmp_path / "licats-state"
    assert project.server == "redcap.example.org"


def test_two_installations_on_one_server_are_told_apart_and_share_its_limit(tmp_path: Path) -> None:
    one = load(tmp_path, GOOD).find(None)
    two = load(tmp_path, GOOD.replace("example.org/api", "example.org/redcap_test/api")).find(None)
    assert (one.installation, two.installation) == ("redcap.example.org", "redcap.example.org/redcap_test")
    assert one.key != two.key
    assert one.server == two.server
    assert "/" not in two.key


def test_paths_are_read_from_the_files_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    project = load(tmp_path, GOOD + 'overlay = "study"\nstate = "here/state"\n').find("tokyo")
    assert project.overlay == tmp_path / "study"
    assert project.state_folder == tmp_path / "here" / "state"


def test_state_may_be_a_database(tmp_path: Path) -> None:
    project = load(tmp_path, GOOD + 'state = "postgresql://db/licats"\n').find(None)
    assert project.state == "postgresql://db/licats"
    assert project.state_folder.is_absolute()


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("projct_id = 3", "CONFIG-KEY", ["projct_id", "project_id", "tokyo"]),
        ("rate_per_min = 3", "CONFIG-KEY", ["rate_per_minute"]),
        ("xyz = 3", "CONFIG-KEY", ["Known keys", "max_changes"]),
        ("rate_per_minute = -1", "CONFIG-VALUE", ["rate_per_minute", "greater than or equal to 0"]),
        ('answer_in = "mail"', "CONFIG-VALUE", ["answer_in", "form", "drw"]),
        ('answer_in = "drw"', "CONFIG-VALUE", ["answer_in", "not read yet"]),
        ("mapping = 1", "CONFIG-VALUE", ["mapping", "path"]),
        ('time_zone = "Asia/Tokio"', "CONFIG-VALUE", ["time_zone", "did you mean 'Asia/Tokyo'"]),
        ('time_zone = ""', "CONFIG-VALUE", ["time_zone", "Europe/Berlin"]),
        ('data_cut = "soon"', "CONFIG-VALUE", ["data_cut"]),
        ("max_changes = 0", "CONFIG-VALUE", ["max_changes"]),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, line: str, code: str, words: list[str]) -> None:
    error = refusal(tmp_path, GOOD + line)
    assert error.code == code
    for word in words:
        assert word in str(error)


def test_today_is_that_of_the_time_zone(tmp_path: Path) -> None:
    instant = dt.datetime(2026, 2, 28, 20, 0, tzinfo=dt.UTC)
    there = load(tmp_path, GOOD + 'time_zone = "Asia/Tokyo"').find(None)
    assert there.local(instant).date() == dt.date(2026, 3, 1)
    assert load(tmp_path, GOOD).find(None).local(instant) == instant


MAIL = 'host = "mail.example.org"\nsender = "licats@example.org"\nto = ["data@example.org"]\n'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("[notify]\nmetric = 1", "CONFIG-KEY", ["notify.metric", "metrics"]),
        ("[notify.mail]\nhst = 1\n" + MAIL, "CONFIG-KEY", ["notify.mail.hst", "host"]),
        ("[notify.ping]\nsucces = 1", "CONFIG-KEY", ["notify.ping.succes", "success"]),
        ("[notify.ping]", "CONFIG-VALUE", ["notify.ping", "at least one"]),
        ('[notify.ping]\nfail = "http://example.org/x"', "CONFIG-VALUE", ["notify.ping.fail", "http://"]),
        ('[notify.ping]\nfail = "https://a:b@example.org/x"', "CONFIG-VALUE", ["no password"]),
        ('[notify.mail]\nsecurity = "none"\n' + MAIL, "CONFIG-VALUE", ["notify.mail", "this machine itself"]),
        ('[notify.mail]\nuser = "x"\n' + MAIL, "CONFIG-VALUE", ["user and password"]),
        ('[notify.mail]\nuser = "x"\npassword = "s3cret"\n' + MAIL, "CONFIG-VALUE", ["never the password"]),
        ("[notify.mail]\n" + MAIL.replace("data@", "data"), "CONFIG-VALUE", ["notify.mail.to"]),
        ('[notify]\nlanguage = "de"', "CONFIG-VALUE", ["notify.language"]),
        ("notify = 1\n", "CONFIG-VALUE", ["notify"]),
    ],
)
def test_a_wrong_way_to_be_told_is_named(tmp_path: Path, text: str, code: str, words: list[str]) -> None:
    error = refusal(tmp_path, text + GOOD if text.startswith("notify") else GOOD + text)
    assert error.code == code
    for word in words:
        assert word in str(error)
    assert "s3cret" not in str(error) + str(error.__cause__)


def test_mail_goes_to_the_usual_port(tmp_path: Path) -> None:
    mail = load(tmp_path, f"{GOOD}[notify.mail]\n{MAIL}").notify.mail
    assert mail is not None
    assert mail.address == ("mail.example.org", 587)
    secure = load(tmp_path, f'{GOOD}[notify.mail]\nsecurity = "tls"\nport = 2465\n{MAIL}').notify.mail
    assert secure is not None
    assert secure.address == ("mail.example.org", 2465)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("{ envv = 'X' }", ["token.envv", "Did you mean 'env'"]),
        ("{ env = 'X', file = 'y' }", ["exactly one"]),
        ("{}", ["exactly one"]),
        ('"0123456789ABCDEF0123456789ABCDEF"', ["never the token itself"]),
    ],
)
def test_a_token_is_only_pointed_at(tmp_path: Path, token: str, words: list[str]) -> None:
    error = refusal(tmp_path, GOOD.replace('{ env = "TOKYO_TOKEN" }', token))
    for word in words:
        assert word in str(error)
    assert "0123456789ABCDEF" not in str(error) + str(error.__cause__)


@pytest.mark.parametrize("key", ["name", "url", "project_id", "token"])
def test_a_key_that_is_needed_is_missed(tmp_path: Path, key: str) -> None:
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    error = refusal(tmp_path, "\n".join(lines))
    assert f"'{key}'" in error.message


def test_a_file_without_projects(tmp_path: Path) -> None:
    assert refusal(tmp_path, "").code == "CONFIG-VALUE"
    assert refusal(tmp_path, "projects = 1\n" + GOOD).remedy == "Did you mean 'project'?"
    assert refusal(tmp_path, "project = 1").code == "CONFIG-VALUE"


def test_two_projects_of_one_name(tmp_path: Path) -> None:
    assert "tokyo" in refusal(tmp_path, GOOD + GOOD).message


def test_broken_and_missing_files(tmp_path: Path) -> None:
    assert refusal(tmp_path, "[[project]\n").code == "CONFIG-TOML"
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "other.toml")
    assert caught.value.code == "CONFIG-MISSING"


def test_the_variable_and_then_the_working_folder_say_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, GOOD)
    monkeypatch.delenv("LICATS_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert load_config().path == tmp_path / "licats.toml"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("LICATS_CONFIG", str(tmp_path / "licats.toml"))
    assert load_config().path == tmp_path / "licats.toml"


def test_one_of_several_projects_must_be_named(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD + GOOD.replace("tokyo", "osaka"))
    assert config.find("osaka").name == "osaka"
    for name in (None, "kyoto"):
        with pytest.raises(ConfigError) as caught:
            config.find(name)
        assert "tokyo, osaka" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://redcap.example.org/api/",
        "http://127.0.0.1.example.org/api/",
        "ftp://redcap.example.org/api/",
        "https://redcap.example.org/",
        "https:///api/",
        "redcap.example.org/api/",
        "https://user:secret@redcap.example.org/api/",
        "https://redcap.example.org/api/?x=/api/",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        checked_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://redcap.example.org/api", "http://localhost:81/api/", "http://[::1]/api/", "http://127.0.0.9/api/"],
)
def test_addresses_that_are_taken(url: str) -> None:
    assert checked_url(url).endswith("/api/")
