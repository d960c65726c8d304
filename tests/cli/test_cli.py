"""The command line as a user meets it: a real process, real exit codes, one JSON object."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import openpyxl
import pytest

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess

CONFIG = """\
[[project]]
name = "trial"
url = "{url}"
project_id = {project_id}
token = {{ file = "token" }}
rate_per_minute = 0
"""


def licats(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from redcap_licats.cli import main; main()", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


def configure(folder: Path, url: str, token: str, project_id: int = 1) -> None:
    (folder / "licats.toml").write_text(CONFIG.format(url=url, project_id=project_id))
    (folder / "token").write_text(token)
    (folder / "token").chmod(0o600)


@pytest.fixture
def trial(sandbox: SandboxProcess, tmp_path: Path) -> tuple[Path, str]:
    """A folder with a configuration for a fresh, empty study."""
    odm = write_project(build_project(load_protocol()))
    token = create_project(sandbox.url, sandbox.super_token, title="Trial", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        configure(tmp_path, sandbox.url, token, client.project_info().project_id)
    return tmp_path, token


def complaint(run: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The error of a ``--json`` run; the output must be exactly one JSON object."""
    answer = json.loads(run.stdout)
    assert answer["exit"] == run.returncode
    error = answer["error"]
    assert error["message"]
    assert error["remedy"]
    return error


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "init",
        "doctor",
        "sync",
        "history",
        "undo",
        "resume",
        "forget",
        "report",
        "instruments build",
        "instruments preview",
        "instruments codebook",
        "instruments diff",
        "instruments deploy",
        "instruments restore",
        "protocol show",
        "sandbox serve",
        "sandbox try",
    ],
)
def test_every_command_has_help_with_an_example(command: str, tmp_path: Path) -> None:
    run = licats(*command.split(), "--help", folder=tmp_path)
    assert run.returncode == 0
    assert "Example: licats" in run.stdout


def test_without_a_configuration(tmp_path: Path) -> None:
    run = licats("sync", "--json", folder=tmp_path)
    assert run.returncode == 2
    assert complaint(run)["code"] == "CONFIG-MISSING"


def test_a_typo_in_the_configuration_names_the_nearest_key(trial: tuple[Path, str]) -> None:
    folder, _ = trial
    file = folder / "licats.toml"
    file.write_text(file.read_text().replace("rate_per_minute", "rate_per_minut"))
    run = licats("sync", "--json", folder=folder)
    assert run.returncode == 2
    assert "rate_per_minute" in complaint(run)["remedy"]


def test_an_unknown_option_is_one_json_object_too(tmp_path: Path) -> None:
    run = licats("sync", "--json", "--bogus", folder=tmp_path)
    assert run.returncode == 2
    assert complaint(run)["code"] == "USAGE"


def test_a_wrong_token_is_refused_and_never_shown(trial: tuple[Path, str]) -> None:
    folder, _ = trial
    (folder / "token").write_text("ABCDEF0123456789ABCDEF0123456789")
    run = licats("sync", "--json", folder=folder)
    assert run.returncode == 3
    assert complaint(run)["code"]
    assert "ABCDEF0123456789" not in run.stdout + run.stderr


def test_the_token_of_another_project_is_refused(trial: tuple[Path, str]) -> None:
    folder, token = trial
    configure(
        folder, (folder / "licats.toml").read_text().split('url = "')[1].split('"')[0], token, project_id=9999
    )
    run = licats("sync", "--json", folder=folder)
    assert run.returncode == 4
    assert "9999" in complaint(run)["message"]


def test_a_project_without_our_fields_is_named(sandbox: SandboxProcess, tmp_path: Path) -> None:
    project = build_project(load_protocol())
    foreign = type(project)(
        title="Foreign",
        dictionary=type(project.dictionary)(project.dictionary.forms["enrolment"]),
        form_labels={"enrolment": "Enrolment"},
        settings=project.settings,
        arms=project.arms,
        events=tuple(
            type(one)(one.name, one.arm, one.unique_name, forms=("enrolment",)) for one in project.events
        ),
    )
    odm = write_project(foreign)
    token = create_project(sandbox.url, sandbox.super_token, title="Foreign", odm=odm, rate_per_minute=0)
    with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
        configure(tmp_path, sandbox.url, token, client.project_info().project_id)
    run = licats("sync", "--json", folder=tmp_path)
    assert run.returncode == 2
    assert "licats_result" in complaint(run)["message"] or "infusion" in complaint(run)["message"]


def test_a_web_page_instead_of_json(tmp_path: Path) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b"<!DOCTYPE html><html><body>Scheduled maintenance</body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            configure(tmp_path, f"http://127.0.0.1:{server.server_port}/api/", "0" * 32)
            run = licats("doctor", "--json", folder=tmp_path)
        finally:
            server.shutdown()
            thread.join()
    assert run.returncode == 3
    assert "Scheduled" not in run.stdout + run.stderr
    complaint(run)


def test_a_server_that_is_down(tmp_path: Path) -> None:
    configure(tmp_path, "http://127.0.0.1:9/api/", "0" * 32)
    run = licats("sync", "--json", folder=tmp_path)
    assert run.returncode == 3
    assert complaint(run)["code"] == "API-UNREACHABLE"


def test_init_doctor_sync_and_report_on_an_empty_study(trial: tuple[Path, str]) -> None:
    folder, token = trial
    given = (folder / "licats.toml").read_text()
    url = given.split('url = "')[1].split('"')[0]
    project_id = given.split("project_id = ")[1].split("\n")[0]
    (folder / "licats.toml").unlink()
    arguments = ("--url", url, "--project-id", project_id, "--token-env", "TRIAL_TOKEN", "--name", "trial")
    environment = {"TRIAL_TOKEN": token}
    first = licats("init", *arguments, folder=folder, environment=environment)
    assert first.returncode == 0, first.stderr
    again = licats("init", *arguments, folder=folder, environment=environment)
    assert again.returncode == 2
    assert "INIT-EXISTS" in again.stderr
    assert licats("doctor", folder=folder, environment=environment).returncode == 0
    run = licats("sync", "--json", folder=folder, environment=environment)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["records_read"] == 0
    report = licats("report", "--json", folder=folder, environment=environment)
    assert report.returncode == 0, report.stderr
    (path,) = json.loads(report.stdout)["files"]
    assert (folder / path).stat().st_size > 0
    both = licats("report", "--html", "--privacy", "no-values", "--json", folder=folder, environment=environment)
    assert both.returncode == 0, both.stderr
    book, page = (folder / name for name in json.loads(both.stdout)["files"])
    assert book.name == path
    assert page.name == path.replace("_queries.xlsx", "_report.html")
    assert "no values of single subjects" in page.read_text(encoding="utf-8")
    again = licats(
        "report", "--since", "2026-01-31", "--privacy", "no-values", folder=folder, environment=environment
    )
    assert again.returncode == 0, again.stderr
    readme = [cell.value for row in openpyxl.load_workbook(folder / path)["Read me"] for cell in row]
    assert any(str(text).startswith("2026-01-31, that day included") for text in readme)
    assert "Values not shown" in readme
    late = licats("report", "--json", "--since", "2999-01-01", folder=folder, environment=environment)
    assert late.returncode == 2
    assert complaint(late)["code"] == "REPORT-SINCE"
    assert licats("report", "--since", "yesterday", folder=folder, environment=environment).returncode == 2


def test_a_workbook_that_leaves_records_out_is_named_so_and_the_exit_code_tells(trial: tuple[Path, str]) -> None:
    folder, token = trial
    url = (folder / "licats.toml").read_text().split('url = "')[1].split('"')[0]
    row = {"record_id": "B-1", "redcap_repeat_instrument": "licats_query", "redcap_repeat_instance": "1"}
    with RedcapClient(url, token, rate_per_minute=0) as client:
        client.import_rows([row | {"qry_id_d": "x", "qry_state_d": "open"}])
    report = licats("report", "--json", folder=folder)
    assert report.returncode == 1
    told = json.loads(report.stdout)
    assert told["exit"] == 1
    assert told["files"][0].endswith("_queries_INCOMPLETE.xlsx")
    assert "Read me" in report.stderr


def test_an_answer_without_a_query_is_told_in_words(trial: tuple[Path, str]) -> None:
    folder, token = trial
    url = (folder / "licats.toml").read_text().split('url = "')[1].split('"')[0]
    row = {"redcap_repeat_instrument": "licats_query_answer", "redcap_repeat_instance": "7", "ans_comment": "?"}
    with RedcapClient(url, token, rate_per_minute=0) as client:
        client.import_rows([{"record_id": "A-1"} | row])
    run = licats("sync", "--quiet", folder=folder)
    assert run.returncode == 0
    assert "record A-1, query 7: answer without a query" in run.stderr


def test_what_cannot_be_written_is_named(trial: tuple[Path, str]) -> None:
    folder, _ = trial
    (folder / "file").write_text("no folder")
    report = licats("report", "--json", "--out", "file/reports", folder=folder)
    assert report.returncode == 2
    assert complaint(report)["code"] == "REPORT-WRITE"
    arguments = ("--url", "https://redcap.example.org/api/", "--project-id", "3", "--token-env", "X")
    init = licats("init", *arguments, "--config", "file/licats.toml", folder=folder)
    assert init.returncode == 2
    assert "INIT-WRITE" in init.stderr


def test_the_token_is_asked_for_in_exactly_one_way(tmp_path: Path) -> None:
    run = licats("init", "--url", "https://redcap.example.org/api/", "--project-id", "3", folder=tmp_path)
    assert run.returncode == 2
    assert "--token-env" in run.stderr
    assert not (tmp_path / "licats.toml").exists()


def test_the_demo_does_the_whole_job(tmp_path: Path) -> None:
    run = licats("demo", "--out", "demo", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "0 cells written" in run.stdout
    assert "not published" in run.stdout
    last = run.stdout.strip().splitlines()[-1]
    assert last.endswith("_queries.xlsx")
    assert (tmp_path / last).is_file()
    assert (tmp_path / "demo" / "instruments" / "project.xml").is_file()
    pages = sorted(one.name.split("_20")[0] for one in (tmp_path / "demo").glob("*_report.html"))
    assert pages == ["demo_all", "demo_site_a", "demo_site_b"]


@pytest.mark.parametrize("precious", ["thesis.docx", "licats.toml"])
def test_the_demo_leaves_a_foreign_folder_alone(tmp_path: Path, precious: str) -> None:
    (tmp_path / precious).write_text("precious")
    run = licats("demo", "--out", str(tmp_path), folder=tmp_path)
    assert run.returncode == 2
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(precious, "precious")]


def test_the_preview_is_one_file(tmp_path: Path) -> None:
    run = licats("instruments", "preview", "--out", "forms.html", "--language", "ja", folder=tmp_path)
    assert run.returncode == 0
    page = (tmp_path / "forms.html").read_text("utf-8")
    assert '<html lang="ja"' in page
    # no data of anybody is in it
    assert (tmp_path / "forms.html").stat().st_mode & 0o777 == 0o644
    assert not re.search(r"""(src|href)=["']?https?:""", page)
    run = licats("instruments", "preview", "--annotated", folder=tmp_path)
    assert run.returncode == 2
    assert "PREVIEW-OPTIONS" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["forms.html"]
