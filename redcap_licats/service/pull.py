"""Fetches the REDCap module's list of changes, and takes off it what was worked off; listens to threads as well.

The list itself is what a killed process begins from again: an entry stays on it until its record was worked off.
What people say in threads is no save, so it is asked for beside the list; the journal knows what a run has heard.
"""

from __future__ import annotations

import datetime as dt

from redcap_licats.config import ProjectSettings
from redcap_licats.journal.hints import NONE, Hint, HintQueue
from redcap_licats.sync.job import Ended
from redcap_licats.sync.running import client_of
from redcap_licats.sync.threads import Heard, workflow_of


class Puller:
    """The list of one project."""

    def __init__(self, settings: ProjectSettings, queue: HintQueue) -> None:
        self._settings = settings
        self._queue = queue
        self._listed: dict[str, set[int]] = {}
        self._done: set[int] = set()
        self._heard = Heard()

    def fetch(self) -> None:
        """Take over what is new on the list and in threads.

        Raises:
            LicatsError: The module or the state cannot be reached.
        """
        self.acknowledge()
        with client_of(self._settings) as client:
            listed = client.module.changes().changes
            known = {number for numbers in self._listed.values() for number in numbers}
            new = [one for one in listed if one.id not in known]
            self._queue.put({one.record for one in new}, dt.datetime.now(dt.UTC), NONE)
            for one in new:
                self._listed.setdefault(one.record, set()).add(one.id)
            if workflow := workflow_of(client, self._settings):
                heard = workflow.hear(self._heard)
                self._queue.put(heard.records, dt.datetime.now(dt.UTC), NONE)
                self._heard = heard

    def listed(self, hints: tuple[Hint, ...]) -> dict[str, frozenset[int]]:
        """Give what the list held of records before work on them began."""
        return {one.record: frozenset(self._listed.get(one.record, ())) for one in hints}

    def worked_off(self, listed: dict[str, frozenset[int]]) -> None:
        """Remember what may be taken off the list."""
        for record, numbers in listed.items():
            self._done |= numbers
            if left := self._listed.pop(record, set()) - numbers:
                self._listed[record] = left

    def acknowledge(self) -> None:
        """Take off the list what was worked off.

        Raises:
            LicatsError: The module cannot be reached; it is tried again the next time.
        """
        if self._done:
            with client_of(self._settings) as client:
                client.module.acknowledge(sorted(self._done))
            self._done.clear()

    def heartbeat(self, ended: Ended) -> None:
        """Tell the module, which shows it and sounds the alarm when it stays away, that a run finished.

        Raises:
            LicatsError: The module cannot be reached.
        """
        run = ended.summary
        finished = ended.started + dt.timedelta(seconds=run.seconds)
        with client_of(self._settings) as client:
            client.module.heartbeat(run.run_id, finished, run.protocol_version, run.protocol_hash)
