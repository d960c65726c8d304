"""Assessments at the bedside and in the clinic: baseline, every inpatient day, visits, unscheduled."""

from __future__ import annotations

from redcap_licats.synth.chart import Chart, Entries, Row, ticks
from redcap_licats.synth.history import BASELINE, CRS_ONSET, Body, discharge_day

VISITS = {
    17: "D17",
    21: "D21",
    24: "D24",
    28: "D28",
    42: "W6",
    56: "W8",
    91: "M3",
    182: "M6",
    273: "M9",
    365: "M12",
}
#: neurotoxicity: days after infusion, at its worst two words short in the ICE score
ICANS_DAYS = range(5, 8)
ICE_FULL = {"orient": 4, "name": 3, "cmd": 1, "write": 1, "att": 1}
ICE_REDUCED = {**ICE_FULL, "write": 0, "att": 0}
#: children are assessed with CAPD in place of ICE
CAPD_BELOW_AGE = 12


def draw_assessments(chart: Chart, patient: Body, follow_up: int) -> None:
    """Fill in one ``assessment`` instance per day of contact, in order of date."""
    inpatient = discharge_day(chart.profile)
    days = {BASELINE: "base"} | dict.fromkeys(range(inpatient + 1), "inpt")
    days |= {day: "visit" for day in VISITS if inpatient < day <= follow_up}
    for reaction in chart.profile.reactions:
        days.setdefault(reaction.day, "unsch")
        days.setdefault(reaction.end, "unsch")
    for day, kind in sorted(days.items()):
        chart.add(
            "assessment",
            {
                "asm_kind": kind,
                "asm_visit": VISITS[day] if kind == "visit" else "",
                "asm_date": chart.date(day),
                "asm_done": 1,
                **_vital_signs(chart, patient, day),
                **_neurology(chart, day, kind),
                **_symptoms(chart, day),
            },
        )


def _vital_signs(chart: Chart, patient: Body, day: int) -> Entries:
    rng, grade = chart.rng, chart.profile.crs
    crs = grade > 0 and CRS_ONSET <= day <= patient.crs_until
    worst = crs and day == CRS_ONSET + 1
    lung = any(one.organ == "lung" and one.covers(day) for one in chart.profile.reactions)
    temperature = rng.uniform(38.3, 39.6) if crs else rng.uniform(36.2, 37.1)
    systolic = rng.randint(78, 86) if worst and grade >= 2 else rng.randint(104, 138)
    return {
        "asm_temp": f"{temperature:.1f}",
        "asm_antipyr": int(crs and day > CRS_ONSET),
        "asm_spo2": patient.spo2 - (rng.randint(5, 6) if lung else rng.randint(0, 1)) + (1 if day < 0 else 0),
        "asm_o2_device": "cannula" if lung else "none",
        "asm_o2_flow": 2 if lung else None,
        "asm_fio2": 28 if lung else None,
        "asm_sbp": systolic,
        "asm_dbp": round(systolic * 0.62),
        "asm_pressors": int(worst and grade >= 3),
        "asm_vasopressin": 0,
    }


def _neurology(chart: Chart, day: int, kind: str) -> Entries:
    if kind not in ("base", "inpt"):
        return {}
    icans = chart.profile.icans > 0 and day in ICANS_DAYS
    if chart.profile.age < CAPD_BELOW_AGE:
        score = {"asm_capd": 0}
    else:
        score = {f"asm_ice_{item}": points for item, points in (ICE_REDUCED if icans else ICE_FULL).items()}
    return {**score, "asm_consc": "awake", "asm_seizure": "none", "asm_motor": 0, "asm_icp": "none"}


def _symptoms(chart: Chart, day: int) -> Row:
    present = [one for one in chart.profile.reactions if one.covers(day)]
    organs = frozenset(one.organ for one in present)
    diarrhoea = any("diarrhoea" in one.criteria for one in present)
    usual = 1 if "lung" in chart.profile.affected else 0
    return {
        "asm_dysp": str(usual + (2 if "lung" in organs else 0)),
        "asm_stools": str(chart.rng.randint(1, 2) + (4 if diarrhoea else 0)),
    } | ticks("asm_sx", organs)
