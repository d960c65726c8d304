"""One hand-written subject, as a site would enter it: infusion on 10 January 2026, a kidney event from day 10."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from redcap_licats.config import ProjectSettings
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.journal.model import Run
from redcap_licats.protocol import load_protocol

Row = dict[str, str]

CAUSES = ["infection", "drug", "crs", "icans", "flare", "othercause", "tma", "contrast", "volume", "cmv"]

RUN = Run(
    run_id="run",
    project="study",
    project_id=1,
    server="127.0.0.1",
    started=dt.datetime(2026, 2, 1, tzinfo=dt.UTC),
    protocol_version="",
    protocol_hash="",
)


def base(record: str) -> Row:
    return {
        "record_id": record,
        "enr_age": "34",
        "enr_sex": "F",
        "enr_dx": "sle",
        "enr_kidney_aff": "1",
        "enr_kidney_evid": "biopsy",
        "enr_kidney_act": "0",
        "enr_skin_aff": "0",
        "inf_ld_start": "2026-01-05",
        "inf_ld_end": "2026-01-07",
        "inf_date": "2026-01-10",
        "enrolment_complete": "2",
        "infusion_complete": "2",
    }


def repeat(record: str, form: str, instance: int, **cells: str) -> Row:
    return {
        "record_id": record,
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": str(instance),
        **cells,
        f"{form}_complete": "2",
    }


def sample(record: str, instance: int, date: str, crea: str, **cells: str) -> Row:
    values = {"lab_lab": "conv", "lab_ref_differ": "0", "lab_crea_val": crea, "lab_bcell_val": "0"}
    return repeat(record, "labs", instance, lab_sample_id=f"S{instance}", lab_date=date, **{**values, **cells})


def kidney_event(record: str, instance: int = 1, **cells: str) -> Row:
    event = {
        "kidney_sx_start": "2026-01-20",
        "kidney_onset": "2026-01-20",
        "kidney_end": "2026-01-27",
        "kidney_ongoing": "0",
        "kidney_newworse": "new",
        "kidney_crit___crea": "1",
        "kidney_inner": "0",
        "kidney_gc": "0",
        "kidney_hosp": "0",
        "kidney_icu": "0",
        "kidney_outcome": "res",
        **{f"kidney_ac_{cause}": "0" for cause in CAUSES},
    }
    return repeat(record, "licats_kidney", instance, **{**event, **cells})


def subject(record: str) -> list[Row]:
    return [
        base(record),
        sample(record, 1, "2026-01-03", "0.8"),
        sample(record, 2, "2026-01-21", "1.2"),
        sample(record, 3, "2026-01-27", "0.8"),
        kidney_event(record),
    ]


def exported(rows: Sequence[Row]) -> list[Row]:
    """Fill in the columns that an export always has."""
    keys = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
    return [keys | row for row in rows]


def project_xml() -> str:
    return write_project(build_project(load_protocol()))


def settings(url: str, state: Path, project_id: int, **more: object) -> ProjectSettings:
    return ProjectSettings.model_validate(
        {
            "name": "study",
            "url": url,
            "project_id": project_id,
            "token": {"env": "LICATS_TEST_TOKEN"},
            "state": str(state),
            "rate_per_minute": 0,
            **more,
        }
    )
