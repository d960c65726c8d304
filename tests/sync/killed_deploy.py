"""A deployment in a process of its own that ends itself with SIGKILL right before or after one of its writes.

Usage: killed_deploy.py SETTINGS.json CONTENT before|after
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from deploy_study import PROTOCOL

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_token
from redcap_licats.api.transport import Transport
from redcap_licats.config import ProjectSettings
from redcap_licats.mapping import load_mapping
from redcap_licats.sync.deploy import deploy
from redcap_licats.sync.deploy_plan import make_plan
from redcap_licats.sync.placement import placement_of


def main() -> None:
    file, content, when = sys.argv[1:]
    settings = ProjectSettings.model_validate(json.loads(Path(file).read_text()))
    real = Transport.send

    def lethal(self: Transport, payload: Any, *arguments: Any, **options: Any) -> Any:
        chosen = payload.get("content") == content and "data" in payload
        if chosen and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        reply = real(self, payload, *arguments, **options)
        if chosen:
            os.kill(os.getpid(), signal.SIGKILL)
        return reply

    Transport.send = lethal  # type: ignore[method-assign]
    placement = placement_of(load_mapping(settings.mapping, PROTOCOL), PROTOCOL)
    with RedcapClient(settings.url, read_token(settings), rate_per_minute=0) as client:
        deploy(client, make_plan(client, PROTOCOL, placement), settings, accepted=(), folder=None)


if __name__ == "__main__":
    main()
