"""Call a health-check service, which raises the alarm when no call comes."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import requests

from redcap_licats.config import is_loopback


def ping(url: str, timeout: float) -> str:
    """Call an address and give what went wrong, '' if nothing; takes no longer than the time-out, never raises.

    The address may hold a secret, so it is no part of what is given.
    """
    trouble = ["no answer in time"]

    def call() -> None:
        trouble[0] = _call(url, timeout)

    # requests limits each step, not the whole; a thread can be left behind
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(timeout)
    return trouble[0]


def _call(url: str, timeout: float) -> str:
    session = requests.Session()
    # a call to this machine itself must not leave it through a proxy
    session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    try:
        with session, session.get(url, timeout=timeout, allow_redirects=False, stream=True) as reply:
            return "" if reply.status_code in range(200, 300) else f"HTTP {reply.status_code}"
    except requests.RequestException as error:
        return type(error).__name__
