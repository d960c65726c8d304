"""The rows of the instruments, except laboratory samples and organ events, as typed data."""

from __future__ import annotations

from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.cells import Cells
from redcap_licats.subject.model import (
    Adjudication,
    Assessment,
    Course,
    Enrolment,
    Infusion,
    Involvement,
    Stay,
    Toxicity,
    Tri,
)

ICE_ITEMS = ("orient", "name", "cmd", "write", "att")
OXYGEN_DEVICES = ("none", "blowby", "cannula", "hfnc", "mask", "nrb", "venturi", "cpap", "vent")
FREQUENCIES = ("od", "bid", "tid", "qid", "qod", "once")
ROUTES = ("po", "iv", "im", "top", "ia", "inh", "other")
_AFFECTED: dict[str, Tri] = {"1": "yes", "0": "no", "9": "unknown"}
_CLASSES = {
    "confirmed": "confirmed",
    "probable": "probable",
    "pending": "pending",
    "not": "not_licats",
    "undet": "undetermined",
}


def read_enrolment(cells: Cells, protocol: Protocol) -> Enrolment:
    """Read the form ``enrolment``."""
    return Enrolment(
        place=cells.place,
        age=cells.integer("age"),
        sex=cells.code("sex", ("F", "M")),
        diagnosis=cells.code("dx", ("sle", "ssc", "iim", "other")) or "",
        diagnosis_year=cells.integer("dx_year"),
        consent=cells.date("consent_date"),
        assessed=cells.date("assess_date"),
        organs={
            slug: Involvement(
                affected=cells.meaning(f"{slug}_aff", _AFFECTED),
                evidence=cells.text(f"{slug}_evid"),
                active=cells.yes_no(f"{slug}_act"),
            )
            for slug in protocol.organs
        },
    )


def read_infusion(cells: Cells) -> Infusion:
    """Read the form ``infusion``."""
    return Infusion(
        place=cells.place,
        leukapheresis=cells.date("leuk_date"),
        lymphodepletion_start=cells.date("ld_start"),
        lymphodepletion_end=cells.date("ld_end"),
        date=cells.date("date"),
        drugs=cells.ticked("ld_drugs", ("cy", "flu", "benda", "other")),
        product=cells.text("product"),
        costimulation=cells.code("costim", ("cd28", "bb", "other", "unk")) or "",
        dose=cells.number("dose"),
        dose_unit=cells.code("dose_unit", ("perkg", "abs")) or "",
        weight=cells.number("weight"),
    )


def read_assessment(cells: Cells, protocol: Protocol) -> Assessment:
    """Read the form ``assessment``."""
    return Assessment(
        place=cells.place,
        kind=cells.code("kind", ("base", "inpt", "visit", "unsch")) or "",
        visit=cells.text("visit"),
        date=cells.date("date"),
        done=cells.yes_no("done"),
        temperature=cells.number("temp"),
        antipyretic=cells.yes_no("antipyr"),
        spo2=cells.number("spo2"),
        oxygen_device=cells.code("o2_device", OXYGEN_DEVICES) or "",
        oxygen_flow=cells.number("o2_flow"),
        fio2=cells.number("fio2"),
        systolic=cells.integer("sbp"),
        diastolic=cells.integer("dbp"),
        vasopressors=cells.integer("pressors"),
        vasopressin=cells.yes_no("vasopressin"),
        ice={item: cells.integer(f"ice_{item}") for item in ICE_ITEMS},
        consciousness=cells.code("consc", ("awake", "voice", "touch", "stim", "coma")) or "",
        seizure=cells.code("seizure", ("none", "brief", "prolonged")) or "",
        motor=cells.yes_no("motor"),
        raised_icp=cells.code("icp", ("none", "focal", "diffuse")) or "",
        capd=cells.integer("capd"),
        dyspnoea=cells.integer("dysp"),
        stools=cells.integer("stools"),
        symptoms=cells.ticked("sx", protocol.organs),
    )


def read_toxicity(cells: Cells) -> Toxicity:
    """Read the form ``crs_icans``."""
    return Toxicity(
        place=cells.place,
        kind=cells.code("kind", ("crs", "icans")) or "",
        onset=cells.date("onset"),
        end=cells.date("end"),
        ongoing=cells.yes_no("ongoing"),
        grade=cells.meaning("grade", {str(grade): grade for grade in range(1, 6)}),
        tocilizumab=cells.yes_no("tcz"),
        tocilizumab_date=cells.date("tcz_date"),
        tocilizumab_doses=cells.integer("tcz_doses"),
        glucocorticoid=cells.yes_no("gc"),
    )


def read_course(cells: Cells, protocol: Protocol) -> Course:
    """Read the form ``glucocorticoid``."""
    return Course(
        place=cells.place,
        drug=cells.code("drug", protocol.glucocorticoids) or "",
        salt=cells.code("salt", ("base", "phos")) or "",
        dose=cells.number("dose"),
        unit=cells.code("unit", ("mg", "g")) or "",
        frequency=cells.code("freq", FREQUENCIES) or "",
        route=cells.code("route", ROUTES) or "",
        start=cells.date("start"),
        stop=cells.date("stop"),
        ongoing=cells.yes_no("ongoing"),
        indications=cells.ticked("ind", [*protocol.organs, "crs", "icans", "maint", "premed", "oth"]),
    )


def read_stay(cells: Cells, protocol: Protocol) -> Stay:
    """Read the form ``hospital_stay``."""
    because = [*protocol.organs, "crs", "icans", "oth"]
    return Stay(
        place=cells.place,
        admission=cells.date("adm"),
        planned_discharge=cells.date("planned"),
        discharge=cells.date("dis"),
        ongoing=cells.yes_no("ongoing"),
        reasons=cells.ticked("reason", ["infusion", *because]),
        prolonged=cells.yes_no("prolonged"),
        prolonged_reasons=cells.ticked("prol_reason", because),
        icu=cells.yes_no("icu"),
        icu_in=cells.date("icu_in"),
        icu_out=cells.date("icu_out"),
        icu_reasons=cells.ticked("icu_reason", because),
    )


def read_adjudication(cells: Cells, protocol: Protocol) -> Adjudication:
    """Read the form ``licats_adjudication``; the event's key is '' if organ or instance is missing."""
    organ, instance = cells.code("organ", protocol.organs), cells.integer("instance")
    return Adjudication(
        place=cells.place,
        event_key=f"{organ}-{instance}" if organ and instance is not None else "",
        reviewer=cells.meaning("reviewer", {"1": "1", "2": "2", "c": "consensus"}) or "",
        classification=cells.meaning("class", _CLASSES) or "",
        grade=cells.meaning("grade", {str(grade): grade for grade in range(1, 5)}),
        reason=cells.text("reason"),
        date=cells.date("date"),
    )
