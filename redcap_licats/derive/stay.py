"""Hospital and intensive care because of an event, from the stays' reasons and the event's own form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from redcap_licats.derive.attribution import Says, claimants
from redcap_licats.derive.model import Reason, StayResult
from redcap_licats.derive.timing import Period
from redcap_licats.subject.model import Input, OrganEvent, Place, Stay, Subject

FIELDS = ("adm", "dis", "ongoing", "reason", "prolonged", "prol_reason", "icu", "icu_in", "icu_out", "icu_reason")


@dataclass(frozen=True, slots=True)
class _Care:
    """One thing a stay says was because of an organ, and the days it concerns."""

    kind: Literal["new", "prolonged", "icu"]
    organ: str
    period: Period
    stay: Stay


def stays(subject: Subject) -> Mapping[str, tuple[StayResult, Reason]]:
    """Give hospital and intensive care of every event by its key, with the reason."""
    found: dict[str, list[_Care]] = defaultdict(list)
    unclear: dict[str, list[Place]] = defaultdict(list)
    for stay in subject.stays:
        for care in _because_of_organs(stay):
            events = [one for one in subject.events if one.organ == care.organ]
            owners = claimants(care.period, events, _in_icu if care.kind == "icu" else _in_hospital)
            if len(owners) == 1:
                found[owners[0].key].append(care)
            else:
                for one in owners:
                    unclear[one.key].append(stay.place)
    return {
        event.key: (
            _result(event, found[event.key], unclear[event.key]),
            Reason("stay", _inputs(event, subject)),
        )
        for event in subject.events
    }


def _inputs(event: OrganEvent, subject: Subject) -> tuple[Input, ...]:
    """Name the cells considered: the event's, and the stays that name its organ."""
    own = [
        subject.cell(event.place, f"{event.organ}_{concept}")
        for concept in ("hosp", "icu", "sx_start", "onset", "end")
    ]
    naming = [one for one in subject.stays if event.organ in one.reasons | one.prolonged_reasons | one.icu_reasons]
    return (*own, *(subject.cell(stay.place, f"hos_{concept}") for stay in naming for concept in FIELDS))


def _because_of_organs(stay: Stay) -> Iterator[_Care]:
    """List what the stay's reasons name.

    An admission for the infusion is no new admission because of an event, whatever else is ticked beside it.
    """
    end = None if stay.ongoing else stay.discharge
    if "infusion" not in stay.reasons:
        for organ in sorted(stay.reasons):
            yield _Care("new", organ, Period(stay.admission, stay.admission), stay)
    if stay.prolonged is not False:
        for organ in sorted(stay.prolonged_reasons):
            yield _Care("prolonged", organ, Period(stay.admission, end), stay)
    if stay.icu is not False:
        for organ in sorted(stay.icu_reasons):
            yield _Care("icu", organ, Period(stay.icu_in or stay.admission, stay.icu_out or end), stay)


def _in_hospital(event: OrganEvent) -> bool | None:
    return event.hospital


def _in_icu(event: OrganEvent) -> bool | None:
    return event.icu


def _answer(recorded: bool, says: Says, event: OrganEvent) -> bool | None:
    """A stay that says so counts as yes whatever the event's form says; else the form tells."""
    return True if recorded else says(event)


def _result(event: OrganEvent, found: list[_Care], unclear: list[Place]) -> StayResult:
    kinds = {one.kind for one in found}
    kind = "new" if "new" in kinds else "prolonged" if "prolonged" in kinds else ""
    return StayResult(
        kind=kind,
        hospital=_answer(bool(kind), _in_hospital, event),
        icu=_answer("icu" in kinds, _in_icu, event),
        unclear=tuple(dict.fromkeys(unclear)),
        places=tuple(sorted({one.stay.place for one in found})),
    )
