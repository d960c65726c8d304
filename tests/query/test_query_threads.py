"""Queries and threads of the Data Resolution Workflow: what people say in threads, and what is asked in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from redcap_licats.api.threads import Asked, Asking, Closing, Question, Spot, Step, Thread
from redcap_licats.query.ledger import Ledger
from redcap_licats.query.model import Answer, Decision, Query, State
from redcap_licats.query.people import hear
from redcap_licats.query.threads import Projection, project, said_in_threads

TODAY = dt.date(2026, 3, 4)
AT = dt.datetime(2026, 3, 3, 9)  # noqa: DTZ001 - the server's wall clock
SPOT = Spot("1", "", "licats_kidney", 2, "kidney_onset")
QUERY = Query(
    1, "a" * 16, "f" * 16, "DT01", "query", "licats_kidney", 2, "", "kidney_onset", "", "Please check.", TODAY,
    State.OPEN, TODAY, 0, False, "rule", False,
)  # fmt: skip
OTHER = replace(QUERY, number=2, id="b" * 16, rule="DT02", text="Please check too.")


def asks(*queries: Query, step: int = 1, status: str = "OPEN") -> Step:
    asked = tuple(Asked(one.id, one.fingerprint) for one in queries)
    return Step(step, AT, "worker", True, status, "", "", asked)


def person(step: int, status: str = "OPEN", response: str = "", user: str = "site") -> Step:
    return Step(step, AT, user, False, status, response, "words", ())


def thread(*steps: Step, status: str | None = None) -> Thread:
    return Thread("1", "", "licats_kidney", 2, "kidney_onset", status or steps[-1].status, steps)


ANSWERED = Answer(1, "confirmed", "words", "site", AT.date(), key="2")


def decided(action: str, step: int) -> Decision:
    return Decision(1, action, "words", "site", AT.date(), key=str(step), asked="f" * 16)


@pytest.mark.parametrize(
    ("steps", "answer", "decision"),
    [
        ([asks(QUERY)], None, None),
        ([asks(QUERY), person(2, response="CONFIRMED_CORRECT")], ANSWERED, None),
        ([asks(QUERY), person(2)], None, None),
        ([asks(QUERY), person(2, response="CONFIRMED_CORRECT"), person(3)], ANSWERED, decided("back", 3)),
        (
            [asks(QUERY), person(2, response="CONFIRMED_CORRECT"), person(3, "CLOSED")],
            ANSWERED,
            decided("accept", 3),
        ),
        ([asks(QUERY), person(2, "CLOSED")], None, decided("cancel", 2)),
        ([asks(QUERY), person(2, "CLOSED"), person(3)], None, None),
        ([asks(QUERY), person(1, "CLOSED"), person(3), person(2, response="CONFIRMED_CORRECT")], ANSWERED, None),
        (
            [asks(QUERY), person(1, response="OTHER"), person(3), person(2, response="CONFIRMED_CORRECT")],
            ANSWERED,
            None,
        ),
        ([asks(QUERY), person(2, response="OTHER"), person(3, "CLOSED"), asks(QUERY, step=4)], None, None),
        ([person(2, response="OTHER"), asks(QUERY)], None, None),
        ([asks(OTHER), person(2, response="OTHER"), asks(OTHER, QUERY, step=3)], None, None),
        ([asks(QUERY), person(2, "VERIFIED")], None, None),
    ],
    ids=[
        "asked", "answered", "commented", "sent back", "accepted", "closed without an answer", "opened again",
        "opened again and answered", "answered again",
        "asked again", "said before", "said to another query", "verified",
    ],
)  # fmt: skip
def test_what_people_said(steps: list[Step], answer: Answer | None, decision: Decision | None) -> None:
    said = said_in_threads([QUERY], [thread(*steps)])
    assert said.answers == ((answer,) if answer else ())
    assert said.decisions == ((decision,) if decision else ())


def test_an_answer_counts_for_every_query_asked_before_it() -> None:
    said = said_in_threads([QUERY, OTHER], [thread(asks(QUERY, OTHER), person(2, response="OTHER"))])
    assert [one.number for one in said.answers] == [1, 2]


def test_a_category_that_is_not_known_is_other() -> None:
    (answer,) = said_in_threads([QUERY], [thread(asks(QUERY), person(2, response="NEW_ONE"))]).answers
    assert answer.reason == "other"


def test_medical_queries_have_no_threads() -> None:
    medical = replace(QUERY, medical=True)
    steps = (asks(QUERY), person(2, response="OTHER"))
    assert said_in_threads([medical], [thread(*steps)]).answers == ()
    assert project("1", [medical], []).ask == ()


def test_a_manual_query_keeps_its_question_while_it_is_decided() -> None:
    question = Decision(1, "", "", "monitor", TODAY, form="licats_kidney", field="kidney_onset", text="Why?")
    said = said_in_threads([QUERY], [thread(asks(QUERY), person(2, "CLOSED"))], (), [question])
    (decision,) = said.decisions
    assert (decision.text, decision.action, decision.key) == ("Why?", "cancel", "2")


def test_the_lifecycle_follows_a_thread_and_hears_everything_once() -> None:
    steps = [asks(QUERY)]
    query, states = QUERY, []
    following = [
        person(2, response="CONFIRMED_CORRECT"),
        person(3, user="monitor"),
        # the same words again on the same day are another answer
        person(4, response="CONFIRMED_CORRECT"),
        person(5, "CLOSED", user="monitor"),
    ]
    for step in following:
        steps.append(step)
        for _ in range(2):
            said = said_in_threads([query], [thread(*steps)])
            ledger = Ledger("1", TODAY)
            query = hear(query, *((*said.answers, None)[0], (*said.decisions, None)[0]), ledger)
            assert ledger.conflicts == []
            states.append((query.state, len(ledger.transitions)))
    assert states == [
        (State.ANSWERED, 1), (State.ANSWERED, 0), (State.SENT_BACK, 1), (State.SENT_BACK, 0),
        (State.ANSWERED, 1), (State.ANSWERED, 0), (State.CLOSED, 1), (State.CLOSED, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "state"),
    [
        (replace(QUERY, state=State.SENT_BACK), State.CLOSED),
        # sent back, and asked anew on other data since
        (replace(QUERY, state=State.SENT_BACK, fingerprint="e" * 16), State.CLOSED),
        # resolved and back, while the answer stood in the thread
        (QUERY, State.CLOSED),
        # other data than those of the answer: asked anew
        (replace(QUERY, fingerprint="e" * 16), State.OPEN),
    ],
)
def test_closing_a_thread_accepts_the_answer_that_was_heard_before(query: Query, state: State) -> None:
    ledger, steps = Ledger("1", TODAY), [asks(QUERY), person(2, response="CONFIRMED_CORRECT")]
    acted = hear(QUERY, said_in_threads([QUERY], [thread(*steps)]).answers[0], None, ledger).acted
    said = said_in_threads([query], [thread(*steps, person(3), person(4, "CLOSED"))])
    heard = hear(replace(query, acted=acted), said.answers[0], said.decisions[0], ledger)
    assert (heard.state, ledger.conflicts) == (state, [])


def question(query: Query) -> Question:
    return Question(query.id, query.rule, query.fingerprint, query.text)


def test_queries_on_a_field_are_asked_together_and_once() -> None:
    projection = project("1", [OTHER, QUERY], [])
    assert projection.ask == (Asking(SPOT, (question(QUERY), question(OTHER))),)
    assert project("1", [OTHER, QUERY], [thread(asks(QUERY, OTHER))]).ask == ()
    assert project("1", [OTHER, QUERY], [thread(asks(QUERY))]).ask == projection.ask


def test_a_changed_fingerprint_is_asked() -> None:
    changed = replace(QUERY, fingerprint="e" * 16)
    assert project("1", [changed], [thread(asks(QUERY))]).ask == (Asking(SPOT, (question(changed),)),)


@pytest.mark.parametrize("state", [State.HELD, State.ANSWERED, State.CLOSED, State.RESOLVED, State.CANCELLED])
def test_only_what_waits_for_the_site_is_asked(state: State) -> None:
    assert project("1", [replace(QUERY, state=state)], []).ask == ()


@pytest.mark.parametrize(("state", "why"), [(State.RESOLVED, "agree"), (State.CANCELLED, "off")])
def test_a_thread_in_which_nothing_is_asked_is_closed(state: State, why: str) -> None:
    gone = replace(QUERY, state=state)
    projection = project("1", [gone], [thread(asks(QUERY))])
    assert [(one.spot, one.why) for one in projection.close] == [(SPOT, why)]
    assert project("1", [gone], [thread(asks(QUERY, status="CLOSED"))]).close == ()


def test_a_thread_stays_open_while_one_of_its_queries_is_asked() -> None:
    projection = project("1", [replace(QUERY, state=State.RESOLVED), OTHER], [thread(asks(QUERY, OTHER))])
    assert projection.close == ()
    assert projection.ask == (Asking(SPOT, (question(OTHER),)),)


def test_a_thread_without_any_query_is_closed() -> None:
    assert project("1", [], [thread(asks(QUERY))]).close == (Closing(SPOT, "off"),)


@pytest.mark.parametrize("state", list(State))
def test_an_open_thread_that_a_person_has_is_left(state: State) -> None:
    steps = (asks(QUERY), person(2, response="OTHER"))
    projection = project("1", [replace(QUERY, state=state)], [thread(*steps)])
    assert projection.ask == projection.close == ()


@pytest.mark.parametrize("field", ["", "licats_kidney_complete"])
def test_a_query_on_no_field_or_on_the_status_of_a_form_has_no_thread(field: str) -> None:
    assert project("1", [replace(QUERY, field=field)], []).ask == ()


def test_nothing_is_said_on_a_field_that_the_project_does_not_have_any_more() -> None:
    gone = Thread("1", "", "", 1, "kidney_onest", "OPEN", (asks(OTHER),))
    projection = project("1", [QUERY], [gone], exists=lambda spot: spot == SPOT)
    assert ([one.spot for one in projection.ask], projection.close) == ([SPOT], ())
    assert project("1", [QUERY], [thread(asks(QUERY))], exists=lambda _: False) == Projection((), ())


def test_a_query_that_moved_is_answered_where_it_was_asked_last() -> None:
    here = thread(asks(QUERY), asks(QUERY, step=5), person(6, response="OTHER"))
    there = replace(thread(asks(QUERY, step=3), person(4, response="DATA_MISSING")), field="kidney_end")
    for threads in ([here, there], [there, here]):
        (answer,) = said_in_threads([QUERY], threads).answers
        assert (answer.reason, answer.key) == ("other", "6")


def test_what_was_said_beside_answer_and_decision_is_a_remark() -> None:
    asked, remark = asks(QUERY), person(2)
    for steps, told in (
        ([asked, remark], "words"),
        ([asked, remark, person(3, response="OTHER")], ""),
        ([asked, remark, asks(QUERY, step=3)], ""),
        ([asked, person(2, "VERIFIED")], "words"),
        ([asks(OTHER), remark], None),
    ):
        talk = said_in_threads([QUERY], [thread(*steps)]).talks.get(1)
        assert (talk.remark if talk else None) == told


FORM_ANSWER = Answer(1, "missing", "on the form", "site", TODAY)
FORM_DECISION = Decision(1, "back", "on the form", "monitor", TODAY)


def test_forms_count_for_what_no_thread_ever_asked() -> None:
    untold = said_in_threads([QUERY], [], [FORM_ANSWER], [FORM_DECISION])
    assert (untold.answers, untold.decisions) == ((FORM_ANSWER,), (FORM_DECISION,))
    told = said_in_threads([QUERY], [thread(asks(QUERY))], [FORM_ANSWER], [FORM_DECISION])
    assert (told.answers, told.decisions) == ((), ())


def test_medical_decisions_stay_on_their_form() -> None:
    medical = replace(FORM_DECISION, action="noted", medical=True)
    said = said_in_threads([QUERY], [thread(asks(QUERY), person(2, "CLOSED"))], (), [medical])
    assert set(said.decisions) == {medical, decided("cancel", 2)}


def test_what_is_said_after_another_was_asked_alone_is_not_about_the_first() -> None:
    steps = (asks(QUERY, OTHER), person(2, response="CONFIRMED_CORRECT"), person(3, "CLOSED"))
    again = (*steps, asks(OTHER, step=4), person(5, response="OTHER"))
    said = said_in_threads([QUERY, OTHER], [thread(*again)])
    assert said.answers == (ANSWERED, Answer(2, "other", "words", "site", AT.date(), key="5"))
    assert said.decisions == (decided("accept", 3),)


@pytest.mark.parametrize("old", [State.CANCELLED, State.RESOLVED])
def test_of_two_rows_with_one_identity_the_live_one_is_spoken_of(old: State) -> None:
    rows = [replace(QUERY, state=old), replace(QUERY, number=9)]
    said = said_in_threads(rows, [thread(asks(QUERY), person(2, response="OTHER"), person(3, "CLOSED"))])
    assert [one.number for one in (*said.answers, *said.decisions)] == [9, 9]


@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.CANCELLED])
@pytest.mark.parametrize("status", ["OPEN", "CLOSED"])
def test_what_is_said_when_a_query_is_over_decides_nothing(state: State, status: str) -> None:
    over, ledger = replace(QUERY, state=state), Ledger("1", TODAY)
    said = said_in_threads([over], [thread(asks(QUERY), person(2, response="OTHER"), person(3, status))])
    heard = hear(over, said.answers[0], said.decisions[0], ledger)
    assert (heard.state, heard.conflict, ledger.transitions, ledger.conflicts) == (state, None, [], [])
    # and is taken, so that it decides nothing later either
    assert heard.acted


@pytest.mark.parametrize(("status", "state"), [("OPEN", State.SENT_BACK), ("CLOSED", State.CLOSED)])
def test_two_steps_between_two_runs_keep_their_order(status: str, state: State) -> None:
    ledger = Ledger("1", TODAY)
    first = said_in_threads([QUERY], [thread(asks(QUERY), person(2, response="OTHER"))])
    query = hear(QUERY, first.answers[0], None, ledger)
    steps = (asks(QUERY), person(2, response="OTHER"), person(3), person(4, response="OTHER"), person(5, status))
    said = said_in_threads([query], [thread(*steps)])
    assert hear(query, said.answers[0], said.decisions[0], ledger).state is state
    assert ledger.conflicts == []


def test_a_thread_stays_open_while_a_query_in_it_is_answered_on_the_form() -> None:
    assert project("1", [replace(QUERY, state=State.ANSWERED)], [thread(asks(QUERY))]).close == ()
