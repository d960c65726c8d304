"""Hospital stays, glucocorticoid courses, CRS and ICANS as a site enters them."""

from __future__ import annotations

from redcap_licats.synth.bedside import ICANS_DAYS
from redcap_licats.synth.chart import Chart, ticks
from redcap_licats.synth.history import CRS_ONSET, LYMPHODEPLETION, PLANNED_DISCHARGE, Body, discharge_day
from redcap_licats.synth.profiles import Reaction

ADMISSION = LYMPHODEPLETION - 1


def draw_toxicities(chart: Chart, patient: Body) -> None:
    """Fill in CRS, then ICANS."""
    profile = chart.profile
    if profile.crs:
        tocilizumab = profile.crs >= 2
        chart.add(
            "crs_icans",
            {
                "tox_kind": "crs",
                "tox_onset": chart.date(CRS_ONSET),
                "tox_end": chart.date(patient.crs_until),
                "tox_grade": profile.crs,
                "tox_tcz": int(tocilizumab),
                "tox_tcz_date": chart.date(CRS_ONSET + 1) if tocilizumab else None,
                "tox_tcz_doses": (2 if profile.crs > 2 else 1) if tocilizumab else None,
                "tox_gc": int(profile.crs > 2),
            },
        )
    if profile.icans:
        chart.add(
            "crs_icans",
            {
                "tox_kind": "icans",
                "tox_onset": chart.date(ICANS_DAYS[0]),
                "tox_end": chart.date(ICANS_DAYS[-1]),
                "tox_grade": profile.icans,
                "tox_tcz": 0,
                "tox_gc": 1,
            },
        )


def _segment(chart: Chart, drug: str, milligrams: float, days: range, indication: str, route: str) -> None:
    """Fill in one dose segment, first to last day."""
    chart.add(
        "glucocorticoid",
        {
            **ticks("gc_ind", (indication,)),
            "gc_drug": drug,
            "gc_salt": "base" if drug == "dexa" else "",
            "gc_dose": f"{milligrams:g}",
            "gc_unit": "mg",
            "gc_freq": "od",
            "gc_route": route,
            "gc_start": chart.date(days[0]),
            "gc_stop": chart.date(days[-1]),
        },
    )


def _taper(chart: Chart, reaction: Reaction) -> None:
    """Fill in the course for a reaction: a tapering dose by mouth, after three days by vein if it is severe."""
    if reaction.gc is None:
        return
    start, stop = reaction.day + reaction.gc, reaction.day + reaction.gc + reaction.gc_days
    if reaction.grade > 2:
        _segment(chart, "mpred", 100, range(start, start + 3), reaction.organ, "iv")
        start += 3
    doses = (40, 20, 10) if reaction.grade > 2 else (20, 10, 5)
    steps = [start + round((stop - start) * share / 3) for share in range(4)]
    for milligrams, first, after in zip(doses, steps[:-1], steps[1:], strict=True):
        _segment(chart, "pred", milligrams, range(first, after), reaction.organ, "po")


def draw_glucocorticoids(chart: Chart, patient: Body) -> None:
    """Fill in maintenance, treatment of CRS and ICANS, and one course per reaction that was treated."""
    profile = chart.profile
    if profile.maintenance:
        since = {"gc_start": chart.date(-200), "gc_ongoing": "1", **ticks("gc_ind", ("maint",))}
        dose = {"gc_drug": "pred", "gc_dose": "5", "gc_unit": "mg", "gc_freq": "od", "gc_route": "po"}
        chart.add("glucocorticoid", since | dose)
    if profile.crs > 2:
        _segment(chart, "dexa", 10, range(CRS_ONSET + 1, patient.crs_until + 1), "crs", "iv")
    if profile.icans:
        _segment(chart, "dexa", 10, range(ICANS_DAYS[0], ICANS_DAYS[-1] + 1), "icans", "iv")
    for reaction in profile.reactions:
        _taper(chart, reaction)


def draw_stays(chart: Chart) -> None:
    """Fill in the stay for the infusion, prolonged where planned, and new stays because of a reaction."""
    profile = chart.profile
    severe_crs = profile.crs > 2
    because = [one.organ for one in profile.reactions if one.stay == "prolonged"] + ["crs"] * severe_crs
    stay = {
        "hos_adm": chart.date(ADMISSION),
        "hos_planned": chart.date(PLANNED_DISCHARGE),
        "hos_dis": chart.date(discharge_day(profile)),
        "hos_prolonged": str(int(bool(because))),
        "hos_icu": str(int(severe_crs)),
    }
    if severe_crs:
        stay |= {"hos_icu_in": chart.date(CRS_ONSET + 1), "hos_icu_out": chart.date(CRS_ONSET + 3)}
        stay |= ticks("hos_icu_reason", ("crs",))
    chart.add("hospital_stay", stay | ticks("hos_reason", ("infusion",)) | ticks("hos_prol_reason", because))
    for reaction in profile.reactions:
        if reaction.stay == "new":
            chart.add(
                "hospital_stay",
                {
                    **ticks("hos_reason", (reaction.organ,)),
                    "hos_adm": chart.date(reaction.day + 1),
                    "hos_planned": chart.date(reaction.day + 10),
                    "hos_dis": chart.date(reaction.day + 10),
                    "hos_prolonged": 0,
                    "hos_icu": 0,
                },
            )
