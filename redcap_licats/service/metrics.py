"""Figures of the service for Prometheus: what came in, what waits, and how the last runs ended."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Mapping

from redcap_licats.journal.hints import Waiting
from redcap_licats.notify.metrics import exposition
from redcap_licats.notify.model import Outcome
from redcap_licats.service.gate import Verdict


class Figures:
    """What is counted since the start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[Verdict] = Counter()
        self._last: dict[str, Outcome] = {}

    def count(self, verdict: Verdict) -> None:
        """Count a request."""
        with self._lock:
            self._requests[verdict] += 1

    def ended(self, outcome: Outcome) -> None:
        """Take over how a run ended."""
        with self._lock:
            self._last[outcome.project] = outcome

    def last(self) -> Mapping[str, Outcome]:
        """Give the last run of every project."""
        with self._lock:
            return dict(self._last)

    def text(self, waiting: Mapping[str, Waiting], now: dt.datetime) -> str:
        """Write everything as Prometheus reads it."""
        with self._lock:
            requests, last = dict(self._requests), list(self._last.values())
        lines = ["# HELP licats_triggers_total Requests to the trigger's address by what became of them."]
        lines += ["# TYPE licats_triggers_total counter"]
        lines += [f'licats_triggers_total{{result="{one}"}} {requests.get(one, 0)}' for one in Verdict]
        lines += ["# HELP licats_hints_waiting Records that wait to be worked off."]
        lines += ["# TYPE licats_hints_waiting gauge"]
        lines += [f'licats_hints_waiting{{project="{name}"}} {one.count}' for name, one in waiting.items()]
        lines += ["# HELP licats_hints_oldest_seconds How long the oldest of them has waited."]
        lines += ["# TYPE licats_hints_oldest_seconds gauge"]
        for name, one in waiting.items():
            age = (now - one.since).total_seconds() if one.since else 0.0
            lines.append(f'licats_hints_oldest_seconds{{project="{name}"}} {age:.3f}')
        return "\n".join([*lines, exposition(last)])
