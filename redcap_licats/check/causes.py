"""Alternative causes, on the event's form (AC01, AC02) or on the optional forms (AC03 to AC05, OR16, OR18).

What the site itself left possible is asked about by AC01 alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from redcap_licats.check import each
from redcap_licats.check.registry import Said, View, check
from redcap_licats.check.shown import listed
from redcap_licats.derive.model import EventResult
from redcap_licats.derive.timing import Period
from redcap_licats.protocol.models import Text
from redcap_licats.subject.model import Biopsy, Input, Medication, Microbiology


@check("AC01", each.event)
def cause_not_excluded(view: View, event: EventResult) -> Said:
    one = event.event
    not_excluded = {
        f"{one.organ}_ac_{cause.id}": cause.label
        for cause in view.protocol.causes_of(one.organ)
        if one.causes.get(cause.id) in ("possible", "explains")
    }
    if not_excluded:
        first, *others = not_excluded
        read = view.cells(one.place, *others)
        yield view.finding(one.place, first, read=read, onset=one.onset, causes=listed(not_excluded.values()))


@check("AC02", each.event)
def no_cause_assessed(view: View, event: EventResult) -> Said:
    one = event.event
    fields = [f"{one.organ}_ac_{cause.id}" for cause in view.protocol.causes_of(one.organ)]
    if all(one.causes.get(cause) in (None, "not_assessed") for cause in one.causes):
        yield view.finding(one.place, fields[0], read=view.cells(one.place, *fields), onset=one.onset)


def _open(event: EventResult, cause: str) -> bool:
    """Tell whether an event counts although a cause may be there that its own form does not name as possible."""
    return event.counts and event.onset is not None and event.event.causes.get(cause) != "possible"


def _answer(view: View, event: EventResult, cause: str) -> Text:
    """Give the label of what the event's form says of a cause."""
    one = event.event
    return view.answer("licats_{slug}", "ac_{slug}", view.cell(one.place, f"{one.organ}_ac_{cause}").value)


# --- infection ----------------------------------------------------------------------------------------


@check("AC03", each.event)
def infection_near_onset(view: View, event: EventResult) -> Said:
    """Leave to OR16 the organisms that it asks about in this organ."""
    elsewhere = view.words(event.event.organ)
    near = [one for one in _positive(view, event) if one.organism not in elsewhere]
    if near and _open(event, "infection"):
        yield view.finding(
            event.event.place,
            f"{event.event.organ}_onset",
            read=(*view.cells(event.event.place, f"{event.event.organ}_ac_infection"), *_cells(view, near)),
            found=listed(_found(view, one) for one in near),
            onset=event.onset,
            before=view.number("before_days"),
            after=view.number("after_days"),
            answer=_answer(view, event, "infection"),
        )


@check("OR16", each.event)
def organism_that_explains_the_organ(view: View, event: EventResult) -> Said:
    organ = event.event.organ
    near = [
        one for one in _positive(view, event) if one.organism in view.words(organ) and _open(event, one.organism)
    ]
    if near:
        yield view.finding(
            event.event.place,
            f"{organ}_onset",
            read=_cells(view, near),
            found=listed(_found(view, one) for one in near),
            onset=event.onset,
            before=view.number("before_days"),
            after=view.number("after_days"),
        )


def _positive(view: View, event: EventResult) -> Iterator[Microbiology]:
    if event.onset is None:
        return
    window = Period(event.onset - view.days("before_days"), event.onset + view.days("after_days"))
    for one in view.subject.microbiology:
        if one.result == "pos" and one.date and window.holds(one.date):
            yield one


def _found(view: View, one: Microbiology) -> Text:
    organism = one.organism_text or view.answer("microbiology", "org", one.organism)
    specimen = view.answer("microbiology", "specimen", one.specimen)
    return view.phrase("found", organism=organism, specimen=specimen, date=one.date)


def _cells(view: View, rows: list[Microbiology]) -> Iterator[Input]:
    for one in rows:
        yield from view.cells(one.place, "mic_date", "mic_specimen", "mic_org", "mic_org_text", "mic_result")


# --- biopsy -------------------------------------------------------------------------------------------


@check("AC04", each.event)
def biopsy_with_another_diagnosis(view: View, event: EventResult) -> Said:
    """A biopsy belongs to the event that it names, else to those of its organ that lie around its date."""
    one = event.event
    biopsies = [
        biopsy
        for biopsy in view.subject.biopsies
        if biopsy.diagnosis in view.words("diagnoses") and _biopsied(view, event, biopsy)
    ]
    if event.counts and biopsies:
        fields = ("bio_date", "bio_organ", "bio_event", "bio_dx")
        yield view.finding(
            one.place,
            f"{one.organ}_biopsy",
            read=(
                *view.cells(one.place, f"{one.organ}_onset", f"{one.organ}_end"),
                *(cell for biopsy in biopsies for cell in view.cells(biopsy.place, *fields)),
            ),
            biopsies=listed(
                view.phrase("biopsy", date=x.date, diagnosis=view.answer("biopsy", "dx", x.diagnosis))
                for x in biopsies
            ),
        )


def _biopsied(view: View, event: EventResult, biopsy: Biopsy) -> bool:
    if biopsy.organ != event.event.organ:
        return False
    if biopsy.event is not None:
        return biopsy.event == event.event.place.instance
    if biopsy.date is None or event.onset is None:
        return False
    around, end = view.days("around_event_days"), event.event.end
    return Period(event.onset - around, end + around if end else None).holds(biopsy.date)


# --- drugs --------------------------------------------------------------------------------------------


@check("OR18", each.event)
def skin_event_after_new_drug(view: View, event: EventResult) -> Said:
    """Compare days, since times are not recorded; a drug given for the event itself is its treatment."""
    within = dt.timedelta(hours=int(view.number("within_hours")))
    if event.event.organ != "skin" or event.onset is None or not _open(event, "drug"):
        return
    new = [
        one
        for one in view.subject.medications
        if one.start and event.onset - within <= one.start <= event.onset and "skin" not in one.indications
    ]
    if new:
        yield view.finding(
            event.event.place,
            "skin_onset",
            read=(*view.cells(event.event.place, "skin_ac_drug"), *_drug_cells(view, new)),
            drugs=listed(view.phrase("drug", drug=one.drug, start=one.start) for one in new),
            limit=view.number("within_hours"),
            onset=event.onset,
            answer=_answer(view, event, "drug"),
        )


@check("AC05", each.event)
def nephrotoxic_before_kidney_event(view: View, event: EventResult) -> Said:
    """Contrast media are recorded as medication or with the imaging they were given for."""
    if event.event.organ != "kidney" or event.onset is None or not _open(event, "contrast"):
        return
    within = Period(event.onset - dt.timedelta(hours=int(view.number("within_hours"))), event.onset)
    drugs = [one for one in view.subject.medications if _nephrotoxic(one) and _given(one).touches(within)]
    images = [one for one in view.subject.imaging if one.contrast and one.date and within.holds(one.date)]
    if drugs or images:
        image_cells = (cell for one in images for cell in view.cells(one.place, "img_date", "img_contrast"))
        yield view.finding(
            event.event.place,
            "kidney_onset",
            read=(
                *view.cells(event.event.place, "kidney_ac_contrast"),
                *_drug_cells(view, drugs),
                *image_cells,
            ),
            drugs=listed(
                [
                    *(view.phrase("drug", drug=one.drug, start=one.start) for one in drugs),
                    *(view.phrase("imaging", date=one.date) for one in images),
                ]
            ),
            limit=view.number("within_hours"),
            onset=event.onset,
            answer=_answer(view, event, "contrast"),
        )


def _nephrotoxic(one: Medication) -> bool:
    given_for_it = "kidney" in one.indications
    return one.start is not None and not given_for_it and bool(one.nephrotoxic or one.drug_class == "contrast")


def _given(one: Medication) -> Period:
    """Give the days of a medication; its first day alone where neither a last one nor *ongoing* is recorded."""
    return Period(one.start, None if one.ongoing else one.stop or one.start)


def _drug_cells(view: View, rows: list[Medication]) -> Iterator[Input]:
    for one in rows:
        yield from view.cells(
            one.place, "cm_drug", "cm_class", "cm_nephro", "cm_start", "cm_stop", "cm_ongoing", "cm_ind"
        )
