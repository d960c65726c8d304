"""What follows from filled-in workbooks, given what REDCap holds. Pure: time and rows are arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from redcap_licats.api.threads import Thread
from redcap_licats.errors import RecordError
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.people_rows import PersonRow
from redcap_licats.query.rows import ANSWER_FORM, DECISION_FORM, MEDICAL_DECISION_FORM, STEMS
from redcap_licats.report.facts import Audience
from redcap_licats.report.inputs import server_of
from redcap_licats.report.labels import Labels, labels_of
from redcap_licats.report.readback.model import Clash, Filled, Kind, Proposal, Proposed, ReadFile, Why
from redcap_licats.report.readback.standing import (
    Standing,
    is_release,
    is_step,
    says_already,
    standings,
    unlawful,
    waits_for_worker,
    what_changed,
)
from redcap_licats.report.readback.words import code_of, field_of, plain
from redcap_licats.report.records import Row, by_record

Target = tuple[str, bool, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """How workbooks are read.

    Attributes:
        project_id, url: The project.
        answers_allowed: Whether the study takes answers from workbooks.
        author: Name that stands for the one given in a workbook; '' to take that one.
        proven: Whether who writes is proven by a token of their own.
        day: Date of the decisions, ISO 8601.
        moment: When the workbooks are read, ISO 8601 with its zone.
    """

    project_id: int
    url: str
    answers_allowed: bool
    author: str
    proven: bool
    day: str
    moment: str


def records_of(files: Iterable[ReadFile]) -> tuple[str, ...]:
    """Name the records that filled-in rows are about."""
    return tuple(sorted({one.bond.record for file in files for one in file.filled if one.bond}))


def propose(
    files: Sequence[ReadFile],
    rows: Iterable[Row],
    groups: Mapping[str, str],
    protocol: Protocol,
    reading: Reading,
    *,
    record_id_field: str = "record_id",
    threads: Mapping[str, Sequence[Thread]] = MappingProxyType({}),
) -> Proposal:
    """Work out what is to be written.

    Args:
        files: The workbooks as read.
        rows: Flat export rows of :func:`records_of`, with queries, answers and decisions.
        groups: Record to the unique name of its Data Access Group.
        protocol: The protocol.
        reading: How they are read.
        record_id_field: Name of the project's first field.
        threads: By record, where queries are answered and decided in them.
    """
    desk = _Desk(labels_of(protocol), reading)
    held: dict[Target, Standing] = {}
    unreadable: dict[str, str] = {}
    for record in by_record(rows, record_id_field).values():
        try:
            for one in standings(record, groups.get(record.record, ""), threads.get(record.record, ())):
                held[record.record, one.query.medical, one.query.number] = one
        except RecordError as error:
            unreadable[record.record] = error.message
    about: dict[tuple[Target, Kind], list[Filled]] = {}
    for filled in (one for file in files for one in file.filled):
        why = _untrusted(filled, reading)
        if why or filled.bond is None:
            desk.clash(why or Why.FOREIGN, [filled])
        elif filled.bond.record in unreadable:
            desk.clash(Why.GONE, [filled], unreadable[filled.bond.record])
        else:
            about.setdefault((filled.bond.target, filled.kind), []).append(filled)
    for (target, kind), some in sorted(about.items(), key=lambda item: item[0]):
        now = held.get(target)
        mine = [one for one in some if now and one.bond and one.bond.query_id == now.query.id]
        if strange := [one for one in some if one not in mine]:
            desk.clash(Why.GONE, strange)
        if now and mine and now.in_thread:
            desk.clash(Why.IN_THREAD, mine)
        elif now and mine:
            desk.settle(mine, kind, now)
    return Proposal(tuple(desk.proposed), tuple(desk.clashes), desk.already)


def _untrusted(filled: Filled, reading: Reading) -> Why | None:
    """Say why a row is not to be trusted by itself, whatever REDCap holds."""
    bond = filled.bond
    if filled.fault or bond is None:
        return filled.fault or Why.FOREIGN
    if (bond.project_id, bond.server) != (str(reading.project_id), server_of(reading.url)):
        return Why.FOREIGN
    wanted = Audience.MONITOR if filled.kind is Kind.DECISION else Audience.SITE
    if bond.audience != wanted.value or (filled.kind is Kind.ANSWER and bond.medical != "0"):
        return Why.ROLE
    if filled.kind is Kind.ANSWER and not reading.answers_allowed:
        return Why.NOT_ALLOWED
    return None


@dataclass(slots=True)
class _Desk:
    """Where rows are decided about, and what came of them."""

    labels: Labels
    reading: Reading
    proposed: list[Proposed] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    already: int = 0

    def clash(self, why: Why, some: Sequence[Filled], detail: str = "") -> None:
        """Leave rows to a person."""
        origins = tuple(one.origin for one in some)
        bond = some[0].bond
        target = bond.target if bond else ("", False, 0)
        self.clashes.append(Clash(why, origins, *target, detail))

    def settle(self, some: Sequence[Filled], kind: Kind, now: Standing) -> None:
        """Decide about the rows that speak of one query, be they of one workbook or of several."""
        fresh = [one for one in some if one.bond and one.bond.stand == now.stand]
        if len({(code_of(one, self.labels) or one.choice, plain(one.comment)) for one in fresh}) > 1:
            self.clash(Why.CONTRADICTION, fresh)
        elif fresh:
            self._take(fresh, kind, now)
        for one in some:
            if one in fresh:
                continue
            same = any((one.choice, one.comment) == (other.choice, other.comment) for other in fresh)
            if same or says_already(now, kind, code_of(one, self.labels), one.comment):
                self.already += 1
            elif one.bond:
                why, detail = what_changed(one.bond.stand, now, self.labels)
                self.clash(why, [one], detail)

    def _take(self, fresh: Sequence[Filled], kind: Kind, now: Standing) -> None:
        """Take rows that say the same of a query that stands as they knew it."""
        one = fresh[0]
        code = code_of(one, self.labels)
        author = self.reading.author or one.origin.author
        if not code:
            self.clash(Why.UNKNOWN_WORD if one.choice else Why.NO_CHOICE, fresh)
        elif one.bond and one.bond.site and one.bond.site != now.site:
            self.clash(Why.OTHER_SITE, fresh)
        elif self._stands(one, kind, code, now):
            self.already += len(fresh)
        elif waits_for_worker(now, kind) and one.bond:
            why, detail = what_changed(one.bond.stand, now, self.labels)
            self.clash(why, fresh, detail)
        elif refused := unlawful(now.query, kind, code, one.comment):
            self.clash(refused, fresh)
        elif not author and not self.reading.proven:
            self.clash(Why.NO_AUTHOR, fresh)
        elif self._again(one, kind, code, author, now):
            self.clash(Why.AGAIN, fresh)
        else:
            self.proposed.append(self._proposed(one, now, code, author))

    def _stands(self, one: Filled, kind: Kind, code: str, now: Standing) -> bool:
        """Whether REDCap holds it and the worker need not be told once more."""
        done = waits_for_worker(now, kind) or not is_step(now.query, kind, code)
        return done and says_already(now, kind, code, one.comment)

    def _again(self, one: Filled, kind: Kind, code: str, author: str, now: Standing) -> bool:
        """Whether the worker could not tell it from what it has already taken into account."""
        said = now.answer if kind is Kind.ANSWER else now.decision
        today = bool(said and said.date and said.date.isoformat() == self.reading.day and said.by == author)
        return today and says_already(now, kind, code, one.comment)

    def _proposed(self, one: Filled, now: Standing, code: str, author: str) -> Proposed:
        query = now.query
        form = DECISION_FORM
        if query.medical or one.kind is Kind.ANSWER:
            form = MEDICAL_DECISION_FORM if query.medical else ANSWER_FORM
        stem, choice = STEMS[form], field_of(one.kind, medical=query.medical)
        release = is_release(query, code)
        record = one.bond.record if one.bond else ""
        proof = "own token" if self.reading.proven else "author claimed"
        cells = {
            choice: code,
            **({f"{stem}_text": one.comment if release else ""} if query.medical else {}),
            f"{stem}_comment": "" if release else one.comment,
            f"{stem}_by": author,
            f"{stem}_date": self.reading.day,
            f"{stem}_source": f"workbook sha256:{one.origin.sha256}, read {self.reading.moment}, {proof}",
            f"{form}_complete": "2",
        }
        return Proposed(
            row=PersonRow(record, form, query.number, cells),
            kind=one.kind,
            medical=query.medical,
            rule=query.rule,
            choice=self.labels.choice(choice, code).en,
            comment=one.comment,
            author=author,
            origin=one.origin,
        )
