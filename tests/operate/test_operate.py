"""What docs/operate hands to an operator works: files are read by what will read them, commands and keys exist."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from redcap_licats.cli.app import program_of
from redcap_licats.config import (
    MailSettings,
    NotifySettings,
    PingSettings,
    ProjectSettings,
    ServiceSettings,
    load_config,
)
from redcap_licats.errors import ConfigError, FatalError, GuardError, LicatsError, ServerError, StoppedError
from redcap_licats.notify.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs"
FILES = DOCS / "operate"
PAGE = (DOCS / "operate.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(program_of()).commands  # type: ignore[attr-defined]
UNITS = ("licats.service", "licats-serve.service", "licats.timer")
PROGRAM = "/opt/licats/bin/licats"


def refuse_bad_options(line: str) -> None:
    """Parse a command line as the program does, without carrying it out."""
    name, *arguments = shlex.split(line)
    if name == "protocol":
        command = COMMANDS[name].commands[arguments[0]]
        arguments = arguments[1:]
    else:
        command = COMMANDS[name]
    command.make_context(name, [one for one in arguments if one != "…"])


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((FILES / name).read_text(encoding="utf-8"))
    return parser


def test_the_example_configuration_loads() -> None:
    config = load_config(FILES / "licats.toml")
    assert [one.name for one in config.project] == ["lupus", "myositis"]
    assert config.notify.mail is not None
    assert config.notify.ping is not None
    assert len({one.server for one in config.project}) == 1


@pytest.mark.parametrize(
    ("table", "prefix"),
    [
        (ProjectSettings, ""),
        (NotifySettings, ""),
        (PingSettings, "ping."),
        (MailSettings, "mail."),
        (ServiceSettings, ""),
    ],
)
def test_every_key_is_explained(table: type[ProjectSettings], prefix: str) -> None:
    keys = PAGE[PAGE.index("## All keys") :]
    missing = [key for key in table.model_fields if f"`{prefix}{key}`" not in keys and key not in ("ping", "mail")]
    assert missing == []


def test_every_command_on_the_page_exists_with_its_options() -> None:
    shell = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in shell for line in block.splitlines()]
    lines += re.findall(r"`(licats [^`]*)`", PAGE)
    found = [line.removeprefix("licats ") for line in lines if line.startswith("licats ")]
    assert len(found) > 15
    for line in found:
        refuse_bad_options(line.replace(" N", " 5") if "--max-changes" in line else line)


def test_every_metric_on_the_page_exists() -> None:
    assert set(re.findall(r"\blicats_[a-z_]+seconds\b", PAGE)) <= set(METRICS)


@pytest.mark.parametrize("error", [LicatsError, ConfigError, ServerError, GuardError, FatalError, StoppedError])
def test_every_exit_code_is_explained(error: type[LicatsError]) -> None:
    assert f"| {error.exit_code} | " in PAGE


def test_every_file_is_named_on_the_page_and_every_link_leads_somewhere() -> None:
    links = set(re.findall(r"\]\(([^)#]+)\)", PAGE))
    assert {f"operate/{one.name}" for one in FILES.iterdir()} <= links
    assert all((DOCS / link).exists() for link in links)


def test_the_line_for_cron() -> None:
    lines = (FILES / "licats.cron").read_text(encoding="utf-8").splitlines()
    (line,) = [one for one in lines if PROGRAM in one and not one.startswith("#")]
    *schedule, user, command = line.split(None, 6)
    assert all(re.fullmatch(r"\*|\*/\d+|\d+", one) for one in schedule)
    assert user == "licats"
    assert "%" not in command  # cron would end the line there
    refuse_bad_options(command.removeprefix(PROGRAM))
    assert "--quiet" in command


def test_the_service_runs_the_same_command_hardened() -> None:
    service = unit("licats.service")["Service"]
    refuse_bad_options(service["ExecStart"].removeprefix(PROGRAM))
    assert service["Type"] == "oneshot"
    assert service["User"] == "licats"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert unit("licats.timer")["Install"]["WantedBy"] == "timers.target"
    assert unit("licats.timer")["Timer"]["OnCalendar"]


def test_the_lasting_service_is_as_hardened() -> None:
    once, lasting = unit("licats.service")["Service"], unit("licats-serve.service")["Service"]
    refuse_bad_options(lasting["ExecStart"].removeprefix(PROGRAM))
    assert lasting["RestartPreventExitStatus"] == str(ConfigError.exit_code)
    assert unit("licats-serve.service")["Install"]["WantedBy"] == "multi-user.target"
    differ = {"Type", "ExecStart", "TimeoutStartSec"}
    assert {key: value for key, value in once.items() if key not in differ}.items() <= dict(lasting).items()


@pytest.mark.parametrize("name", ["module", "trigger", "polling"])
def test_pages_for_sites_lead_somewhere_and_their_configuration_loads(name: str, tmp_path: Path) -> None:
    text = (DOCS / "sites" / f"{name}.md").read_text(encoding="utf-8")
    assert all((DOCS / "sites" / link).exists() for link in re.findall(r"\]\(([^)#]+)\)", text))
    project = """name = "a"\nurl = "https://redcap.example.org/api/"\nproject_id = 1\ntoken = { env = "T" }\n"""
    (block,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(line.strip() for line in block.splitlines())
    head = "[[project]]\n"
    whole = lines.replace(head, head + project) if head in lines else f"{head}{project}{lines}"
    (tmp_path / "licats.toml").write_text(whole, encoding="utf-8")
    assert load_config(tmp_path / "licats.toml").project


def test_systemd_takes_the_units_where_there_is_systemd(tmp_path: Path) -> None:
    texts = {name: (FILES / name).read_text(encoding="utf-8") for name in UNITS}
    assert texts["licats.service"].count(PROGRAM) == 1
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        return  # what can be told without it is told by the test before
    for name, text in texts.items():
        (tmp_path / name).write_text(text.replace(PROGRAM, "/bin/true"), encoding="utf-8")
    verify = [systemd, "verify", *(str(tmp_path / name) for name in texts)]
    run = subprocess.run(verify, capture_output=True, text=True, timeout=60)
    ours = [line for line in run.stderr.splitlines() if "licats" in line]
    assert (run.returncode, ours) == (0, [])


def test_the_image_is_made_as_it_should_be() -> None:
    text = (FILES / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    kinds = [kind for kind, _ in steps]
    last = dict(steps[len(kinds) - kinds[::-1].index("FROM") :])
    assert last["USER"].split(":") == ["10001", "10001"]
    assert kinds.index("USER") > max(index for index, kind in enumerate(kinds) if kind == "RUN")
    assert last["ENTRYPOINT"] == '["licats"]'
    refuse_bad_options(" ".join(re.findall(r'"([^"]*)"', last["CMD"])))
    assert "ADD" not in kinds
    images = [rest.split()[0] for kind, rest in steps if kind == "FROM"]
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", one) for one in images)
    sources = [one for kind, rest in steps if kind == "COPY" and "--from" not in rest for one in rest.split()[:-1]]
    assert all((DOCS.parent / one).exists() for one in sources)
    assert not re.search(r"token\s*=|password\s*=", text, re.IGNORECASE)
