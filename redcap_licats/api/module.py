"""The calls of REDCap's External Module (``hooks/licats_hooks``), typed and checked.

All of them may be made twice without harm, so that an unclear one is tried again.
Source: facts/redcap_hooks.md 2.4; ``hooks/licats_hooks/README.md``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from redcap_licats.api.reply import Expected
from redcap_licats.api.retry import Retry
from redcap_licats.api.threads import Asking, Closing, Outcome, Thread, ThreadNews
from redcap_licats.api.transport import Transport
from redcap_licats.errors import LicatsError, RetriableError, ServerError

PREFIX = "licats_hooks"
BATCH = 200
"""Entries that the module takes at once."""

Item = TypeVar("Item")

_CODE = re.compile(r"LICATS-([A-Z-]+): (.*)", re.DOTALL)
_REMEDIES: Mapping[str, str] = {
    "USER": "Name the token's user in the module's settings of this project ('REDCap user name of the worker').",
    "RIGHT": "Give the worker's user the right that is named, on the page 'User Rights'.",
    "DRW-OFF": 'Switch the Data Resolution Workflow on in the module\'s settings, or set answer_in = "form".',
    "DRW": "Mend what is named; the module's page 'LICATS status' shows the same.",
    "FAULT": "Look at the module's log in REDCap.",
}
_ABSENT = (
    "Enable the module 'licats_hooks', in the version that came with this program, in this project (REDCap 15.5.2 "
    "or later), and give the worker's user the right 'API: External Modules'."
)


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that somebody saved or wants computed anew (``recompute``). ``at`` is the server's wall clock."""

    id: int
    record: str
    form: str
    event: str
    instance: int
    reason: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """The oldest changes, those that a person asked for first; ``waiting`` counts all there are."""

    changes: tuple[Changed, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class _Acknowledged:
    id: int
    result: str


@dataclass(frozen=True, slots=True)
class _Results:
    results: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class _Removed:
    results: tuple[_Acknowledged, ...]


@dataclass(frozen=True, slots=True)
class _Received:
    received: dt.datetime


@dataclass(frozen=True, slots=True)
class _Threads:
    threads: tuple[Thread, ...]


Shape = TypeVar("Shape", Changes, _Results, _Removed, _Received, _Threads, ThreadNews)


class ModuleClient:
    """The module of one project.

    Every method raises ServerError: the module is not there, refuses (``MODULE-…``), or did not succeed at last.
    """

    def __init__(self, transport: Transport, retry: Retry, prefix: str = PREFIX) -> None:
        self._transport = transport
        self._retry = retry
        self._prefix = prefix

    def changes(self) -> Changes:
        """Fetch what has to be computed anew, at most 200 entries. They stay listed until acknowledged."""
        return self._call("changes", {}, TypeAdapter(Changes))

    def acknowledge(self, ids: Sequence[int]) -> int:
        """Take changes off the list; give how many still stood there."""
        return sum(
            one.result == "removed"
            for some in _batches(ids)
            for one in self._call("ack", {"ids": list(some)}, TypeAdapter(_Removed)).results
        )

    def heartbeat(self, run: str, finished: dt.datetime, version: str, protocol_hash: str) -> dt.datetime:
        """Say that a run finished; give the server's time of receipt.

        Args:
            run: Id of the run.
            finished: When it finished, with a zone; shown on the forms as "computed at".
            version: Version of the protocol.
            protocol_hash: Its hash, by which the module knows a field map of another protocol.
        """
        said = {"run": run, "finished": finished.isoformat(), "version": version, "hash": protocol_hash}
        return self._call("heartbeat", said, TypeAdapter(_Received)).received

    def threads(self, records: Sequence[str]) -> tuple[Thread, ...]:
        """Read the threads of records in which the worker once asked something."""
        found: list[Thread] = []
        for some in _batches(records):
            threads = self._call("list-queries", {"records": list(some)}, TypeAdapter(_Threads)).threads
            if {one.record for one in threads} - set(some):
                raise self._other("list-queries", "the module answered of records that were not asked for")
            if not all(one.steps for one in threads):
                raise self._other("list-queries", "the module gave a thread without a step")
            found += threads
        return tuple(found)

    def thread_news(self, after: int | None) -> ThreadNews:
        """Read in which threads people took a step, at most 1,000 at once; what is past ``last`` comes again.

        Args:
            after: Number to begin behind; None asks only where to begin the next time.
        """
        news = self._call("changed-queries", {"after": after}, TypeAdapter(ThreadNews))
        if news.more is not None and news.more <= (after or 0):
            # whoever went on from there would never come to an end
            raise self._other("changed-queries", f"the module goes on from step {news.more} after {after}")
        return news

    def ask(self, items: Sequence[Asking]) -> tuple[Outcome, ...]:
        """Ask queries on fields; one outcome per item, in order."""
        sent = [asdict(one.spot) | {"queries": [asdict(query) for query in one.queries]} for one in items]
        return self._each("open-queries", sent)

    def close(self, items: Sequence[Closing]) -> tuple[Outcome, ...]:
        """Close threads in which nothing is asked any more; one outcome per item, in order."""
        return self._each("close-queries", [asdict(one.spot) | {"why": one.why} for one in items])

    def _each(self, action: str, items: Sequence[Mapping[str, object]]) -> tuple[Outcome, ...]:
        outcomes: list[Outcome] = []
        for some in _batches(items):
            results = self._call(action, {"items": list(some)}, TypeAdapter(_Results)).results
            if len(results) != len(some):
                raise self._other(action, f"{len(some)} items were sent but the module answered {len(results)}")
            outcomes += results
        return tuple(outcomes)

    def _call(self, action: str, data: Mapping[str, object], shape: TypeAdapter[Shape]) -> Shape:
        payload = {
            "content": "externalModule",
            "prefix": self._prefix,
            "action": action,
            "format": "json",
            "returnFormat": "json",
            "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        }

        def send() -> Shape:
            reply = self._transport.send(payload, Expected.JSON)
            try:
                return shape.validate_python(reply.json)
            except ValidationError as error:
                # the error would quote what came
                raise RetriableError(
                    "MODULE-REPLY",
                    f"The answer has another shape than the module gives ({error.error_count()} differences)",
                    where=self._where(action),
                    remedy="Compare the versions of the module and of this program.",
                ) from None

        try:
            return self._retry.call(send)
        except ServerError as error:
            raise self._named(error, action) from error

    def _named(self, error: ServerError, action: str) -> LicatsError:
        """Name what the module refuses by the code that its message opens with."""
        if found := _CODE.search(error.message):
            code, words = found.groups()
            remedy = _REMEDIES.get(code, "Compare the versions of the module and of this program.")
            return ServerError(f"MODULE-{code}", words, where=self._where(action), remedy=remedy)
        if error.code in ("API-REFUSED", "API-RIGHT"):
            return ServerError("MODULE-ABSENT", error.message, where=self._where(action), remedy=_ABSENT)
        return error

    def _other(self, action: str, what: str) -> ServerError:
        """Say that an answer does not fit what was asked."""
        remedy = "Compare the versions of the module and of this program."
        return ServerError("MODULE-ANSWER", what, where=self._where(action), remedy=remedy)

    def _where(self, action: str) -> str:
        return f"{self._transport.url}, module {self._prefix}, action {action}"


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
