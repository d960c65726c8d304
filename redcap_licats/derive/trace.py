"""From which cells, by which rule, every derived value comes: the source of ``explain`` and of fingerprints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from redcap_licats.derive.grade import Grade
from redcap_licats.derive.model import Discriminator, Measurement, Reason
from redcap_licats.subject.model import Adjudication, Input, OrganEvent, Subject

_EPISODE = ("tox_kind", "tox_onset", "tox_end", "tox_ongoing", "tox_grade")


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
    ctcae: Mapping[str, Reason],
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
    discriminators = {
        f"flare.{one.name}": Reason("flare_differential", (*start, *one.inputs), one.supports) for one in flare
    }
    evidence = [*criteria.values(), exposure, *discriminators.values()]
    involvement = (subject.cell(subject.enrolment.place, f"enr_{event.organ}_aff"),) if subject.enrolment else ()
    return {
        "onset": Reason("onset", start),
        "onset_day": Reason("onset_day", days, uses=("onset",)),
        "timing": Reason("timing_class", days, uses=("onset_day",)),
        "duration": Reason("duration", (*start, *end), uses=("onset", "provisional")),
        **{f"criterion.{name}": reason for name, reason in criteria.items()},
        "exposure": exposure,
        "stay": stay,
        "bcells": Reason("aplasia", counts, uses=("onset",)),
        "crs_overlap": Reason("overlap", (*within, *_episodes(subject, "crs"))),
        "icans_overlap": Reason("overlap", (*within, *_episodes(subject, "icans"))),
        **discriminators,
        "grade": Reason(
            "grade",
            _distinct((*within, *own("inner", "tx_other"), *stay.inputs, *exposure.inputs)),
            " ".join(grade.reasons) or "missing: " + " ".join(grade.missing),
            uses=("stay", "exposure", "provisional"),
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
            uses=(
                "onset_day",
                "provisional",
                *(f"criterion.{name}" for name in criteria),
                "exposure",
                "bcells",
                *discriminators,
            ),
        ),
        "final": Reason(
            "adjudication",
            _decision(subject, decision),
            decision.reviewer if decision else "",
            uses=("grade", "classification"),
        ),
        **ctcae,
    }


def trace_subject(
    subject: Subject,
    before: Measurement | None,
    counts: Iterable[Measurement],
    expansion: Iterable[Measurement],
    toxicity: Mapping[str, Reason],
) -> Mapping[str, Reason]:
    """Give the reason of every value of the subject's summary, by attribute name.

    ``before`` is the B-cell count before lymphodepletion, ``counts`` those after infusion.
    """
    day_zero = day_zero_cells(subject)
    return {
        "baseline_bcells": Reason("b_cells_before", (*day_zero, *([before.input] if before else []))),
        "aplasia": Reason("aplasia", (*day_zero, *(one.input for one in counts))),
        "expansion": Reason("expansion", (*day_zero, *(one.input for one in expansion))),
        "crs_grade": Reason("highest_grade", _episodes(subject, "crs")),
        "crs_onset_day": Reason("crs_onset_day", (*day_zero, *_episodes(subject, "crs"))),
        "tocilizumab": Reason(
            "crs_treated_with_tocilizumab", (*day_zero, *_episodes(subject, "crs", ("tox_kind", "tox_tcz")))
        ),
        "icans_grade": Reason("highest_grade", _episodes(subject, "icans")),
        **toxicity,
    }


def day_zero_cells(subject: Subject) -> tuple[Input, ...]:
    """Name the cells of infusion date and start of lymphodepletion."""
    infusion = subject.infusion
    return tuple(subject.cell(infusion.place, field) for field in ("inf_date", "inf_ld_start")) if infusion else ()


def _episodes(subject: Subject, kind: str, fields: Sequence[str] = _EPISODE) -> tuple[Input, ...]:
    return tuple(
        subject.cell(one.place, field) for one in subject.toxicities if one.kind == kind for field in fields
    )


def _decision(subject: Subject, decision: Adjudication | None) -> tuple[Input, ...]:
    fields = ("adj_organ", "adj_instance", "adj_reviewer", "adj_class", "adj_grade", "adj_date")
    return tuple(subject.cell(decision.place, field) for field in fields) if decision else ()


def _distinct(inputs: Iterable[Input]) -> tuple[Input, ...]:
    return tuple(dict.fromkeys(inputs))
