"""Remember what was mailed, so that a failure that lasts is mailed once a day and not at every run."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from redcap_licats.notify.model import Outcome

FILE = "mailed.json"


def not_yet_mailed(folder: Path, outcomes: Sequence[Outcome], today: dt.date) -> tuple[Outcome, ...]:
    """Give the runs that did not end well and of which no such mail went out today."""
    mailed = _read(folder)
    return tuple(one for one in outcomes if one.exit and mailed.get(one.project) != _words(one, today))


def remember(folder: Path, outcomes: Sequence[Outcome], today: dt.date) -> None:
    """Remember the runs that did not end well as mailed, and forget those that did.

    What cannot be kept is mailed once more, which is better than not at all.
    """
    before = _read(folder)
    ran = {one.project for one in outcomes}
    mailed = {project: words for project, words in before.items() if project not in ran}
    mailed |= {one.project: _words(one, today) for one in outcomes if one.exit}
    if mailed != before:
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = folder / f"{FILE}.{os.getpid()}.new"
            draft.write_text(json.dumps(mailed), encoding="utf-8")
            draft.replace(folder / FILE)


def _words(outcome: Outcome, today: dt.date) -> str:
    return f"{today.isoformat()} {outcome.error.code if outcome.error else 'left out'}"


def _read(folder: Path) -> Mapping[str, str]:
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}
