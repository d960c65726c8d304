"""Enrolment and infusion as a site enters them."""

from __future__ import annotations

from redcap_licats.synth.chart import Chart, ticks
from redcap_licats.synth.history import BASELINE, LYMPHODEPLETION, Body
from redcap_licats.synth.reactions import ACTIVE_AT_BASELINE

ORGANS = ("kidney", "skin", "muscle", "joint", "heart", "lung", "gi", "other")
EVIDENCE = {
    "kidney": "Biopsy-proven nephritis",
    "skin": "Skin findings documented by dermatology",
    "muscle": "Muscle biopsy and magnetic resonance imaging",
    "joint": "Arthritis documented by ultrasound",
    "heart": "Myocarditis on cardiac magnetic resonance imaging",
    "lung": "Interstitial lung disease on computed tomography",
    "gi": "Gastrointestinal involvement documented by endoscopy",
}


def draw_admission(chart: Chart, patient: Body) -> None:
    """Fill in both forms."""
    profile, rng = chart.profile, chart.rng
    diagnosed = chart.day_zero.year - min(rng.randint(2, 12), max(profile.age - 5, 1))
    enrolment: dict[str, str | int | None] = {
        "enr_age": profile.age,
        "enr_sex": profile.sex,
        "enr_dx": profile.diagnosis,
        "enr_dx_year": "UNK" if rng.random() < 0.05 else diagnosed,
        "enr_consent_date": chart.date(rng.randint(-75, -50)),
        "enr_assess_date": chart.date(BASELINE - 1),
    }
    for organ in ORGANS:
        affected = organ in profile.affected
        enrolment[f"enr_{organ}_aff"] = int(affected)
        if affected:
            enrolment[f"enr_{organ}_evid"] = EVIDENCE[organ]
            enrolment[f"enr_{organ}_act"] = int(organ in ACTIVE_AT_BASELINE)
    chart.once("enrolment", enrolment)
    chart.once(
        "infusion",
        {
            "inf_leuk_date": chart.date(rng.randint(-34, -20)),
            **ticks("inf_ld_drugs", ("cy", "flu")),
            "inf_ld_start": chart.date(LYMPHODEPLETION),
            "inf_ld_end": chart.date(LYMPHODEPLETION + 2),
            "inf_date": chart.date(0),
            "inf_product": "Autologous anti-CD19 CAR-T cells",
            "inf_costim": "unk",
            "inf_dose": 1,
            "inf_dose_unit": "perkg",
            "inf_weight": patient.weight,
        },
    )
