"""What a changed protocol would move is named one by one, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from study import base, kidney_event, sample, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import GuardError
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.sync.simulate import Move, Simulation, simulate
from redcap_licats.sync.worker import sync

SHIPPED = load_protocol()
NERVE = """
slug = "nerve"
label = { en = "Nerve", ja = "神経" }
order = 9
inner_organ = false
source = "study setting"
[[criterion]]
id = "numb"
kind = "finding"
label = { en = "Numbness", ja = "しびれ" }
source = "study setting"
"""


def overlaid(folder: Path, **files: str) -> Protocol:
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return load_protocol(folder)


def results(found: Simulation) -> list[Move]:
    return [one for one in found.moves if one.what != "query"]


def test_a_protocol_moves_nothing_against_itself(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2")])
    found = simulate(client, project, SHIPPED, SHIPPED)
    assert (found.records_read, found.moves, found.left_out) == (2, [], [])
    assert set(found.moved.values()) == {0}


def test_another_cut_moves_the_timing_class_and_nothing_is_written(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    client.import_rows([*subject("1"), base("2"), kidney_event("2", kidney_onset="2026-01-15")])
    before = client.export_rows()
    changed = overlaid(tmp_path, study="[settings.timing]\nearly_until = 9")
    found = simulate(client, project, SHIPPED, changed)
    assert results(found) == [Move("1", "timing", "early", "intermediate", event="kidney-1")]
    assert found.moved == {
        "timing": 1,
        "grade": 0,
        "classification": 0,
        "queries": 0,
        "cells": sum(found.columns.values()),
    }
    assert found.columns["res_timing_d"] == found.columns["sum_first_class_d"] == 1
    assert client.export_rows() == before


def test_another_threshold_moves_classification_and_queries(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    client.import_rows(subject("1"))
    changed = overlaid(tmp_path, organs__kidney="slug = 'kidney'\n[[criterion]]\nid = 'crea'\nat_least = '1.6'")
    found = simulate(client, project, SHIPPED, changed)
    assert results(found) == [Move("1", "classification", "confirmed", "not", event="kidney-1")]
    raised = [one for one in found.moves if one.what == "query" and not one.before]
    assert raised
    assert all(one.rule and one.form and one.field for one in raised)
    assert found.moved["queries"] == len(found.moves) - 1


def test_a_check_switched_off_cancels_its_queries(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    client.import_rows([*subject("1")[:-1], kidney_event("1", kidney_onset="2026-01-01")])
    assert sync(project, SHIPPED).exit == 0
    (rule, *_) = {row["qry_rule_d"] for row in client.export_rows() if row["qry_state_d"] == "open"}
    changed = overlaid(tmp_path, checks=f"[[check]]\nid = '{rule}'\nenabled = false")
    found = simulate(client, project, SHIPPED, changed)
    gone = [one for one in found.moves if one.rule == rule]
    assert gone
    assert {(one.before, one.after) for one in gone} == {("open", "cancelled")}
    assert not results(found)


def test_without_a_base_the_comparison_is_with_what_redcap_holds(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    client.import_rows(subject("1"))
    assert sync(project, SHIPPED).exit == 0
    assert simulate(client, project, None, SHIPPED).moves == []
    changed = overlaid(tmp_path, study="[settings.timing]\nearly_until = 9")
    found = simulate(client, project, None, changed)
    assert results(found) == [Move("1", "timing", "early", "intermediate", event="kidney-1")]


def test_forms_that_the_project_does_not_have_yet_move_nothing(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    client.import_rows(subject("1"))
    found = simulate(client, project, SHIPPED, overlaid(tmp_path, organs__nerve=NERVE))
    assert not results(found)
    assert not found.left_out


def test_a_record_that_cannot_be_read_is_left_out(client: RedcapClient, project: ProjectSettings) -> None:
    client.import_rows([*subject("1"), *subject("2"), sample("3", 1, "2026-01-01", "1")])
    broken = {
        "record_id": "3",
        "redcap_repeat_instrument": "licats_query",
        "redcap_repeat_instance": "1",
        "qry_id_d": "x",
    }
    client.import_rows([broken])
    found = simulate(client, project, SHIPPED, SHIPPED)
    assert [one.record for one in found.left_out] == ["3"]
    assert found.records_read == 3


def test_another_project_is_refused(client: RedcapClient, project: ProjectSettings) -> None:
    with pytest.raises(GuardError):
        simulate(client, project.model_copy(update={"project_id": 99999}), SHIPPED, SHIPPED)
