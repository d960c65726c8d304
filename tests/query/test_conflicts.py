"""What people write that the lifecycle has no place for stays beside its query and reaches whoever must see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from test_reconcile import Study, finding

from redcap_licats.protocol.load import load_protocol
from redcap_licats.query.conflicts import standing_conflicts
from redcap_licats.query.model import Conflict, ConflictCode, Reconciled
from redcap_licats.query.rows import CONFLICT_CODES, query_cells, read_queries
from redcap_licats.sync.summary import RunSummary


def standing(study: Study) -> list[ConflictCode]:
    return [one.code for one in standing_conflicts("1", study.rows, study.answers, study.decisions)]


def answered(study: Study, check: str = "DT01") -> None:
    study.run(finding(check))
    study.answer()
    study.run(finding(check))


def closed(study: Study) -> None:
    answered(study)
    study.decide("accept")
    study.run(finding())


def late_answer(study: Study) -> Reconciled:
    closed(study)
    study.answer(comment="one more thing")
    return study.run(finding())


def late_decision(study: Study) -> Reconciled:
    closed(study)
    study.decide("back")
    return study.run(finding())


def early(study: Study) -> Reconciled:
    study.run(finding())
    study.decide("accept")
    return study.run(finding())


def crossed(study: Study) -> Reconciled:
    answered(study)
    study.answer(comment="on second thoughts")
    study.decide("accept")
    return study.run(finding())


def unknown(study: Study) -> Reconciled:
    answered(study)
    study.decide("maybe")
    return study.run(finding())


def no_text(study: Study) -> Reconciled:
    study.run(finding("AC01"))
    study.decide("release", medical=True)
    return study.run(finding("AC01"))


def unasked_answer(study: Study) -> Reconciled:
    study.answer(number=9)
    return study.run()


def unasked_decision(study: Study) -> Reconciled:
    study.decide("accept", number=9)
    return study.run()


def manual_text(study: Study) -> Reconciled:
    study.run(finding())
    study.decide("", text="Please send the report.")
    return study.run(finding())


def twice(study: Study) -> Reconciled:
    study.run(finding())
    study.rows = (*study.rows, replace(study.rows[0], number=2))
    return study.run(finding())


def no_field(study: Study) -> Reconciled:
    study.decide("", text="Which source?")
    study.decisions = [
        replace(one, form="licats_kidney", field="kidney_onest", nowhere=True) for one in study.decisions
    ]
    return study.run()


WAYS: dict[ConflictCode, Callable[[Study], Reconciled]] = {
    ConflictCode.LATE_ANSWER: late_answer,
    ConflictCode.LATE_DECISION: late_decision,
    ConflictCode.EARLY_DECISION: early,
    ConflictCode.CROSSED: crossed,
    ConflictCode.UNKNOWN_DECISION: unknown,
    ConflictCode.NO_TEXT: no_text,
    ConflictCode.NO_FIELD: no_field,
    ConflictCode.UNASKED_ANSWER: unasked_answer,
    ConflictCode.UNASKED_DECISION: unasked_decision,
    ConflictCode.MANUAL_TEXT: manual_text,
    ConflictCode.TWICE: twice,
}


@pytest.mark.parametrize("code", list(ConflictCode))
def test_a_conflict_is_told_by_the_run_and_stands_until_somebody_writes_again(code: ConflictCode) -> None:
    study = Study()
    summary = RunSummary("r", "p", 1, "0", "h", conflicts=list(WAYS[code](study).conflicts))
    (told,) = summary.as_dict()["conflicts"]  # type: ignore[misc]
    assert told["record"] == "1"
    assert told["conflict"] == code.value
    assert standing(study) == [code]
    study.run(*[finding(one.rule) for one in study.rows[:1] if one.kind == "rule"])
    assert standing(study) == [code]


@pytest.mark.parametrize("code", list(CONFLICT_CODES))
def test_a_conflict_is_stored_with_its_query(code: ConflictCode) -> None:
    study = Study()
    WAYS[code](study)
    (query,) = study.rows
    form = "licats_medical_query" if query.medical else "licats_query"
    keys = {"redcap_repeat_instrument": form, "redcap_repeat_instance": "1"}
    assert query.conflict is code
    assert read_queries([keys | query_cells(query)]) == (query,)


def test_the_codes_of_conflicts_are_the_answers_of_their_field() -> None:
    fields = load_protocol().instruments["licats_query"].field
    (spec,) = (one for one in fields if one.name == "conflict_d")
    assert [one.code for one in spec.choices] == list(CONFLICT_CODES.values())


def test_a_conflict_ends_with_the_next_decision_that_has_its_place() -> None:
    study = Study()
    late_decision(study)
    study.decide("accept", comment="seen; it stays closed")
    study.run(finding())
    assert standing(study) == []


def test_a_conflict_ends_with_the_answer_it_lacked() -> None:
    study = Study()
    early(study)
    study.answer()
    study.run(finding())
    assert standing(study) == []


def test_an_answer_to_a_held_query_waits_for_its_release() -> None:
    study = Study(statuses={finding().place: "0"})
    study.run(finding())
    study.answer()
    study.run(finding())
    study.statuses = {finding().place: "2"}
    study.run(finding())
    assert [str(one) for one in study.states] == ["answered"]


def test_conflicts_of_several_queries_come_in_order() -> None:
    study = Study()
    study.answer(number=9)
    study.decide("accept", number=5)
    study.run()
    assert standing_conflicts("1", study.rows, study.answers, study.decisions) == (
        Conflict(ConflictCode.UNASKED_DECISION, "1", 5, False),
        Conflict(ConflictCode.UNASKED_ANSWER, "1", 9, False),
    )
