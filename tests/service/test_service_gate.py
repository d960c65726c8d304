"""What of a trigger is believed, and how much of them is taken."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from service_process import OTHER, SECRET

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol
from redcap_licats.service.gate import Gate, Verdict, checked_secrets, site_of
from redcap_licats.service.rate import Bucket, Strangers

SETTINGS = ProjectSettings.model_validate(
    {
        "name": "lupus",
        "url": "https://redcap.example.org/redcap/api/",
        "project_id": 42,
        "token": {"env": "T"},
        "user": "licats_worker",
    }
)
SITE = site_of(SETTINGS, load_protocol())
GATE = Gate(checked_secrets([SECRET, OTHER]), [SITE])
FORM = {
    "project_id": "42",
    "username": "coordinator",
    "instrument": "labs",
    "record": "JP-001",
    "labs_complete": "2",
    "redcap_url": "https://redcap.example.org/redcap/",
    "project_url": "https://redcap.example.org/redcap/redcap_v16.1.3/index.php?pid=42",
}


def test_the_workers_forms_are_known_by_their_names_in_the_study(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text('prefix = "lx_"\n')
    site = site_of(SETTINGS.model_copy(update={"mapping": tmp_path / "mapping.toml"}), load_protocol())
    assert site.is_own("lx_licats_result", "")
    assert not site.is_own("licats_result", "")


def judged(**changes: str) -> Verdict:
    return GATE.judge(urlencode(FORM | changes).encode())[0]


def test_a_trigger_names_project_and_record() -> None:
    assert GATE.judge(urlencode(FORM).encode()) == (Verdict.ACCEPTED, (SETTINGS.key,), "JP-001")
    assert GATE.judge(urlencode(FORM | {"record": "患者 1+2&3"}).encode())[2] == "患者 1+2&3"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"redcap_url": "https://REDCAP.example.org:443/"}, Verdict.ACCEPTED),
        ({"username": "[survey respondent]"}, Verdict.ACCEPTED),
        ({"record": "x" * 100}, Verdict.ACCEPTED),
        ({"project_id": "43"}, Verdict.ELSEWHERE),
        ({"redcap_url": "https://redcap.example.com/redcap/"}, Verdict.ELSEWHERE),
        ({"redcap_url": "http://redcap.example.org/"}, Verdict.ELSEWHERE),
        ({"redcap_url": "https://redcap.example.org@evil.example/"}, Verdict.ELSEWHERE),
        ({"instrument": "licats_result"}, Verdict.OWN),
        ({"instrument": "licats_query"}, Verdict.OWN),
        ({"username": "licats_worker"}, Verdict.OWN),
        ({"record": ""}, Verdict.MALFORMED),
        ({"record": "x" * 101}, Verdict.MALFORMED),
        ({"record": "a\nb"}, Verdict.MALFORMED),
        ({"record": "a\x00b"}, Verdict.MALFORMED),
        ({"record": " a"}, Verdict.MALFORMED),
        ({"project_id": "042"}, Verdict.MALFORMED),
        ({"project_id": "４２"}, Verdict.MALFORMED),
        ({"instrument": "Labs!"}, Verdict.MALFORMED),
        ({"instrument": ""}, Verdict.MALFORMED),
        ({"redcap_url": "redcap"}, Verdict.MALFORMED),
        ({"redcap_url": "https://redcap.example.org:99999/"}, Verdict.MALFORMED),
        ({"redcap_url": "https://[::1/"}, Verdict.MALFORMED),
    ],
)
def test_verdicts(changes: dict[str, str], verdict: Verdict) -> None:
    assert judged(**changes) is verdict


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"record",
        b"record=%ff&project_id=42&instrument=labs&redcap_url=https://redcap.example.org/",
        urlencode(FORM).encode() + b"&record=other",
        urlencode(FORM | {f"f{n}": "" for n in range(50)}).encode(),
    ],
)
def test_garbage_is_refused(body: bytes) -> None:
    assert GATE.judge(body)[0] is Verdict.MALFORMED


def test_every_field_that_is_believed_is_needed() -> None:
    for name in ("project_id", "instrument", "record", "redcap_url"):
        left = {key: value for key, value in FORM.items() if key != name}
        assert GATE.judge(urlencode(left).encode())[0] is Verdict.MALFORMED


def test_both_secrets_open_and_nothing_else() -> None:
    assert GATE.opens(SECRET)
    assert GATE.opens(OTHER)
    for wrong in ("", SECRET[:-1], SECRET + "0", SECRET.upper(), SECRET + OTHER, "\ud800"):
        assert not GATE.opens(wrong)
    assert not Gate((), [SITE]).opens("")


@pytest.mark.parametrize("secret", ["tooshort", "0123456789abcdef/123456789abcdef", "geheim" * 4 + "ü"])
def test_a_secret_that_could_be_guessed_is_refused(secret: str) -> None:
    with pytest.raises(ConfigError) as refused:
        checked_secrets([SECRET, secret])
    assert refused.value.code == "SERVICE-SECRET"
    assert secret not in str(refused.value)


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(rate=2, burst=3)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(1) for _ in range(3)] == [True, True, False]
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]


def test_one_stranger_does_not_stand_in_for_another() -> None:
    strangers = Strangers()
    assert [strangers.take("10.0.0.1", 0) for _ in range(21)] == [True] * 20 + [False]
    assert strangers.take("10.0.0.2", 0)
    assert not strangers.take("10.0.0.1", 0)
    assert strangers.take("10.0.0.1", 2)


def test_installations_of_one_server_are_both_looked_at() -> None:
    settings = SETTINGS.model_copy(update={"url": "https://redcap.example.org/training/api/", "user": None})
    other = site_of(settings, load_protocol())
    gate = Gate((), [SITE, other])
    verdict, keys, _ = gate.judge(urlencode(FORM).encode())
    assert (verdict, keys) == (Verdict.ACCEPTED, (SITE.key, other.key))
    assert SITE.key != other.key
    assert gate.judge(urlencode(FORM | {"username": "licats_worker"}).encode())[1] == (other.key,)
