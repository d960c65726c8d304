"""A running study of two arms and six events with forms of its own, and where our forms go in it."""

from __future__ import annotations

import json
from pathlib import Path

from redcap_licats.api.client import RedcapClient
from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol

PROTOCOL = load_protocol()
FORMS = tuple(build_project(PROTOCOL).dictionary.forms)
VISITS = ("baseline", "infusion", "follow_up")

FIELDS = (
    Field("subject_id", "demographics", FieldType.TEXT, label="Subject"),
    Field("sex", "demographics", FieldType.RADIO, label="Sex", choices_or_calculations="1, male | 2, female"),
    # the name of a field of ours, and another meaning
    Field("enr_age", "demographics", FieldType.TEXT, label="Age at enrolment (years)", validation="number_1dp"),
    Field("lab_date", "labs", FieldType.TEXT, label="Drawn on", validation="date_dmy", section_header="=Sample"),
    Field(
        "crea_si", "labs", FieldType.TEXT, label='Creatinine,  "µmol/l"\nfasting [see SOP]', validation="number"
    ),
    Field("egfr", "labs", FieldType.CALC, label="eGFR", choices_or_calculations="round( 186*[crea_si] ,1 )"),
    Field("ae_term", "adverse_event", FieldType.TEXT, label="有害事象", branching_logic='[crea_si]>"100"'),
    Field(
        "ae_other", "adverse_event", FieldType.NOTES, label="@Note", annotation="@HIDDEN-SURVEY  @CHARLIMIT='9'"
    ),
)

ROWS = [
    {"subject_id": "A-1", "redcap_event_name": "baseline_arm_1", "sex": "1", "enr_age": "41.0"},
    {"subject_id": "A-1", "redcap_event_name": "infusion_arm_1", "lab_date": "2026-01-05", "crea_si": "80"},
    {"subject_id": "B-1", "redcap_event_name": "baseline_arm_2", "sex": "2", "enr_age": "30.5"},
]


def own_project() -> Project:
    """The study before it has any form of ours."""
    events = tuple(
        Event(visit.replace("_", " ").title(), arm, f"{visit}_arm_{arm}", forms=forms)
        for arm in (1, 2)
        for visit, forms in zip(
            VISITS, (("demographics", "labs"), ("labs",), ("labs", "adverse_event")), strict=True
        )
    )
    return Project(
        "Own study",
        DataDictionary(FIELDS),
        {"demographics": "Demographics", "labs": "Laboratory", "adverse_event": "Adverse event"},
        arms=(Arm(1, "Lupus"), Arm(2, "Myositis")),
        events=events,
        longitudinal=True,
        repeats=tuple(Repeat("adverse_event", f"follow_up_arm_{arm}", "[ae_term]") for arm in (1, 2)),
    )


def mapping_text(prefix: str = "lic_") -> str:
    """The mapping file: baseline, infusion and follow-up of both arms."""
    lines = [f'prefix = "{prefix}"', "[events]"]
    for form in FORMS:
        visit = "infusion" if form == "infusion" else "follow_up"
        visit = "baseline" if form in ("enrolment", "licats_summary") else visit
        lines.append(f"{form} = {json.dumps([f'{visit}_arm_{arm}' for arm in (1, 2)])}")
    return "\n".join(lines) + "\n"


def configure(folder: Path, url: str, token: str) -> None:
    """Write configuration and token for the command line."""
    with RedcapClient(url, token, rate_per_minute=0) as client:
        number = client.project_info().project_id
    (folder / "token").write_text(token)
    (folder / "token").chmod(0o600)
    (folder / "licats.toml").write_text(
        f'[[project]]\nname = "own"\nurl = "{url}"\nproject_id = {number}\nrate_per_minute = 0\n'
        'token = { file = "token" }\nmapping = "mapping.toml"\n'
    )
    (folder / "mapping.toml").write_text(mapping_text())
