"""Histories of one record without end: people write, rules change their mind, the protocol changes, runs follow.

What a run decides is written through the plan into rows as REDCap holds them, and the next run reads nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from redcap_licats.check.model import Finding, Outcome, Skipped
from redcap_licats.derive.subject import derive_subject
from redcap_licats.journal.model import Change
from redcap_licats.protocol.load import load_protocol
from redcap_licats.protocol.models import Protocol, Severity
from redcap_licats.query.identity import fingerprint, query_id
from redcap_licats.query.lifecycle import LIFECYCLE
from redcap_licats.query.model import Answer, Decision, Query, Reconciled, State, When
from redcap_licats.query.reconcile import reconcile
from redcap_licats.query.rows import read_queries
from redcap_licats.subject.model import Input, Place
from redcap_licats.subject.read import read_subject
from redcap_licats.sync.plan import plan_changes, wanted_cells

PROTOCOL = load_protocol()
SUBJECT = read_subject([{"record_id": "1"}], PROTOCOL)
DERIVED = derive_subject(SUBJECT, PROTOCOL)
EVENTS = dict.fromkeys(("licats_summary", "licats_result", "licats_query", "licats_medical_query"), "")
PROJECT_ID = 14
PLACES = [Place("licats_kidney", 1), Place("licats_kidney", 2)]
#: two queries, one that is asked at once, a medical one, a medical one that reads the log, and mere information
CHECKS = ["DT01", "BL06", "DT02", "AC01", "BL07", "DT09"]
NUMBERS = dict.fromkeys(["onset", "infusion", "causes", "end", "organ", "edited", "entered", "affected"], "x")
WAITING = {State.OPEN, State.ANSWERED, State.SENT_BACK}

#: from here on a number stands for any query, and for none
LATE, UNASKED = 16, 20
numbers = st.integers(0, UNASKED)
comments = st.sampled_from(["a", "b", "c"])
checks, places = st.sampled_from(CHECKS), st.sampled_from(PLACES)
values = st.sampled_from(["1", "2", "3"])
runs = st.booleans()
actions = st.sampled_from(["right", "right", "back", "cancel"])


def without(check: str) -> Protocol:
    return PROTOCOL.model_copy(update={"checks": {k: v for k, v in PROTOCOL.checks.items() if k != check}})


def altered(check: str, **changes: object) -> Protocol:
    spec = PROTOCOL.checks[check].model_copy(update=changes)
    return PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, check: spec}})


PROTOCOLS = [
    *[PROTOCOL] * 4,
    altered("DT01", enabled=False),
    altered("AC01", enabled=False),
    altered("AC01", severity=Severity.QUERY),
    altered("DT01", severity=Severity.INFO),
    without("DT02"),
]


class Lifecycle(RuleBasedStateMachine):
    """One record."""

    def __init__(self) -> None:
        super().__init__()
        self.today = dt.date(2026, 3, 1)
        self.protocol = PROTOCOL
        self.release_days: int | None = None
        self.log_is_read = True
        self.cells: dict[tuple[str, Place], str] = {}
        self.statuses = dict(zip(PLACES, ("0", "2"), strict=True))
        self.answers: dict[int, Answer] = {}
        self.decisions: dict[tuple[bool, int], Decision] = {}
        self.redcap: dict[Place, dict[str, str]] = {}
        self.history: dict[tuple[bool, int], list[tuple[str, State | None, State | None, When]]] = {}
        self.seen: dict[tuple[bool, int], str] = {}
        self.unheard: set[int] = set()
        self.mended: list[tuple[str, Place]] = []
        self.decided: set[int] = set()

    # --- what people and time do --------------------------------------------------------------------

    @initialize(cells=st.lists(st.tuples(checks, places, values), min_size=3, max_size=8))
    def begin(self, cells: list[tuple[str, Place, str]]) -> None:
        self.enter(cells)
        self.run()

    @rule(cells=st.lists(st.tuples(checks, places, values), min_size=1, max_size=4), runs=runs)
    def edit(self, cells: list[tuple[str, Place, str]], runs: bool) -> None:
        self.enter(cells)
        self.run_if(runs)

    def enter(self, cells: list[tuple[str, Place, str]]) -> None:
        for check, place, value in cells:
            self.cells[check, place] = value

    @rule(number=numbers, runs=runs)
    def edit_what_is_wrong(self, number: int, runs: bool) -> None:
        if wrong := sorted(self.cells):
            key = wrong[number % len(wrong)]
            self.cells[key] += "*"
        self.run_if(runs)

    @rule(chosen=st.sets(numbers, min_size=1, max_size=2), runs=runs)
    def mend(self, chosen: set[int], runs: bool) -> None:
        for number in chosen:
            if wrong := sorted(self.cells):
                self.mended.append(wrong[number % len(wrong)])
                del self.cells[self.mended[-1]]
        self.run_if(runs)

    @precondition(lambda self: self.mended)
    @rule(runs=runs)
    def spoil_again(self, runs: bool) -> None:
        self.cells.setdefault(self.mended[-1], "1")
        self.run_if(runs)

    @rule(place=st.sampled_from(PLACES), status=st.sampled_from(["0", "2", "2", None]))
    def save_or_delete_the_form(self, place: Place, status: str | None) -> None:
        if status is None:
            self.statuses.pop(place, None)
        else:
            self.statuses[place] = status

    @precondition(lambda self: self.stored())
    @rule(number=numbers, reason=st.sampled_from(["typo", "confirmed"]), comment=comments, runs=runs)
    def answer(self, number: int, reason: str, comment: str, runs: bool) -> None:
        number = self.one_of_the_rows(number, medical=False)
        before = self.answers.get(number)
        self.answers[number] = Answer(number, reason, comment, "AB", None)
        if self.answers[number] != before:
            self.unheard.add(number)
        self.run_if(runs)

    @precondition(lambda self: self.stored())
    @rule(number=numbers, medical=st.booleans(), comment=comments, action=actions, runs=runs)
    def decide(self, number: int, medical: bool, comment: str, action: str, runs: bool) -> None:
        number = self.one_of_the_rows(number, medical=medical)
        if medical:
            action = {"right": "noted", "back": "adjudicate", "cancel": "release"}[action]
        action = "accept" if action == "right" else action
        before = self.decisions.get((medical, number))
        text = "Please check." if action == "release" else before.text if before and not medical else ""
        decision = Decision(number, action, comment, "CD", None, medical=medical, text=text)
        self.decisions[medical, number] = decision
        self.decided.add(number)
        self.run_if(runs)

    @rule(number=st.integers(7, 8), text=comments)
    def ask_by_hand(self, number: int, text: str) -> None:
        before = self.decisions.get((False, number)) or Decision(number, "", "", "", None)
        self.decisions[False, number] = replace(before, text=text, form=PLACES[0].form)
        self.decided.add(number)

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.today += dt.timedelta(days=days)

    @rule(protocol=st.sampled_from(PROTOCOLS))
    def change_the_protocol(self, protocol: Protocol) -> None:
        self.protocol = protocol

    @rule(log_is_read=st.booleans(), release_days=st.sampled_from([None, None, 0, 9]))
    def change_how_the_worker_runs(self, log_is_read: bool, release_days: int | None) -> None:
        self.log_is_read, self.release_days = log_is_read, release_days

    def one_of_the_rows(self, number: int, *, medical: bool) -> int:
        """Write beside a query that somebody may act on, mostly; now and then beside another, or beside none."""
        there = [one for one in self.stored() if one.medical == medical]
        live = [one for one in there if one.state.live]
        among = live if live and number < LATE else there
        return among[number % len(among)].number if among and number < UNASKED else number

    # --- the worker ---------------------------------------------------------------------------------

    @rule()
    def run_once(self) -> None:
        self.run()

    @rule(days=st.integers(0, 3))
    def run_some_days_later(self, days: int) -> None:
        self.today += dt.timedelta(days=days)
        self.run()

    @rule(place=st.sampled_from(PLACES))
    def complete_a_form_and_run(self, place: Place) -> None:
        self.statuses[place] = "2"
        self.run()

    def run_if(self, runs: bool) -> None:
        if runs:
            self.run()

    def run(self) -> None:
        before = {(one.medical, one.number): one for one in self.stored()}
        result, changes = self.reconciled()
        self.write(changes)
        self.check_steps(before, result)
        self.check_that_answers_were_heard(before)
        self.check_that_what_fires_is_asked()
        again, nothing = self.reconciled()
        assert (again.transitions, nothing) == ((), ())
        held = {one.number for one in self.stored() if one.state is State.HELD and not one.medical}
        self.unheard, self.decided = self.unheard & held, set()

    def findings(self) -> tuple[Finding, ...]:
        checks = self.protocol.checks
        return tuple(
            Finding(check, place, "kidney_onset", NUMBERS, (Input(place, "kidney_onset", value),))
            for (check, place), value in self.cells.items()
            if place in self.statuses and check in checks and checks[check].enabled and self.speaks(check)
        )

    def speaks(self, check: str) -> bool:
        return self.log_is_read or not self.protocol.checks[check].needs_history

    def rows(self) -> list[dict[str, str]]:
        return [
            {"redcap_repeat_instrument": place.form, "redcap_repeat_instance": str(place.instance), **cells}
            for place, cells in self.redcap.items()
        ]

    def stored(self) -> tuple[Query, ...]:
        return read_queries(self.rows())

    def reconciled(self) -> tuple[Reconciled, tuple[Change, ...]]:
        silent = () if self.log_is_read else (Skipped("BL07", "history not read"),)
        result = reconcile(
            "1",
            Outcome(self.findings(), skipped=silent),
            self.stored(),
            list(self.answers.values()),
            list(self.decisions.values()),
            self.statuses,
            self.protocol,
            PROJECT_ID,
            self.today,
            release_days=self.release_days,
        )
        wanted = wanted_cells(SUBJECT, DERIVED, result, self.redcap, EVENTS, self.protocol)
        return result, plan_changes("1", self.redcap, wanted)

    def write(self, changes: tuple[Change, ...]) -> None:
        for one in changes:
            place = Place(one.instrument, one.instance, one.event)
            self.redcap.setdefault(place, {})[one.field] = one.new

    # --- what must hold after every run -------------------------------------------------------------

    def check_steps(self, before: dict[tuple[bool, int], Query], result: Reconciled) -> None:
        """Every step is one of the table, begins where the query stood, and is in the history."""
        states: dict[tuple[bool, int], State | None] = {slot: one.state for slot, one in before.items()}
        for step in result.transitions:
            slot = step.medical, step.number
            assert LIFECYCLE[step.when][step.source] == step.target
            assert states.get(slot) == step.source
            states[slot] = step.target
            self.history.setdefault(slot, []).append((step.id, step.source, step.target, step.when))
        assert {slot: state for slot, state in states.items() if state} == {
            (one.medical, one.number): one.state for one in self.stored()
        }

    def check_that_answers_were_heard(self, before: dict[tuple[bool, int], Query]) -> None:
        after = {(one.medical, one.number): one for one in self.stored()}
        for number in self.unheard:
            was, now = before.get((False, number)), after.get((False, number))
            asked = was and now and was.id == now.id and was.state in (State.HELD, State.OPEN, State.SENT_BACK)
            if asked and now and now.state is not State.HELD and number not in self.decided:
                assert now.state in (State.ANSWERED, State.RESOLVED, State.CANCELLED)

    def check_that_what_fires_is_asked(self) -> None:
        """No question is lost: it is live, or settled by a person on these very cells."""
        stored = self.stored()
        fired = set()
        for one in self.findings():
            severity = self.protocol.checks[one.check].severity
            if severity is Severity.INFO:
                continue
            name = query_id(PROJECT_ID, "1", one.place, one.check, one.field)
            rows = [query for query in stored if (query.id, query.medical) == (name, severity is Severity.MEDICAL)]
            live = [query for query in rows if query.state.live]
            fired.add(name)
            assert len(live) <= 1
            settled = [query for query in rows if query.state in (State.CLOSED, State.CANCELLED)]
            by_people = [query for query in settled if (query.medical, query.number) in self.decisions]
            assert live or fingerprint(one.inputs) in {query.fingerprint for query in by_people}
        for query in stored:
            if query.kind == "rule" and query.state.live and query.id not in fired:
                assert query.rule == "BL07"
                assert not self.log_is_read

    @invariant()
    def no_query_is_lost_or_doubled(self) -> None:
        stored = {(one.medical, one.number): one for one in self.stored()}
        for slot, one in stored.items():
            if one.state is not State.HELD:
                assert self.seen.setdefault(slot, one.id) == one.id
        assert self.seen.keys() <= stored.keys()
        live = Counter((one.medical, one.id) for one in stored.values() if one.state.live)
        assert set(live.values()) <= {1}

    @invariant()
    def the_history_of_every_query_is_complete(self) -> None:
        for one in self.stored():
            steps = [step for step in self.history[one.medical, one.number] if step[0] == one.id]
            last = max(index for index, step in enumerate(steps) if step[1] is None)
            steps = steps[last:]
            assert [step[2] for step in steps[:-1]] == [step[1] for step in steps[1:]]
            assert steps[-1][2] is one.state
            reopened = [step for step in steps if step[1] in (State.RESOLVED, State.CLOSED)]
            assert len(reopened) == one.reopened
            assert (one.opened is None) == all(step[2] is not State.OPEN for step in steps)

    @precondition(lambda self: self.redcap)
    @invariant()
    def sites_see_nothing_of_medical_queries(self) -> None:
        summary = self.redcap[Place("licats_summary", 1)]
        visible = [one for one in self.stored() if not one.medical and one.state in WAITING]
        assert summary["sum_q_any_d"] == str(int(bool(visible)))


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=80, stateful_step_count=60, deadline=None)
