"""The lifecycle: each row of the table by an example, its invariants by random histories."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redcap_licats.check.model import Finding, Outcome, Skipped
from redcap_licats.protocol.load import load_protocol
from redcap_licats.protocol.models import Protocol, Severity
from redcap_licats.query.lifecycle import LIFECYCLE, waits_for
from redcap_licats.query.model import Answer, ConflictCode, Decision, Query, Reconciled, State, When
from redcap_licats.query.reconcile import reconcile
from redcap_licats.subject.model import Input, Place

PROTOCOL = load_protocol()
DAY = dt.date(2024, 3, 1)
KIDNEY = Place("licats_kidney")
DAYS = dt.timedelta(days=1)


def finding(check: str = "DT01", value: str = "2024-01-10", place: Place = KIDNEY) -> Finding:
    cell = Input(place, "kidney_onset", value)
    spec = PROTOCOL.checks[check]
    numbers = dict.fromkeys(["onset", "infusion", "causes", "date", "end", "day", "cut", "limit"], value)
    assert spec.text.en.format_map(numbers)
    return Finding(check, place, "kidney_onset", numbers, (cell,))


@dataclass
class Study:
    """One record in REDCap: what the worker stored, and what people write beside it."""

    today: dt.date = DAY
    rows: tuple[Query, ...] = ()
    answers: list[Answer] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    statuses: dict[Place, str] = field(default_factory=lambda: {KIDNEY: "2"})
    protocol: Protocol = PROTOCOL
    skipped: tuple[Skipped, ...] = ()

    def run(self, *findings: Finding) -> Reconciled:
        result = reconcile(
            "1",
            Outcome(findings, skipped=self.skipped),
            self.rows,
            self.answers,
            self.decisions,
            self.statuses,
            self.protocol,
            14,
            self.today,
        )
        self.rows = result.queries
        return result

    def answer(self, number: int = 1, comment: str = "checked") -> None:
        self.answers = [one for one in self.answers if one.number != number]
        self.answers.append(Answer(number, "confirmed", comment, "AB", None))

    def decide(
        self, action: str, number: int = 1, *, medical: bool = False, comment: str = "", text: str = ""
    ) -> None:
        self.decisions = [one for one in self.decisions if (one.number, one.medical) != (number, medical)]
        self.decisions.append(Decision(number, action, comment, "CD", None, medical=medical, text=text))

    @property
    def states(self) -> list[State]:
        return [one.state for one in self.rows]


def test_a_finding_is_held_until_its_form_is_complete() -> None:
    study = Study(statuses={KIDNEY: "0"})
    first = study.run(finding())
    assert study.states == [State.HELD]
    assert first.next_due == DAY + 3 * DAYS
    study.statuses[KIDNEY] = "2"
    study.run(finding())
    assert study.states == [State.OPEN]


@pytest.mark.parametrize(("days", "state"), [(2, State.HELD), (3, State.OPEN)])
def test_a_finding_is_held_until_its_delay_is_past(days: int, state: State) -> None:
    study = Study(statuses={KIDNEY: "0"})
    study.run(finding())
    study.today += days * DAYS
    study.run(finding())
    assert study.states == [state]


def test_an_impossible_value_is_asked_at_once() -> None:
    study = Study(statuses={KIDNEY: "0"})
    study.run(finding("DT02"))
    assert study.states == [State.OPEN]


def test_a_held_query_whose_finding_goes_leaves_no_trace_and_frees_its_number() -> None:
    study = Study(statuses={KIDNEY: "0"})
    study.run(finding())
    result = study.run()
    assert (result.queries, [one.number for one in result.gone]) == ((), [1])
    study.run(finding("DT02"))
    assert [one.number for one in study.rows] == [1]


def test_a_number_beside_which_somebody_wrote_is_not_used_again() -> None:
    study = Study()
    study.answer(number=1)
    result = study.run(finding())
    assert [one.number for one in study.rows] == [2]
    assert [one.code for one in result.conflicts] == [ConflictCode.UNASKED_ANSWER]


def test_site_and_monitor_settle_a_query_and_it_stays_closed_until_its_cells_change() -> None:
    study = Study()
    study.run(finding())
    assert waits_for(study.rows[0]) == "site"
    study.answer()
    study.run(finding())
    assert study.states == [State.ANSWERED]
    assert waits_for(study.rows[0]) == "monitor"
    study.decide("accept")
    study.run(finding())
    assert study.states == [State.CLOSED]
    study.run()
    study.run(finding())
    assert study.states == [State.CLOSED]
    study.run(finding(value="2024-01-09"))
    assert study.states == [State.OPEN]
    assert study.rows[0].reopened == 1
    assert study.rows[0].value == "2024-01-09"


def test_a_query_sent_back_is_answered_again() -> None:
    study = Study()
    study.run(finding())
    study.answer()
    study.run(finding())
    study.decide("back", comment="which source?")
    study.run(finding())
    assert study.states == [State.SENT_BACK]
    assert waits_for(study.rows[0]) == "site"
    study.answer(comment="the discharge letter")
    study.run(finding())
    assert study.states == [State.ANSWERED]


@pytest.mark.parametrize("settled", ["open", "answered", "back"])
def test_a_live_query_is_resolved_when_its_finding_goes_and_opens_again_when_it_comes_back(settled: str) -> None:
    study = Study()
    study.run(finding())
    if settled != "open":
        study.answer()
    if settled == "back":
        study.run(finding())
        study.decide("back")
    study.run(finding())
    study.run()
    assert study.states == [State.RESOLVED]
    study.run(finding())
    assert study.states == [State.OPEN]
    assert study.rows[0].reopened == 1


def test_changed_cells_are_flagged_and_keep_the_value_when_raised() -> None:
    study = Study()
    study.run(finding())
    study.run(finding(value="2024-01-09"))
    (query,) = study.rows
    assert (query.state, query.changed, query.value) == (State.OPEN, True, "2024-01-10")
    assert "2024-01-09" in query.text


def test_a_deleted_row_cancels_its_query_and_a_new_row_is_asked_about_anew() -> None:
    study = Study()
    study.run(finding())
    study.statuses = {}
    study.run()
    assert study.states == [State.CANCELLED]
    study.statuses = {KIDNEY: "2"}
    study.run(finding())
    assert study.states == [State.CANCELLED, State.OPEN]


def test_a_check_switched_off_cancels_its_queries() -> None:
    study = Study()
    study.run(finding())
    off = PROTOCOL.checks["DT01"].model_copy(update={"enabled": False})
    study.protocol = PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, "DT01": off}})
    study.run()
    assert study.states == [State.CANCELLED]


def test_a_check_that_reads_the_log_is_left_alone_in_a_run_without_the_log() -> None:
    study = Study()
    place = {"organ": "x", "edited": "x", "entered": "x"}
    edited = Finding("BL07", KIDNEY, "kidney_onset", place, (Input(KIDNEY, "kidney_onset", "x"),))
    study.run(edited)
    study.skipped = (Skipped("BL07", "history not read"),)
    assert study.run().transitions == ()
    assert study.states == [State.OPEN]


def test_a_monitor_cancels_and_is_not_asked_again_on_the_same_cells() -> None:
    study = Study()
    study.run(finding())
    study.decide("cancel")
    study.run(finding())
    study.run(finding())
    assert study.states == [State.CANCELLED]
    study.run(finding(value="2024-01-09"))
    assert study.states == [State.CANCELLED, State.OPEN]


def test_a_manual_query_is_never_resolved_by_the_worker() -> None:
    study = Study()
    study.decide("", number=7, text="Please send the biopsy report.")
    study.run()
    study.run()
    (query,) = study.rows
    assert (query.number, query.kind, query.state, query.text) == (
        7,
        "manual",
        State.OPEN,
        "Please send the biopsy report.",
    )
    study.answer(number=7)
    study.run()
    study.decide("accept", number=7, text="Please send the biopsy report.")
    study.run()
    assert study.states == [State.CLOSED]


def test_a_medical_query_is_released_to_the_site_in_the_monitors_words() -> None:
    study = Study()
    study.run(finding("AC01"))
    assert waits_for(study.rows[0]) == "monitor"
    study.decide("release", medical=True, text="Please check the assessment of infection.")
    study.run(finding("AC01"))
    site, medical = study.rows
    assert (site.medical, site.state, site.text) == (
        False,
        State.OPEN,
        "Please check the assessment of infection.",
    )
    assert (medical.medical, medical.state) == (True, State.CLOSED)
    study.run(finding("AC01"))
    assert [one.text for one in study.rows] == [site.text, medical.text]
    study.run()
    assert study.states == [State.RESOLVED, State.CLOSED]


def test_a_medical_query_waits_for_adjudication_and_is_noted() -> None:
    study = Study()
    study.run(finding("AC01"))
    study.decide("adjudicate", medical=True)
    study.run(finding("AC01"))
    assert study.states == [State.ANSWERED]
    study.decide("noted", medical=True)
    study.run(finding("AC01"))
    assert study.states == [State.CLOSED]


@pytest.mark.parametrize(
    ("action", "answered", "code"),
    [
        ("accept", False, ConflictCode.EARLY_DECISION),
        ("back", False, ConflictCode.EARLY_DECISION),
        ("maybe", True, ConflictCode.UNKNOWN_DECISION),
    ],
)
def test_a_decision_with_no_place_in_the_table_is_reported_once_and_changes_nothing(
    action: str, answered: bool, code: ConflictCode
) -> None:
    study = Study()
    study.run(finding())
    if answered:
        study.answer()
        study.run(finding())
    before = study.states
    study.decide(action)
    assert [one.code for one in study.run(finding()).conflicts] == [code]
    assert study.states == before
    assert study.run(finding()).conflicts == ()


def test_an_answer_edited_while_the_monitor_accepts_is_not_settled_silently() -> None:
    study = Study()
    study.run(finding())
    study.answer()
    study.run(finding())
    study.answer(comment="on second thoughts")
    study.decide("accept")
    assert [one.code for one in study.run(finding()).conflicts] == [ConflictCode.CROSSED]
    assert study.states == [State.ANSWERED]


def test_a_late_answer_and_a_late_decision_are_reported() -> None:
    study = Study()
    study.run(finding())
    study.answer()
    study.run(finding())
    study.decide("accept")
    study.run(finding())
    study.answer(comment="one more thing")
    study.decide("back", comment="wait")
    codes = [one.code for one in study.run(finding()).conflicts]
    assert codes == [ConflictCode.LATE_ANSWER, ConflictCode.LATE_DECISION]
    assert study.states == [State.CLOSED]


def test_two_live_rows_of_one_identity_are_reported_and_left() -> None:
    study = Study()
    study.run(finding())
    study.rows = (*study.rows, replace(study.rows[0], number=2))
    result = study.run(finding())
    assert [one.code for one in result.conflicts] == [ConflictCode.TWICE]
    assert study.states == [State.OPEN, State.OPEN]


def test_a_manual_text_beside_a_query_of_a_rule_is_reported() -> None:
    study = Study()
    study.run(finding())
    study.decide("", text="Please send the biopsy report.")
    assert [one.code for one in study.run(finding()).conflicts] == [ConflictCode.MANUAL_TEXT]
    assert study.rows[0].kind == "rule"


def test_a_manual_query_asks_its_new_text() -> None:
    study = Study()
    study.decide("", number=3, text="Please send the report.")
    study.run()
    study.decide("", number=3, text="Please send the biopsy report.")
    study.run()
    assert (study.rows[0].text, study.rows[0].changed) == ("Please send the biopsy report.", True)


def test_a_release_without_a_text_is_reported() -> None:
    study = Study()
    study.run(finding("AC01"))
    study.decide("release", medical=True)
    assert [one.code for one in study.run(finding("AC01")).conflicts] == [ConflictCode.NO_TEXT]
    assert study.states == [State.OPEN]


def test_a_release_of_what_is_no_longer_asked_goes_to_nobody() -> None:
    study = Study()
    study.run(finding("AC01"))
    study.decide("release", medical=True, text="Please look.")
    study.run()
    assert study.states == [State.CLOSED]


def test_a_check_that_becomes_a_question_to_the_site_leaves_the_monitors_list() -> None:
    study = Study()
    study.run(finding("AC01"))
    to_site = PROTOCOL.checks["AC01"].model_copy(update={"severity": Severity.QUERY})
    study.protocol = PROTOCOL.model_copy(update={"checks": {**PROTOCOL.checks, "AC01": to_site}})
    study.run(finding("AC01"))
    assert [(one.medical, one.state) for one in study.rows] == [(False, State.OPEN), (True, State.CANCELLED)]


@pytest.mark.parametrize("state", list(State))
def test_whoever_must_act_is_named_only_while_somebody_must(state: State) -> None:
    study = Study()
    study.run(finding())
    actor = {State.OPEN: "site", State.SENT_BACK: "site", State.ANSWERED: "monitor"}.get(state, "")
    assert waits_for(replace(study.rows[0], state=state)) == actor


def test_information_is_never_a_query() -> None:
    study = Study()
    study.run(finding("DT09"))
    assert study.rows == ()


# --- random histories ---------------------------------------------------------------------------------

FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(["DT01", "DT02", "AC01", "DT09"]),
        st.sampled_from(["2024-01-09", "2024-01-10"]),
        st.sampled_from([KIDNEY, Place("licats_kidney", 2)]),
    ),
    unique_by=lambda one: (one.check, one.place),
    max_size=5,
)
ANSWERS = st.lists(
    st.builds(
        Answer,
        st.integers(1, 4),
        st.sampled_from(["typo", ""]),
        st.sampled_from(["a", "b"]),
        st.just(""),
        st.none(),
    ),
    unique_by=lambda one: one.number,
    max_size=3,
)
DECISIONS = st.lists(
    st.builds(
        Decision,
        st.integers(1, 5),
        st.sampled_from(["accept", "back", "cancel", "noted", "adjudicate", "release", ""]),
        st.sampled_from(["", "x"]),
        st.just(""),
        st.none(),
        medical=st.booleans(),
        text=st.sampled_from(["", "Please look."]),
    ).filter(lambda one: bool(one.action or one.text)),
    unique_by=lambda one: (one.number, one.medical),
    max_size=4,
)
STATUSES = st.dictionaries(st.sampled_from([KIDNEY, Place("licats_kidney", 2)]), st.sampled_from(["", "0", "2"]))
ROUNDS = st.lists(st.tuples(FINDINGS, ANSWERS, DECISIONS, STATUSES, st.integers(0, 4)), min_size=1, max_size=6)
Round = tuple[list[Finding], list[Answer], list[Decision], dict[Place, str], int]


def enter(study: Study, one: Round) -> list[Finding]:
    findings, study.answers, study.decisions, study.statuses, days = one
    study.today += days * DAYS
    return findings


@settings(max_examples=300, deadline=None)
@given(ROUNDS)
def test_a_second_run_changes_nothing(rounds: Sequence[Round]) -> None:
    study = Study()
    for one in rounds:
        findings = enter(study, one)
        first = study.run(*findings)
        second = study.run(*findings)
        assert second.queries == first.queries
        assert second.transitions == ()
        assert second.gone == ()


@settings(max_examples=150, deadline=None)
@given(ROUNDS, st.randoms(use_true_random=False))
def test_the_order_of_findings_answers_and_decisions_does_not_matter(
    rounds: Sequence[Round], random: object
) -> None:
    one, other = Study(), Study()
    for each in rounds:
        findings = enter(one, each)
        enter(other, each)
        other.answers, other.decisions = other.answers[::-1], other.decisions[::-1]
        assert one.run(*findings).queries == other.run(*findings[::-1]).queries


@settings(max_examples=300, deadline=None)
@given(ROUNDS)
def test_every_change_is_a_step_of_the_table_and_nothing_disappears_without_one(rounds: Sequence[Round]) -> None:
    study = Study()
    for one in rounds:
        before = {(query.medical, query.number): query for query in study.rows}
        result = study.run(*enter(study, one))
        after = {(query.medical, query.number): query for query in result.queries}
        states = {slot: query.state for slot, query in before.items()}
        for step in result.transitions:
            slot = step.medical, step.number
            assert LIFECYCLE[step.when][step.source] == step.target
            assert states.get(slot) == step.source
            if step.target is None:
                del states[slot]
            else:
                states[slot] = step.target
        assert states == {slot: query.state for slot, query in after.items()}
        vanished = {(query.medical, query.number) for query in result.gone}
        assert before.keys() - after.keys() == vanished
        assert all(before[slot].state is State.HELD for slot in vanished)
        live = [query.id + str(query.medical) for query in result.queries if query.state.live]
        assert len(live) == len(set(live))


def test_every_state_can_be_reached_and_every_reason_is_in_the_table() -> None:
    assert set(LIFECYCLE) == set(When)
    assert {target for steps in LIFECYCLE.values() for target in steps.values()} == {*State, None}
