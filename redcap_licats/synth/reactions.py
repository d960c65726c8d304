"""The organ forms: each planned reaction as the site describes it, never what is derived from it."""

from __future__ import annotations

from redcap_licats.synth.chart import Chart, Entries, ticks
from redcap_licats.synth.laboratory import ANALYTE_OF
from redcap_licats.synth.profiles import Reaction

GENERAL_CAUSES = ("infection", "drug", "crs", "icans", "flare", "othercause")
CAUSES = {
    "kidney": ("tma", "contrast", "volume", "cmv"),
    "skin": ("contact",),
    "muscle": ("exertion", "statin"),
    "joint": ("crystal",),
    "heart": ("coronary",),
    "lung": ("pneumonia", "embolism", "overload"),
    "gi": ("cdiff", "cmv"),
}
INNER = frozenset({"kidney", "heart", "lung", "gi"})
EVIDENCE = {
    "crea": "Creatinine rose, see samples.",
    "upcr": "Urine protein/creatinine ratio rose, see samples.",
    "rash": "Maculopapular rash, photographs filed.",
    "mucosa": "Oral mucosal lesions.",
    "ck": "Creatine kinase rose, see samples; no weakness.",
    "arthritis": "Synovitis of wrists and finger joints.",
    "tni": "Troponin I rose, see samples.",
    "spo2": "Oxygen saturation fell, oxygen by nasal cannula.",
    "dyspnoea": "Dyspnoea on mild exertion.",
    "diarrhoea": "Watery diarrhoea.",
}
PAIN = {"joint": "Persistent arthralgia of both hands.", "gi": "Cramping abdominal pain."}
#: organ and grade of the reaction -> CTCAE v6.0 term and grade that a site enters beside it
CTCAE = {
    "kidney": "Creatinine increased",
    "skin": "Rash maculo-papular",
    "joint": "Arthritis",
    "lung": "Dyspnea",
    "gi": "Diarrhea",
    "muscle": "Myositis",
    "heart": "Myocarditis",
}
ACTIVE_AT_BASELINE = {"kidney": True, "skin": True, "muscle": True, "joint": True, "lung": True}


def draw_reactions(chart: Chart) -> None:
    """Fill in one organ form per reaction, in order of onset."""
    samples = {row["lab_date"]: row["lab_sample_id"] for row in chart.forms["labs"]}
    for one in sorted(chart.profile.reactions, key=lambda reaction: reaction.day):
        organ, onset = one.organ, chart.date(one.day)
        laboratory = any(criterion in ANALYTE_OF for criterion in one.criteria)
        values: Entries = {
            "sx_start": onset,
            "onset": onset,
            "end": chart.date(one.end),
            "ongoing": 0,
            "newworse": "worse" if organ in ACTIVE_AT_BASELINE else "new",
            **ticks("crit", one.criteria),
            "crit_evid": " ".join(EVIDENCE.get(criterion) or PAIN[organ] for criterion in one.criteria),
            "sample": samples[onset] if laboratory else None,
            **_details(chart, one),
            "inner": int(organ in INNER),
            **{f"ac_{cause}": int(cause == one.open) for cause in (*GENERAL_CAUSES, *CAUSES[organ])},
            "gc": int(one.gc is not None),
            "gc_reason": None if one.gc is None else "inner" if organ in INNER else "dur",
            "hosp": int(bool(one.stay)),
            "icu": 0,
            "biopsy": int(bool(one.open)),
            "outcome": "res",
            "inv_grade": one.grade,
            "ctc_term": CTCAE[organ],
            "ctc_ver": 6,
            "ctc_grade": min(one.grade, 2),
        }
        chart.add(f"licats_{organ}", {f"{organ}_{name}": value for name, value in values.items()})


def _details(chart: Chart, one: Reaction) -> Entries:
    """Give the fields that only this organ's form has."""
    onset = chart.date(one.day)
    match one.organ:
        case "skin":
            return {
                "type": "rash" if "rash" in one.criteria else "mucosal",
                "bsa": chart.rng.randint(3, 9) if one.grade == 1 else chart.rng.randint(11, 25),
                "site": chart.rng.choice(("trunk", "face and neck", "hands", "upper limbs")),
                **(ticks("tx_other", ("topical",)) if one.grade == 1 and one.lasts > 5 else {}),
            }
        case "joint":
            return {
                "us_date": chart.date(one.day + 1),
                "us_res": "pos" if "arthritis" in one.criteria else "neg",
                "swelling": int("arthritis" in one.criteria),
                "pain_days": one.lasts,
            }
        case "heart":
            return {"ecg_date": onset, "ecg_res": "norm", "echo_date": chart.date(one.day + 1), "echo_res": "norm"}
        case "lung":
            return {"o2_start": onset, "o2_stop": chart.date(one.end)}
        case "gi":
            return {"stools_over": 4 if "diarrhoea" in one.criteria else 0}
        case _:
            return {}
