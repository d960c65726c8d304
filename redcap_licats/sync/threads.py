"""Threads of REDCap's Data Resolution Workflow, for studies that answer queries there.

The rows of ``licats_query`` stay what a query is. Threads are read before a record is worked out, and kept up with
after its rows were written: a run that dies in between leaves rows without threads, and the next one sees that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.threads import Thread
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError, FatalError, GuardError, ServerError
from redcap_licats.query.threads import Projection, by_record
from redcap_licats.sync.guards import place
from redcap_licats.sync.summary import ThreadCounts

#: what stands against the workflow -> how a run refuses because of it; any other error stays what it is
_REFUSALS: Mapping[str, type[FatalError]] = {
    **dict.fromkeys(
        ("MODULE-ABSENT", "MODULE-ACTION", "MODULE-USER", "MODULE-RIGHT", "MODULE-DRW-OFF"), ConfigError
    ),
    # the module does not know the tables, or is not sure of them
    "MODULE-DRW": GuardError,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What people said in threads since they were last listened to.

    Attributes:
        records: Records in whose threads somebody took a step.
        last, since: Number of the last step before which all were heard, and the steps after it that were; None
            where nobody listened yet.
    """

    records: frozenset[str] = frozenset()
    last: int | None = None
    since: frozenset[int] = frozenset()


class Workflow:
    """The threads of one project, and what became of what was to be said in them.

    Attributes:
        counts: Threads in which something was done, and those left to people.
        refused: Records with a thread that could not be opened or closed, each with the reason.
    """

    def __init__(self, client: RedcapClient, settings: ProjectSettings) -> None:
        self._module = client.module
        self._settings = settings
        self.counts = ThreadCounts()
        self.refused: dict[str, str] = {}

    def hear(self, before: Heard) -> Heard:
        """Ask in which threads somebody took a step; one request unless they are many.

        Where nobody listened yet, it is only asked where to begin: all threads are read then anyway. The module
        makes sure that threads can be opened and closed before it answers, so this is the guard of a run as well.

        Raises:
            ConfigError: The module is missing or old, or lacks a setting or right.
            GuardError: The module is not sure of REDCap's tables.
            ServerError: REDCap cannot be reached.
        """
        with self._as_refusals():
            first = news = self._module.thread_news(before.last)
            steps = list(news.steps)
            while news.more is not None:
                news = self._module.thread_news(news.more)
                steps += news.steps
        new = frozenset(one.record for one in steps if one.id not in before.since)
        return Heard(new, first.last, frozenset(one.id for one in steps if one.id > first.last))

    def threads(self, records: Sequence[str]) -> Mapping[str, Sequence[Thread]]:
        """Read the threads of some records; those without any are there as well.

        Raises:
            FatalError: As for :meth:`hear`.
        """
        with self._as_refusals():
            return by_record(records, self._module.threads(records))

    def keep(self, wanted: Iterable[Projection]) -> None:
        """Open and close threads. What a person has in hand is left; what is refused is remembered.

        Raises:
            FatalError: As for :meth:`hear`.
        """
        projections = list(wanted)
        ask = [item for one in projections for item in one.ask]
        close = [item for one in projections for item in one.close]
        with self._as_refusals():
            outcomes = (*self._module.ask(ask), *self._module.close(close))
        spots = (*(one.spot for one in ask), *(one.spot for one in close))
        for spot, outcome in zip(spots, outcomes, strict=True):
            self.counts.add(outcome.result)
            if outcome.result == "refused":
                where = f"{spot.form}, instance {spot.instance}, {spot.field}"
                self.refused[spot.record] = f"the module refused the thread on {where}: {outcome.reason}"

    @contextmanager
    def _as_refusals(self) -> Iterator[None]:
        try:
            yield
        except ServerError as error:
            if kind := _REFUSALS.get(error.code):
                remedy = f'{error.remedy} Or set answer_in = "form".'
                raise kind(error.code, error.message, where=place(self._settings), remedy=remedy) from error
            raise


def workflow_of(client: RedcapClient, settings: ProjectSettings) -> Workflow | None:
    """Give the threads of a project; None where queries are answered on forms."""
    return Workflow(client, settings) if settings.answer_in == "drw" else None


def spoken(threads: Iterable[Thread]) -> tuple[int, ...]:
    """Number the steps that people took, by which threads that are as a run left them are known again."""
    return tuple(sorted(step.id for one in threads for step in one.steps if not step.ours))
