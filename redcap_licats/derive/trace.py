"""From which cells, by which rule, every derived value comes: the source of ``explain`` and of fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from redcap_licats.derive.grade import Grade
from redcap_licats.derive.model import Discriminator, Measurement, Reason
from redcap_licats.subject.model import Adjudication, Input, OrganEvent, Subject


def trace_event(
    event: OrganEvent,
    subject: Subject,
    *,
    criteria: Mapping[str, Reason],
    exposure: Reason,
    stay: Reason,
    bcells: Iterable[Input],
    flare: Sequence[Discriminator],
    grade: Grade,
    reasons: Sequence[str],
    decision: Adjudication | None,
) -> Mapping[str, Reason]:
    """Give the reason of every value of an event, by the name of its attribute in ``EventResult``.

    Criteria are ``criterion.<id>``, discriminators ``flare.<name>``; ``final`` is the adjudicated class and grade.
    """

    def own(*concepts: str) -> tuple[Input, ...]:
        return tuple(subject.cell(event.place, f"{event.organ}_{concept}") for concept in concepts)

    start, end = own("onset", "onset_prec", "onset_ym"), own("end", "ongoing", "outcome")
    days = (*start, *day_zero_cells(subject))
    within = (*start, *own("sx_start"), *end)
    counts = (*days, *bcells)
    discriminators = {f"flare.{one.name}": Reason("flare_differential", (*start, *one.inputs)) for one in flare}
    evidence = [*criteria.values(), exposure, *discriminators.values()]
    involvement = (subject.cell(subject.enrolment.place, f"enr_{event.organ}_aff"),) if subject.enrolment else ()
    return {
        "onset": Reason("onset", start),
        "onset_day": Reason("onset_day", days),
        "timing": Reason("timing_class", days),
        "duration": Reason("duration", (*start, *end)),
        **{f"criterion.{name}": reason for name, reason in criteria.items()},
        "exposure": exposure,
        "stay": stay,
        "bcells": Reason("aplasia", counts),
        "crs_overlap": Reason("overlap", (*within, *_episodes(subject, "crs"))),
        "icans_overlap": Reason("overlap", (*within, *_episodes(subject, "icans"))),
        **discriminators,
        "grade": Reason(
            "grade",
            _distinct((*within, *own("inner", "tx_other"), *stay.inputs, *exposure.inputs)),
            " ".join(grade.reasons) or "missing: " + " ".join(grade.missing),
        ),
        "provisional": Reason("resolution", end),
        "classification": Reason(
            "classification",
            _distinct(
                (
                    *days,
                    *end,
                    *own(*(f"ac_{cause}" for cause in event.causes)),
                    *involvement,
                    *counts,
                    *(one for reason in evidence for one in reason.inputs),
                )
            ),
            " ".join(reasons),
        ),
        "final": Reason("adjudication", _decision(subject, decision), decision.reviewer if decision else ""),
    }


def trace_subject(
    subject: Subject, counts: Iterable[Measurement], expansion: Iterable[Measurement]
) -> Mapping[str, Reason]:
    """Give the reason of every value of the subject's summary, by attribute name."""
    day_zero = day_zero_cells(subject)
    return {
        "aplasia": Reason("aplasia", (*day_zero, *(one.input for one in counts))),
        "expansion": Reason("expansion", (*day_zero, *(one.input for one in expansion))),
        "crs_grade": Reason("highest_grade", _episodes(subject, "crs")),
        "icans_grade": Reason("highest_grade", _episodes(subject, "icans")),
    }


def day_zero_cells(subject: Subject) -> tuple[Input, ...]:
    """Name the cells of infusion date and start of lymphodepletion."""
    infusion = subject.infusion
    return tuple(subject.cell(infusion.place, field) for field in ("inf_date", "inf_ld_start")) if infusion else ()


def _episodes(subject: Subject, kind: str) -> tuple[Input, ...]:
    fields = ("tox_kind", "tox_onset", "tox_end", "tox_ongoing", "tox_grade")
    return tuple(
        subject.cell(one.place, field) for one in subject.toxicities if one.kind == kind for field in fields
    )


def _decision(subject: Subject, decision: Adjudication | None) -> tuple[Input, ...]:
    fields = ("adj_organ", "adj_instance", "adj_reviewer", "adj_class", "adj_grade", "adj_date")
    return tuple(subject.cell(decision.place, field) for field in fields) if decision else ()


def _distinct(inputs: Iterable[Input]) -> tuple[Input, ...]:
    return tuple(dict.fromkeys(inputs))
