"""PyCap's methods on the definition of a project."""

from __future__ import annotations

import pytest
import semantic_version
from pycap_study import BASELINE, FIELDS, FORMATS, VISIT, in_all_formats, written
from redcap import Project as PyCap
from redcap import RedcapError


def test_properties(proj: PyCap, classic: PyCap) -> None:
    assert [field["field_name"] for field in proj.metadata] == proj.field_names
    assert proj.field_names == [field.name for field in FIELDS]
    assert set(proj.forms) == {"basics", "labs"}
    assert proj.def_field == "record_id"
    assert proj.is_longitudinal
    assert not classic.is_longitudinal
    assert proj.redcap_version == proj.export_version()


def test_export_version(proj: PyCap) -> None:
    version = proj.export_version()
    assert isinstance(version, semantic_version.Version)
    assert version.major == 16


def test_export_project_info(proj: PyCap) -> None:
    info = in_all_formats(proj.export_project_info)
    assert (info["project_title"], info["is_longitudinal"], info["surveys_enabled"]) == ("PyCap", 1, 1)


def test_export_metadata(proj: PyCap) -> None:
    assert len(in_all_formats(proj.export_metadata)) == len(FIELDS)
    assert [row["field_name"] for row in proj.export_metadata(fields=["name"], forms=["labs"])] == [
        "name",
        "weight",
    ]


@pytest.mark.parametrize("style", FORMATS)
def test_import_metadata(proj: PyCap, style: str) -> None:
    kept = proj.export_metadata()[:-1]
    assert proj.import_metadata(written(kept, style), import_format=style) == len(kept)
    assert proj.export_metadata() == kept


def test_import_metadata_as_it_was_exported(proj: PyCap) -> None:
    for style in ("csv", "xml"):
        exported = proj.export_metadata(format_type=style)
        assert proj.import_metadata(exported, import_format=style, return_format_type="csv") == str(len(FIELDS))
        assert proj.export_metadata(format_type=style) == exported


def test_export_field_names(proj: PyCap) -> None:
    names = in_all_formats(proj.export_field_names)
    assert [row["export_field_name"] for row in names] == [
        "record_id",
        "name",
        "born",
        "sex",
        "signs___1",
        "signs___2",
        "basics_complete",
        "weight",
        "labs_complete",
    ]
    assert [row["choice_value"] for row in in_all_formats(proj.export_field_names, field="signs")] == ["1", "2"]


def test_export_instruments(proj: PyCap) -> None:
    labels = [row["instrument_label"] for row in in_all_formats(proj.export_instruments)]
    assert labels == ["Basics", "Labs"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"record": "1", "event": BASELINE, "instrument": "basics", "compact_display": True},
        {"record": "1", "event": VISIT, "instrument": "labs", "repeat_instance": 1},
        {"all_records": True},
    ],
)
def test_export_pdf(proj: PyCap, params: dict[str, object]) -> None:
    content, headers = proj.export_pdf(**params)
    assert content.startswith(b"%PDF-")
    assert headers["name"].endswith(".pdf")


def test_export_arms(proj: PyCap, classic: PyCap) -> None:
    assert in_all_formats(proj.export_arms) == [{"arm_num": 1, "name": "Drug"}, {"arm_num": 2, "name": "Placebo"}]
    assert proj.export_arms(arms=["2"]) == [{"arm_num": 2, "name": "Placebo"}]
    with pytest.raises(RedcapError, match="You cannot export arms for classic projects"):
        classic.export_arms()


@pytest.mark.parametrize("style", FORMATS)
def test_import_arms(proj: PyCap, style: str) -> None:
    assert proj.import_arms(written([{"arm_num": "3", "name": "Third"}], style), import_format=style) == 1
    # An arm is shown once it has an event.
    assert [row["arm_num"] for row in proj.export_arms()] == [1, 2]
    proj.import_events([{"event_name": "Visit", "arm_num": "3"}])
    assert [row["arm_num"] for row in proj.export_arms()] == [1, 2, 3]


def test_import_arms_with_override(proj: PyCap) -> None:
    arms = [{"arm_num": "1", "name": "One"}, {"arm_num": "2", "name": "Two"}]
    assert proj.import_arms(arms, override=1) == 2
    assert proj.export_arms() == []


def test_delete_arms(proj: PyCap) -> None:
    assert proj.delete_arms(["2"]) == 1
    assert [row["unique_event_name"] for row in proj.export_events()] == [BASELINE, VISIT]


def test_export_events(proj: PyCap, classic: PyCap) -> None:
    events = in_all_formats(proj.export_events)
    assert [(row["event_name"], row["arm_num"], row["unique_event_name"]) for row in events] == [
        ("Baseline", 1, BASELINE),
        ("Visit 1", 1, VISIT),
        ("Baseline", 2, "baseline_arm_2"),
    ]
    assert len(proj.export_events(arms=["1"])) == 2
    with pytest.raises(RedcapError, match="You cannot export events for classic projects"):
        classic.export_events()


@pytest.mark.parametrize("style", FORMATS)
def test_import_events(proj: PyCap, style: str) -> None:
    event = {"event_name": "Deadline to opt out of study", "arm_num": "2"}
    assert proj.import_events(written([event], style), import_format=style, override=0) == 1
    assert proj.export_events()[-1]["unique_event_name"] == "deadline_to_opt_ou_arm_2"


def test_delete_events(proj: PyCap) -> None:
    assert proj.delete_events([VISIT]) == 1
    assert len(proj.export_events()) == 2


def test_export_instrument_event_mappings(proj: PyCap, classic: PyCap) -> None:
    mapping = in_all_formats(proj.export_instrument_event_mappings)
    assert mapping[0] == {"arm_num": 1, "unique_event_name": BASELINE, "form": "basics"}
    assert len(mapping) == 5
    assert len(proj.export_instrument_event_mappings(arms=["2"])) == 2
    with pytest.raises(RedcapError, match="You cannot export form/event mappings for classic projects"):
        classic.export_instrument_event_mappings()


@pytest.mark.parametrize("style", FORMATS)
def test_import_instrument_event_mappings(proj: PyCap, style: str) -> None:
    mapping = [{"arm_num": 1, "unique_event_name": BASELINE, "form": "labs"}]
    assert proj.import_instrument_event_mappings(written(mapping, style), import_format=style) == 1
    assert proj.export_instrument_event_mappings() == mapping


def test_export_repeating_instruments_events(proj: PyCap, classic: PyCap) -> None:
    (repeat,) = in_all_formats(proj.export_repeating_instruments_events)
    assert repeat == {"event_name": VISIT, "form_name": "labs", "custom_form_label": ""}
    assert classic.export_repeating_instruments_events(format_type="csv") == "form_name,custom_form_label\nlabs,\n"


@pytest.mark.parametrize("style", FORMATS)
def test_import_repeating_instruments_events(proj: PyCap, style: str) -> None:
    repeats = [
        {"event_name": BASELINE, "form_name": "", "custom_form_label": ""},
        {"event_name": VISIT, "form_name": "labs", "custom_form_label": "[weight] kg"},
    ]
    assert proj.import_repeating_instruments_events(written(repeats, style), import_format=style) == 2
    assert proj.export_repeating_instruments_events() == repeats
