"""The REDCap module as it is packed, and a small REDCap that it runs in."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# the service's process, the subject that its tests know, and a study with a project of its own
sys.path.insert(0, str(Path(__file__).parents[1] / "service"))
sys.path.insert(0, str(Path(__file__).parents[1] / "sync"))
sys.path.insert(0, str(Path(__file__).parents[1] / "mapping"))

from drw_study import REST, WRONG, Study
from one_address import one_address
from small_redcap import HOOKS, SmallRedcap, need
from study import project_xml, settings

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module's folder, packed by the script and unpacked as an administrator does."""
    folder = tmp_path_factory.mktemp("module")
    script = HOOKS / "tools" / "package_module.py"
    subprocess.run([sys.executable, script, "--out", folder], check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.zip")
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder / "modules")
    (module,) = (folder / "modules").iterdir()
    return module


@pytest.fixture(scope="session")
def running(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallRedcap]:
    need("php", "mariadbd", "mariadb-install-db")
    folder = tmp_path_factory.mktemp("redcap")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LICATS_MODULE": str(packed), "LICATS_WORLD": str(folder / "world.json")}
    script = [HOOKS / "tests" / "with-mariadb", "php", "-S", f"127.0.0.1:{port}", HOOKS / "tests" / "server.php"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(script, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            else:
                pytest.fail((folder / "log").read_text())
            yield SmallRedcap(f"http://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


@pytest.fixture
def redcap(running: SmallRedcap) -> SmallRedcap:
    """A study as it is at first, with the workflow switched on."""
    running.do("new", {"settings": {"7": {"answer-drw": "1"}}})
    return running


@pytest.fixture(scope="package")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def study(
    redcap: SmallRedcap, sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Study]:
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=project_xml(), rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    with (
        RedcapClient(sandbox.url, token, rate_per_minute=0) as client,
        one_address(sandbox.url, f"{redcap.url}/api/") as url,
    ):
        project = settings(url, tmp_path / "state", client.project_info().project_id, answer_in="drw")
        yield Study(client, redcap, project, token)


@pytest.fixture
def asked(study: Study) -> Study:
    """The study after its first run, which asks about a date before the infusion."""
    study.enter(*REST, WRONG)
    assert study.run().threads.opened == 2
    return study
