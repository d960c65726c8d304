"""A small REDCap with the packed module in it, behind ``php -S``."""

from __future__ import annotations

import shutil
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

    def say(
        self,
        record: str,
        field: str,
        status: str = "OPEN",
        response: str = "",
        user: int = 2,
        *,
        event: int | None = None,
        instance: int | None = None,
        comment: str = "ご確認ください",
    ) -> None:
        """Let a person take a step in the thread on a field."""
        self.do("say", [record, field, status, response or None, user, event, instance, comment])

    def client(self, token: str = TOKEN, attempts: int = 1) -> RedcapClient:
        retry = Retry(attempts=attempts, sleep=lambda seconds: None)
        return RedcapClient(f"{self.url}/api/", token, retry=retry, limiter=Limiter(0), read_timeout=60.0)
