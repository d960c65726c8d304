"""What each rule costs the sites: how often it fired, how often for nothing, how long its queries took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from redcap_licats.api.threads import Thread
from redcap_licats.protocol.models import Protocol
from redcap_licats.protocol.settings import Queries
from redcap_licats.query.identity import MANUAL
from redcap_licats.query.model import Answer, Decision, Query, State
from redcap_licats.query.rows import Row, read_answers, read_decisions, read_queries
from redcap_licats.query.threads import Talk, said_in_threads

CONFIRMED = "confirmed"
"""Code of ``ans_reason``: the value was right, the query asked for nothing."""

_WAITING = frozenset({State.OPEN, State.ANSWERED, State.SENT_BACK})
_SETTLED = frozenset({State.RESOLVED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Raised:
    """A query as REDCap holds it, the site's answer and the decision on it, and its thread where it has one."""

    query: Query
    answer: Answer | None = None
    decision: Decision | None = None
    talk: Talk | None = None


@dataclass(frozen=True, slots=True)
class RuleBurden:
    """What one rule has asked of people; held queries, which nobody has seen, are not counted.

    Attributes:
        rule: Id of the check, or ``manual`` for the queries that monitors raised.
        fired: Queries ever opened, of any state now.
        open: Those that wait for the site or the monitor.
        reopened: How often its queries were opened again, all together.
        answered: Those beside which the site's answer stands.
        confirmed: Answered "confirmed as correct".
        median_days: Median days from the last opening to closed or resolved; None if none was settled.
        too_often: Whether the rule is confirmed correct more often than the study's setting bears; such a rule
            asks the wrong question, or draws its limit too narrow. Never said of manual queries.
    """

    rule: str
    fired: int = 0
    open: int = 0
    reopened: int = 0
    answered: int = 0
    confirmed: int = 0
    median_days: float | None = None
    too_often: bool = False

    @property
    def confirmed_share(self) -> Fraction | None:
        """Share of the answers that say "confirmed as correct"; None without answers."""
        return Fraction(self.confirmed, self.answered) if self.answered else None


def read_raised(rows: Iterable[Row], threads: Iterable[Thread] = ()) -> tuple[Raised, ...]:
    """Read the queries of one record and what was said on each, from its flat raw export rows and its threads.

    Raises:
        RecordError: A query's row cannot be read.
    """
    rows = list(rows)
    queries = read_queries(rows)
    if not queries:
        return ()
    said = said_in_threads(queries, threads, read_answers(rows), read_decisions(rows))
    answers = {one.number: one for one in said.answers}
    decisions = {(one.medical, one.number): one for one in said.decisions}
    return tuple(
        Raised(
            one,
            None if one.medical else answers.get(one.number),
            decisions.get((one.medical, one.number)),
            None if one.medical else said.talks.get(one.number),
        )
        for one in queries
    )


def burden(raised: Iterable[Raised], protocol: Protocol) -> Mapping[str, RuleBurden]:
    """Count what every rule has asked of people.

    Args:
        raised: Queries of any number of records; leave out medical ones where the reader is a site.
        protocol: For the checks there are, and the limit of "too often".

    Returns:
        Rule -> burden: every check of the protocol in its order, also one that never fired; then rules that the
        protocol no longer has; then the manual queries, if there are any.
    """
    of: dict[str, list[Raised]] = {rule: [] for rule in protocol.checks}
    for one in sorted(raised, key=lambda one: (one.query.rule == MANUAL, one.query.rule)):
        if one.query.state is not State.HELD:
            of.setdefault(one.query.rule, []).append(one)
    return {rule: _burden(rule, queries, protocol.settings.queries) for rule, queries in of.items()}


def _burden(rule: str, raised: list[Raised], limits: Queries) -> RuleBurden:
    queries = [one.query for one in raised]
    answers = [one.answer for one in raised if one.answer]
    confirmed = sum(one.reason == CONFIRMED for one in answers)
    days = [(one.since - one.opened).days for one in queries if one.state in _SETTLED and one.opened]
    enough = len(answers) >= limits.confirmed_from_answers and rule != MANUAL
    return RuleBurden(
        rule=rule,
        fired=len(queries),
        open=sum(one.state in _WAITING for one in queries),
        reopened=sum(one.reopened for one in queries),
        answered=len(answers),
        confirmed=confirmed,
        median_days=float(median(days)) if days else None,
        too_often=enough and confirmed > limits.confirmed_above * len(answers),
    )
