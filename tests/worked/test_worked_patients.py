"""Patients worked by hand go through sandbox, worker and back; what stands in REDCap must match the hand."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.config import ProjectSettings, TokenSource
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.worker import sync

DAY_ZERO = dt.date(2024, 1, 15)
BOOK = tomllib.loads(Path(__file__).with_name("patients.toml").read_text(encoding="utf-8"))
STEMS = {"assessment": "asm", "crs_icans": "tox", "glucocorticoid": "gc", "hospital_stay": "hos"}
SAMPLE = {
    "lab_lab": "conv",
    "lab_ref_differ": "0",
    "lab_crea_val": "0.8",
    "lab_upcr_val": "0.2",
    "lab_ck_val": "100",
    "lab_tni_val": "5",
    "lab_c3_val": "100",
    "lab_c4_val": "20",
    "lab_dsdna_val": "50",
    "lab_anc_val": "4",
    "lab_lym_val": "1.5",
    "lab_plt_val": "250",
}
ASSESSMENT = {
    "asm_kind": "visit",
    "asm_done": "1",
    "asm_temp": "36.8",
    "asm_antipyr": "0",
    "asm_spo2": "97",
    "asm_o2_device": "none",
    "asm_sbp": "120",
    "asm_dbp": "75",
    "asm_pressors": "0",
    "asm_vasopressin": "0",
    "asm_ice_orient": "4",
    "asm_ice_name": "3",
    "asm_ice_cmd": "1",
    "asm_ice_write": "1",
    "asm_ice_att": "1",
    "asm_consc": "awake",
    "asm_seizure": "none",
    "asm_motor": "0",
    "asm_icp": "none",
    "asm_dysp": "0",
    "asm_stools": "1",
}
GENERAL_CAUSES = ("infection", "drug", "crs", "icans", "flare", "othercause")
OWN_CAUSES = {
    "kidney": ("tma", "contrast", "volume", "cmv"),
    "skin": ("contact",),
    "muscle": ("exertion", "statin"),
    "joint": ("crystal",),
    "heart": ("coronary",),
    "lung": ("pneumonia", "embolism", "overload"),
    "gi": ("cdiff", "cmv"),
}
ORGANS = ("kidney", "skin", "muscle", "joint", "heart", "lung", "gi")
Row = dict[str, str]


def day(text: str) -> str:
    """Turn ``D10`` into the date ten days after the infusion and ``M10`` into that date's month."""
    if match := re.fullmatch(r"([DM])(-?\d+)", text):
        date = DAY_ZERO + dt.timedelta(days=int(match[2]))
        return date.isoformat() if match[1] == "D" else date.isoformat()[:7]
    return text


def filled(*layers: Mapping[str, str]) -> Row:
    """Lay later entries over earlier ones, turn days into dates, drop what was removed."""
    row: Row = {}
    for layer in layers:
        row |= layer
    return {name: day(value) for name, value in row.items() if value != ""}


def layered(patient: Mapping[str, Any], form: str) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Give each row's name with the base's entries and the patient's."""
    base, own = BOOK["base"].get(form, {}), patient.get(form, {})
    for name in [*base, *(name for name in own if name not in base)]:
        yield name, base.get(name, {}), own.get(name, {})


def sample(name: str, base: Mapping[str, str], own: Mapping[str, str]) -> Row:
    own = dict(own)
    standard = dict(SAMPLE)
    if only := own.pop("only", ""):
        standard = {key: value for key, value in SAMPLE.items() if key == f"lab_{only}_val" or "_val" not in key}
    return filled({"lab_sample_id": name}, standard, base, own)


def event(organ: str, own: Mapping[str, str]) -> Row:
    causes = {f"ac_{cause}": "0" for cause in GENERAL_CAUSES + OWN_CAUSES[organ]}
    row = filled(BOOK["event"]["all"], BOOK["event"][organ], causes, own)
    return {f"{organ}_{name}": value for name, value in row.items()}


def rows_of(patient: Mapping[str, Any]) -> list[Row]:
    """Enter one patient: the base row, then one row per instance of each repeating form."""
    involvement = {
        f"enr_{organ}_{name}": value
        for organ in ORGANS
        for name, value in (("aff", "1"), ("evid", "Clinic letter"), ("act", "0"))
    }
    involvement["enr_other_aff"] = "0"
    once = filled(involvement, BOOK["base"]["enrolment"], patient.get("enrolment", {}))
    once |= filled(BOOK["base"]["infusion"], patient.get("infusion", {}))
    repeating: dict[str, list[Row]] = {"labs": [sample(*one) for one in layered(patient, "labs")]}
    for form in STEMS:
        standard = ASSESSMENT if form == "assessment" else {}
        repeating[form] = [filled(standard, base, own) for _, base, own in layered(patient, form)]
    for organ, own in patient.get("event", {}).items():
        repeating[f"licats_{organ}"] = [event(organ, own)]
    key = {"record_id": patient["id"]}
    base_row = key | once | {"enrolment_complete": "2", "infusion_complete": "2"}
    return [base_row] + [
        key
        | {"redcap_repeat_instrument": form, "redcap_repeat_instance": str(number)}
        | row
        | {f"{form}_complete": "2"}
        for form, rows in repeating.items()
        for number, row in enumerate(rows, start=1)
    ]


#: what an expectation is called -> column of licats_result
COLUMNS = {
    "day": "res_onset_day_d",
    "timing": "res_timing_d",
    "class": "res_class_d",
    "grade": "res_grade_d",
    "reasons": "res_reasons_d",
    "provisional": "res_prov_d",
    "ratio": "res_c1_ratio_d",
    "upcr_ratio": "res_c2_ratio_d",
    "fallback": "res_c1_bl_fb_d",
    "gc_peak": "res_gc_peak_d",
    "gc_cum": "res_gc_cum_d",
    "gc_days": "res_gc_days_d",
    "crs": "res_crs_d",
    "aplasia": "res_aplasia_d",
    "why": "res_grade_why_d",
    "ctcae5": "res_ctc5_grade_d",
    "ctcae6": "res_ctc6_grade_d",
}
QUERY_FORMS = {"licats_query": "qry", "licats_medical_query": "mqry"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Row]]:
    """Enter all patients, run the worker, lose the local state, run again, export: rows by record."""
    folder = tmp_path_factory.mktemp("worked")
    protocol = load_protocol()
    with SandboxProcess(db=folder / "sandbox.sqlite") as sandbox:
        odm = write_project(build_project(protocol))
        token = create_project(sandbox.url, sandbox.super_token, title="Worked", odm=odm, rate_per_minute=0)
        (folder / "token").write_text(token)
        (folder / "token").chmod(0o600)
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            settings = ProjectSettings(
                name="worked",
                url=sandbox.url,
                project_id=client.project_info().project_id,
                token=TokenSource(file=folder / "token"),
                state=str(folder / "state"),
                rate_per_minute=0,
            )
            client.import_rows([row for patient in BOOK["patient"] for row in rows_of(patient)])
            summary = sync(settings, protocol)
            assert summary.exit == 0, summary.as_dict()
            assert sync(settings, protocol).cells_written == 0
            before = client.export_rows()
            shutil.rmtree(settings.state)
            again = sync(settings, protocol)
            assert (again.records_read, again.cells_written) == (len(BOOK["patient"]), 0)
            assert client.export_rows() == before
            by_record: dict[str, list[Row]] = {}
            for row in client.export_rows():
                by_record.setdefault(row["record_id"], []).append(row)
            return by_record


@pytest.mark.parametrize("patient", BOOK["patient"], ids=lambda one: one["id"])
def test_derived_values_match_the_hand(patient: Mapping[str, Any], exported: Mapping[str, list[Row]]) -> None:
    results = {row["res_key_d"]: row for row in exported[patient["id"]] if row["res_key_d"]}
    assert results.keys() == patient["expect"]["events"].keys()
    for key, expected in patient["expect"]["events"].items():
        found = {name: results[key][COLUMNS[name]] for name in expected}
        assert found == {name: str(value) for name, value in expected.items()}, patient["story"]


@pytest.mark.parametrize("patient", BOOK["patient"], ids=lambda one: one["id"])
def test_queries_match_the_hand(patient: Mapping[str, Any], exported: Mapping[str, list[Row]]) -> None:
    raised = []
    for row in exported[patient["id"]]:
        form = row["redcap_repeat_instrument"]
        stem = QUERY_FORMS.get(form)
        if stem and row[f"{stem}_id_d"]:
            assert row[f"{stem}_state_d"] == "open"
            medical = " medical" if stem == "mqry" else ""
            raised.append(f"{row[f'{stem}_rule_d']} {row[f'{stem}_form_d']} {row[f'{stem}_inst_d']}{medical}")
    assert sorted(raised) == sorted(patient["expect"]["queries"]), patient["story"]
