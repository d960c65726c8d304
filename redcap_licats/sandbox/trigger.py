"""The Data Entry Trigger: announcing saves in the user interface to a URL.

One attempt without waiting for it to succeed; imports through the API announce nothing.
Source: facts/redcap_api.md 5.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

import requests

_TIMEOUT_SECONDS = 10


def announce(url: str, form: Mapping[str, str]) -> None:
    """Post a form to a URL in the background."""
    threading.Thread(target=_post, args=(url, dict(form)), daemon=True).start()


def addresses(base_url: str, version: str, project: int) -> dict[str, str]:
    """Give the two addresses that every announcement tells; ``base_url`` ends in a slash."""
    return {"redcap_url": base_url, "project_url": f"{base_url}redcap_v{version}/index.php?pid={project}"}


def _post(url: str, form: dict[str, str]) -> None:
    try:
        requests.post(url, data=form, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException:
        # REDCap neither retries nor tells anybody.
        return
