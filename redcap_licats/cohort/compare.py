"""Set a cohort beside the published one: published | recomputed | difference | provenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redcap_licats.cohort.figures import Figure, figures
from redcap_licats.cohort.measures import VALUES, Quartiles, events, quartiles, subjects
from redcap_licats.cohort.model import Cohort
from redcap_licats.protocol.base import Text

NOT_PUBLISHED = Text(en="not published", ja="未公表")
NOT_COMPARED = Text(en="n/a", ja="該当なし")
NOT_DERIVED = Text(en="not among the derived values", ja="算出値に含まれない")

#: what a source's tag is called; nothing but P may be called published
PROVENANCE = {
    "P": Text(en="published", ja="公表値"),
    "D": Text(en="arithmetic, study setting", ja="計算値(本研究の設定)"),
    "SEED": Text(en="slide summary only, study setting", ja="スライド要約のみ(本研究の設定)"),
    "UNKNOWN": NOT_PUBLISHED,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure beside its recomputed counterpart, as text in one language.

    Attributes:
        published: The published value, else *not published*.
        reference: A value that is not published but that the recomputed one is set against; '' if none.
        difference: Recomputed minus published or reference; shares in whole percentage points.
        provenance: What kind of value it is, with the tag of its source.
        within: Whether the difference is within the figure's tolerance; None where nothing is compared.
    """

    label: str
    published: str
    reference: str
    recomputed: str
    difference: str
    provenance: str
    within: bool | None


@dataclass(frozen=True, slots=True)
class _Recomputed:
    text: str
    numbers: tuple[float, ...]


def compare(cohort: Cohort, language: str = "en") -> tuple[Comparison, ...]:
    """Compare a cohort with every figure of ``published.toml``, in its order.

    Where no source gives a figure, the recomputed value stands alone and nothing is compared.

    Args:
        cohort: The cohort.
        language: ``en`` or ``ja``.
    """
    return tuple(_compare(figure, cohort, language) for figure in figures())


def _compare(figure: Figure, cohort: Cohort, language: str) -> Comparison:
    recomputed = MEASURES[figure.measure](figure, cohort) if figure.measure else None
    stated = figure.text[language] if figure.text else _stated(figure)
    differences = (
        tuple(ours - theirs for ours, theirs in zip(recomputed.numbers, figure.value, strict=True))
        if recomputed and recomputed.numbers and figure.value
        else ()
    )
    tag, _, _ = figure.source.partition(" ")
    kind, _, where = tag.partition(":")
    return Comparison(
        label=figure.label[language],
        published=stated if figure.published else NOT_PUBLISHED[language],
        reference="" if figure.published else stated,
        recomputed=recomputed.text if recomputed else NOT_DERIVED[language],
        difference=" / ".join(f"{one:+g}" if one else "0" for one in differences) or NOT_COMPARED[language],
        provenance=PROVENANCE[kind][language] + (f" ({where})" if where else ""),
        within=all(abs(one) <= figure.tolerance for one in differences) if differences else None,
    )


def _stated(figure: Figure) -> str:
    match figure.value:
        case ():
            return ""
        case (one,):
            return f"{one:g} %" if figure.measure.endswith("_share") else f"{one:g}"
        case median, q1, q3:
            return str(Quartiles(q1=q1, median=median, q3=q3))
        case _:
            raise ValueError(f"{figure.label.en}: one value, or median, first and third quartile")


def _count(figure: Figure, cohort: Cohort) -> _Recomputed:
    select = subjects if figure.measure == "subjects" else events
    number = len(select(cohort, figure.where))
    return _Recomputed(str(number), (number,))


def _share(figure: Figure, cohort: Cohort) -> _Recomputed:
    of_subjects = figure.measure == "subject_share"
    number = len(subjects(cohort, figure.where) if of_subjects else events(cohort, figure.where))
    whole = len(cohort.subjects if of_subjects else cohort.events)
    if not whole:
        return _Recomputed("0/0", ())
    percent = round(100 * number / whole)
    return _Recomputed(f"{percent} % ({number}/{whole})", (percent,))


def _quartiles(figure: Figure, cohort: Cohort) -> _Recomputed:
    result = quartiles(VALUES[figure.measure](cohort, figure.where))
    if result is None:
        return _Recomputed("–", ())
    return _Recomputed(f"{result} (n = {result.n})", (result.median, result.q1, result.q3))


def _period(figure: Figure, cohort: Cohort) -> _Recomputed:
    dates = [one.day_zero for one in subjects(cohort, figure.where) if one.day_zero]
    return _Recomputed(f"{min(dates)} – {max(dates)}" if dates else "–", ())


MEASURES: Mapping[str, Callable[[Figure, Cohort], _Recomputed]] = {
    "subjects": _count,
    "events": _count,
    "subject_share": _share,
    "event_share": _share,
    "period": _period,
    **dict.fromkeys(VALUES, _quartiles),
}
