"""Hospital stays (HO)."""

from __future__ import annotations

from redcap_licats.check import each
from redcap_licats.check.claims import unclear_owners
from redcap_licats.check.registry import Said, View, check
from redcap_licats.subject.model import Stay, Subject


@check("HO01", each.stay)
def dates_out_of_order(view: View, stay: Stay) -> Said:
    """Ask about the first pair that is out of order; the others follow from it."""
    dates = {
        "hos_adm": stay.admission,
        "hos_icu_in": stay.icu_in,
        "hos_icu_out": stay.icu_out,
        "hos_dis": stay.discharge,
    }
    pairs = (
        ("hos_adm", "hos_dis"),
        ("hos_icu_in", "hos_icu_out"),
        ("hos_adm", "hos_icu_in"),
        ("hos_icu_out", "hos_dis"),
        ("hos_icu_in", "hos_dis"),
    )
    for earlier, later in pairs:
        first, second = dates[earlier], dates[later]
        if first and second and second < first:
            yield view.finding(
                stay.place,
                later,
                read=view.cells(stay.place, earlier),
                later_item=view.phrase(later),
                later=second,
                earlier_item=view.phrase(earlier),
                earlier=first,
            )
            return


@check("HO02", each.subject)
def admissions_overlap(view: View, subject: Subject) -> Said:
    """A transfer on the day of discharge is no overlap."""
    stays = [one for one in subject.stays if one.admission]
    for position, stay in enumerate(stays):
        for other in stays[:position]:
            until = None if other.ongoing else other.discharge
            if stay.admission and (other.ongoing or (until and stay.admission < until)):
                yield view.finding(
                    stay.place,
                    "hos_adm",
                    read=view.cells(other.place, "hos_adm", "hos_dis", "hos_ongoing"),
                    admission=stay.admission,
                    discharge=until,
                    other=other.admission,
                )
                break


@check("HO03", each.stay)
def prolonged_without_plan(view: View, stay: Stay) -> Said:
    if stay.prolonged and view.blank(stay.place, "hos_planned"):
        read = view.cells(stay.place, "hos_prolonged", "hos_adm")
        yield view.finding(stay.place, "hos_planned", read=read, admission=stay.admission)


@check("HO04", each.stay)
def stay_of_no_single_event(view: View, stay: Stay) -> Said:
    """Ask once per stay that may be because of several events: it is counted for none of them."""
    owners = [one for one in view.derived.events if stay.place in one.stay.unclear]
    if owners:
        events, cells = unclear_owners(view, owners, "hosp")
        fields = ("hos_adm", "hos_dis", "hos_icu_in", "hos_icu_out", "hos_prol_reason", "hos_icu_reason")
        read = (*view.cells(stay.place, *fields), *cells)
        yield view.finding(stay.place, "hos_reason", read=read, admission=stay.admission, events=events)
