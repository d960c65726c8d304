"""One run in a process of its own that ends itself with SIGKILL at a given moment.

Usage: killed.py SETTINGS.json COMMAND WHERE WHEN COUNT
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from redcap_licats.api.module import ModuleClient
from redcap_licats.api.transport import Transport
from redcap_licats.config import ProjectSettings
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.memory import Memory
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.undo import undo
from redcap_licats.sync.worker import sync

#: what can be done when the process dies
PLACES: Mapping[str, tuple[type, str]] = {
    "request": (Transport, "send"),
    "import": (Transport, "send"),
    "intend": (Journal, "intend"),
    "confirm": (Journal, "confirm"),
    "remember": (Memory, "remember"),
    "learn": (Memory, "learn"),
    "hold": (Memory, "hold"),
    "finish": (Journal, "finish"),
    "threads": (ModuleClient, "ask"),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lethal(place: str, when: str, count: int) -> None:
    owner, name = PLACES[place]
    real: Callable[..., Any] = getattr(owner, name)
    left = count

    def wrapped(self: object, *arguments: Any, **options: Any) -> Any:
        nonlocal left
        if place != "import" or "data" in arguments[0]:
            left -= 1
            if left == 0 and when == "before":
                die()
        answer = real(self, *arguments, **options)
        if left == 0:
            die()
        return answer

    setattr(owner, name, wrapped)


def main() -> None:
    file, command, place, when, count = sys.argv[1:]
    settings = ProjectSettings.model_validate(json.loads(Path(file).read_text()))
    lethal(place, when, int(count))
    if command == "sync":
        sync(settings, load_protocol())
    else:
        undo(settings, load_protocol(), command)


if __name__ == "__main__":
    main()
