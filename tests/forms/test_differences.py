"""What each difference does to held data: a table of the edges, and what a merge leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat
from redcap_licats.forms.at_risk import fields_to_read, touches
from redcap_licats.forms.collide import collisions
from redcap_licats.forms.compare import Difference, Effect, Kind, differences, judge
from redcap_licats.forms.merge import former_fields, merge

ID = Field("record_id", "base", FieldType.TEXT)
NOTHING = DataDictionary(())
YES_NO = "1, Yes | 0, No"


def one(type_: FieldType = FieldType.TEXT, **cells: object) -> Field:
    return replace(Field("f", "ours", type_, label="F"), **cells)  # type: ignore[arg-type]


def project(*fields: Field, repeats: tuple[Repeat, ...] = (), **settings: str) -> Project:
    dictionary = DataDictionary((ID, *fields))
    return Project("", dictionary, dict.fromkeys(dictionary.forms, ""), settings=settings, repeats=repeats)


def effect(found: Difference, live: Project, target: Project, rows: list[Mapping[str, str]]) -> Effect:
    question = touches(found, live, target)
    readable = fields_to_read([found], live)
    return judge(found, tuple(row["record_id"] for row in rows if readable and question(row))).effect


SAFE, DRAFT, LOSS = Effect.SAFE, Effect.DRAFT, Effect.LOSS
RADIO, DROPDOWN, CHECKBOX, NOTES = FieldType.RADIO, FieldType.DROPDOWN, FieldType.CHECKBOX, FieldType.NOTES

#: field as it is, field as it becomes, value held, kind, effect
TABLE = [
    (one(label="A"), one(label="B"), "x", Kind.WORDING, SAFE),
    (one(note="A"), one(note=""), "x", Kind.WORDING, SAFE),
    (one(annotation="@HIDDEN"), one(), "x", Kind.DISPLAY, SAFE),
    (one(branching_logic="[record_id] = '1'"), one(), "x", Kind.LOGIC, DRAFT),
    (one(required=True), one(), "x", Kind.LOGIC, DRAFT),
    (one(identifier=True), one(), "x", Kind.LOGIC, DRAFT),
    (one(RADIO, choices_or_calculations="1, A"), one(RADIO, choices_or_calculations="1, A | 2, B"), "1",
     Kind.CHOICE_ADDED, SAFE),
    (one(RADIO, choices_or_calculations="1, A | 2, B"), one(RADIO, choices_or_calculations="1, A"), "1",
     Kind.CHOICE_GONE, DRAFT),
    (one(RADIO, choices_or_calculations="1, A | 2, B"), one(RADIO, choices_or_calculations="1, A"), "2",
     Kind.CHOICE_GONE, LOSS),
    (one(RADIO, choices_or_calculations="1, A | 2, B"), one(RADIO, choices_or_calculations="1, A"), "",
     Kind.CHOICE_GONE, DRAFT),
    (one(RADIO, choices_or_calculations="1, male"), one(RADIO, choices_or_calculations="1, female"), "1",
     Kind.CHOICE_MEANING, LOSS),
    (one(RADIO, choices_or_calculations="1, male"), one(RADIO, choices_or_calculations="1, female"), "",
     Kind.CHOICE_MEANING, DRAFT),
    (one(RADIO, choices_or_calculations="1, Male"), one(RADIO, choices_or_calculations="1, male"), "1",
     Kind.WORDING, SAFE),
    (one(RADIO, choices_or_calculations="1, A"), one(DROPDOWN, choices_or_calculations="1, A"), "1",
     Kind.TYPE, DRAFT),
    (one(RADIO, choices_or_calculations="1, A"), one(CHECKBOX, choices_or_calculations="1, A"), "1",
     Kind.TYPE, LOSS),
    (one(RADIO, choices_or_calculations=YES_NO), one(FieldType.YESNO), "0", Kind.TYPE, DRAFT),
    (one(RADIO, choices_or_calculations="1, A | 2, B"), one(FieldType.YESNO), "2", Kind.TYPE, LOSS),
    (one(), one(NOTES), "x", Kind.TYPE, DRAFT),
    (one(NOTES), one(), "x", Kind.TYPE, DRAFT),
    (one(), one(RADIO, choices_or_calculations="1, A"), "1", Kind.TYPE, DRAFT),
    (one(), one(RADIO, choices_or_calculations="1, A"), "x", Kind.TYPE, LOSS),
    (one(), one(FieldType.CALC, choices_or_calculations="1+1"), "2", Kind.TYPE, LOSS),
    (one(), one(FieldType.CALC, choices_or_calculations="1+1"), "", Kind.TYPE, DRAFT),
    (one(), one(annotation="@CALCTEXT('a')"), "x", Kind.TYPE, LOSS),
    (one(annotation="@CALCTEXT('a')"), one(), "x", Kind.TYPE, DRAFT),
    (one(annotation="@CALCTEXT('a')"), one(annotation="@CALCTEXT('b')"), "x", Kind.LOGIC, DRAFT),
    (one(), one(FieldType.FILE), "x", Kind.TYPE, LOSS),
    (one(), one(FieldType.DESCRIPTIVE), "x", Kind.TYPE, LOSS),
    (one(validation="number"), one(), "1.5", Kind.VALIDATION, DRAFT),
    (one(validation="number"), one(validation="integer"), "2", Kind.VALIDATION, DRAFT),
    (one(validation="number"), one(validation="integer"), "1.5", Kind.VALIDATION, LOSS),
    (one(validation="number"), one(validation="integer"), "NI", Kind.VALIDATION, DRAFT),
    (one(), one(validation="date_ymd"), "2026-01-31", Kind.VALIDATION, DRAFT),
    (one(), one(validation="date_ymd"), "2026-02-30", Kind.VALIDATION, LOSS),
    (one(validation="date_dmy"), one(validation="date_ymd"), "2026-01-31", Kind.VALIDATION, DRAFT),
    (one(validation="integer"), one(validation="integer", maximum="10"), "10", Kind.RANGE, DRAFT),
    (one(validation="integer"), one(validation="integer", maximum="10"), "11", Kind.RANGE, LOSS),
    (one(validation="integer", maximum="10"), one(validation="integer"), "10", Kind.RANGE, DRAFT),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "held", "kind", "expected"), TABLE)
def test_each_difference_of_a_field_is_classed_by_what_is_held(
    before: Field, after: Field, held: str, kind: Kind, expected: Effect
) -> None:
    live, target = project(before, MissingDataCodes="NI, No information"), project(after)
    rows = [{"record_id": "1", "f": held}]
    found = {one.kind: effect(one, live, target, rows) for one in differences(live, target, NOTHING)}
    assert found[kind] is expected
    assert len(found) == 1 or kind is Kind.TYPE


def test_an_option_of_a_checkbox_is_lost_only_where_it_is_ticked() -> None:
    both, left = (one(CHECKBOX, choices_or_calculations=text) for text in ("A, a | -1, b", "A, a"))
    live, target = project(both), project(left)
    (found,) = differences(live, target, NOTHING)
    assert (found.kind, found.code) == (Kind.CHOICE_GONE, "-1")
    unticked = {"record_id": "1", "f___a": "1", "f____1": "0"}
    assert effect(found, live, target, [unticked]) is DRAFT
    assert effect(found, live, target, [{**unticked, "f____1": "1"}]) is LOSS


def test_a_choice_worded_in_the_other_language_means_the_same() -> None:
    english, japanese = (one(RADIO, choices_or_calculations=text) for text in ("1, Yes", "1, はい"))
    (found,) = differences(project(japanese), project(english), DataDictionary((japanese,)))
    assert found.kind is Kind.WORDING
    assert [*differences(project(english), project(english), NOTHING)] == []


def test_an_answer_of_ours_that_the_study_means_as_missing_is_pointed_out() -> None:
    ours = one(CHECKBOX, choices_or_calculations="ni, Not interpretable | 1, b")
    own = replace(ours, name="own", form="theirs")
    live = project(own, MissingDataCodes="NI, No information | 2, Refused")
    target = replace(project(ours, own), settings=live.settings)
    (found,) = (
        one for one in differences(live, target, DataDictionary((ours,))) if one.kind is Kind.MISSING_ANSWER
    )
    assert (found.field, found.code, found.before, found.after) == (
        "f",
        "ni",
        "No information",
        "Not interpretable",
    )
    radio = replace(target, dictionary=DataDictionary((ID, replace(ours, type=RADIO), own)))
    assert Kind.MISSING_ANSWER not in {one.kind for one in differences(live, radio, DataDictionary((ours,)))}


def test_another_spelling_is_no_difference() -> None:
    before = one(RADIO, choices_or_calculations="1,A|2,  B", branching_logic='[record_id]="1"', alignment="RV")
    after = one(RADIO, choices_or_calculations="1, A | 2, B", branching_logic="[record_id] = '1'")
    assert [*differences(project(before), project(after), NOTHING)] == []


def test_forms_and_fields_that_go_or_move_are_lost_only_with_data() -> None:
    live = project(one(), Field("g", "ours", FieldType.TEXT), Field("h", "gone", FieldType.TEXT))
    target = project(replace(one(), form="base"), Field("g", "ours", FieldType.TEXT))
    for held, expected in (("", DRAFT), ("x", LOSS)):
        rows = [{"record_id": "1", "f": held, "g": "x", "h": held}]
        got = {found.kind: effect(found, live, target, rows) for found in differences(live, target, NOTHING)}
        assert got == {Kind.FIELD_MOVED: expected, Kind.FORM_GONE: expected}
    (gone,) = differences(live, project(one(), Field("h", "gone", FieldType.TEXT)), NOTHING)
    assert (gone.kind, effect(gone, live, target, [{"record_id": "1", "g": "x"}])) == (Kind.FIELD_GONE, LOSS)


@pytest.mark.parametrize(("instance", "expected"), [("1", LOSS), ("", DRAFT)])
def test_repeats_that_end_or_begin_hide_what_they_hold(instance: str, expected: Effect) -> None:
    once, again = project(one()), project(one(), repeats=(Repeat("ours"),))
    row = {"record_id": "1", "f": "x", "redcap_repeat_instrument": "ours" * bool(instance),
           "redcap_repeat_instance": instance}  # fmt: skip
    (ends,) = differences(again, once, NOTHING)
    assert (ends.kind, effect(ends, again, once, [row])) == (Kind.REPEAT_GONE, expected)
    (begins,) = differences(once, again, NOTHING)
    assert (begins.kind, effect(begins, once, again, [row])) == (
        Kind.REPEAT_ADDED,
        LOSS if not instance else DRAFT,
    )


def longitudinal(*forms: tuple[str, ...], repeats: tuple[Repeat, ...] = ()) -> Project:
    events = tuple(Event(f"E{n}", 1, f"e{n}_arm_1", forms=own) for n, own in enumerate(forms, start=1))
    return replace(project(one(), repeats=repeats), arms=(Arm(1, ""),), events=events, longitudinal=True)


def test_a_form_taken_out_of_an_event_loses_only_what_that_event_holds() -> None:
    live, target = longitudinal(("base", "ours"), ("ours",)), longitudinal(("base", "ours"), ())
    (found,) = differences(live, target, NOTHING)
    assert (found.kind, found.event) == (Kind.EVENT_GONE, "e2_arm_1")
    for event, expected in (("e1_arm_1", DRAFT), ("e2_arm_1", LOSS)):
        row = {"record_id": "1", "redcap_event_name": event, "f": "x"}
        assert effect(found, live, target, [row]) is expected
    (back,) = differences(target, live, NOTHING)
    assert (back.kind, effect(back, target, live, [])) == (Kind.EVENT_ADDED, SAFE)


def test_a_form_that_repeats_in_a_new_event_is_safe() -> None:
    live, target = (
        longitudinal(("ours",), ()),
        longitudinal(("ours",), ("ours",), repeats=(Repeat("ours", "e2_arm_1"),)),
    )
    kinds = {found.kind: effect(found, live, target, []) for found in differences(live, target, NOTHING)}
    assert kinds == {Kind.EVENT_ADDED: SAFE, Kind.REPEAT_NEW: SAFE}


OURS = DataDictionary(tuple(Field(f"x_{n}", "ours", FieldType.TEXT, label=f"X{n}") for n in range(4)))


def test_names_that_mean_something_else_are_taken() -> None:
    other = Field("x_0", "base", FieldType.TEXT, label="Another")
    same = replace(OURS["x_1"], form="base")
    (found,) = collisions(DataDictionary((ID, other, same)), OURS)
    assert (found.kind, found.field) == (Kind.COLLISION, "x_0")


def test_a_form_that_holds_half_of_our_fields_is_ours() -> None:
    half, less = ([ID, *OURS.fields[:count], Field("own", "ours", FieldType.TEXT)] for count in (2, 1))
    assert [*collisions(DataDictionary(tuple(half)), OURS)] == []
    assert {one.form for one in collisions(DataDictionary(tuple(less)), OURS)} == {"ours"}


def test_the_form_status_of_a_study_is_a_name_too() -> None:
    status = DataDictionary((Field("base_complete", "ours", FieldType.TEXT),))
    assert [one.kind for one in collisions(DataDictionary((ID,)), status)] == [Kind.COLLISION]


names = st.lists(st.sampled_from([f"x_{n}" for n in range(6)] + [f"own_{n}" for n in range(6)]), unique=True)


@given(names, names, st.data())
def test_own_fields_stay_as_they_are_and_in_order_and_a_second_merge_changes_nothing(
    first: list[str], second: list[str], data: st.DataObject
) -> None:
    rest = [name for name in second if name not in first]
    live_fields = [Field(name, "ours", FieldType.TEXT) for name in first]
    live_fields += [Field(name, "study", FieldType.TEXT) for name in rest]
    live = Project("", DataDictionary((ID, *live_fields)), {})
    ours = Project("", OURS, {"ours": "Ours"})
    former = former_fields(live.dictionary, OURS, {"ours": "x"})
    target = merge(live, ours, former)
    own = [one for one in live.dictionary if one.name not in OURS and one.name not in former]
    assert [one for one in target.dictionary if one.name not in OURS] == own
    assert [one for one in target.dictionary if one.name in OURS] == [*OURS]
    assert target.dictionary.record_id_field == "record_id"
    blocks = [one.form for one in target.dictionary]
    assert all(
        blocks.index(form) + blocks.count(form) == len(blocks) - blocks[::-1].index(form) for form in blocks
    )
    assert merge(target, ours, ()).dictionary == target.dictionary


def test_new_forms_come_together_after_the_first_or_where_ours_stand() -> None:
    def order(*live: str, ours: tuple[str, ...]) -> list[str]:
        fields = [ID, *(Field(f"{form}_f", form, FieldType.TEXT) for form in live)]
        wanted = DataDictionary(tuple(Field(f"{form}_f", form, FieldType.TEXT) for form in ours))
        target = merge(
            Project("", DataDictionary(tuple(fields)), {}), Project("", wanted, dict.fromkeys(ours, "")), ()
        )
        return [*target.dictionary.forms]

    assert order("a", "b", ours=("x", "y")) == ["base", "x", "y", "a", "b"]
    assert order("a", "y", "b", ours=("x", "y", "z")) == ["base", "a", "x", "y", "z", "b"]
    assert order("x", "a", ours=("x", "y")) == ["base", "x", "y", "a"]


def test_a_field_of_the_study_does_not_split_a_matrix() -> None:
    matrix = [Field(f"x_{n}", "ours", RADIO, matrix_group="m", choices_or_calculations=YES_NO) for n in range(3)]
    live = Project("", DataDictionary((ID, *matrix[:2], Field("own", "ours", FieldType.TEXT))), {})
    target = merge(live, Project("", DataDictionary(tuple(matrix)), {"ours": ""}), ())
    assert [field.name for field in target.dictionary] == ["record_id", "x_0", "x_1", "x_2", "own"]
