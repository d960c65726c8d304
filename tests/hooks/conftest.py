"""The REDCap module as it is packed, and a small REDCap that it runs in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.limit import Limiter
from redcap_licats.api.retry import Retry

HOOKS = Path(__file__).parents[2] / "hooks"
TOKEN = "0123456789ABCDEF0123456789ABCDEF"
OTHER_TOKEN = "FEDCBA9876543210FEDCBA9876543210"


def need(*programs: str) -> None:
    """Skip where a program is not installed."""
    if missing := [one for one in programs if shutil.which(one) is None]:
        pytest.skip(f"{', '.join(missing)} not installed; see tests/system-packages")


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


@dataclass
class SmallRedcap:
    """The module behind ``php -S``: what a test does to it goes through ``/test/``, the rest is the API."""

    url: str

    def do(self, what: str, given: object = None) -> str:
        reply = requests.post(f"{self.url}/test/{what}", json=given, timeout=60)
        assert reply.status_code == 200, reply.text
        return reply.text

    def save(self, record: str, form: str, instance: int = 1) -> None:
        self.do("save", [record, form, 41, 3, None, None, instance])

    def client(self, token: str = TOKEN, attempts: int = 1) -> RedcapClient:
        retry = Retry(attempts=attempts, sleep=lambda seconds: None)
        return RedcapClient(f"{self.url}/api/", token, retry=retry, limiter=Limiter(0), read_timeout=60.0)


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
