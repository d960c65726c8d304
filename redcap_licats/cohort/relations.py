"""The relations that the slide summary discusses, tested in a cohort.

All of them are exploratory: nothing is adjusted for testing several, and none says what causes what. Severity is
the highest final grade of a patient with LICATS. How each is measured and tested is a study setting; the
publication's own methods are not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from redcap_licats.cohort.association import Finding, NotAssessable, fisher, mann_whitney, spearman, wilcoxon
from redcap_licats.cohort.measures import quartiles
from redcap_licats.cohort.model import Cohort, CohortSubject
from redcap_licats.protocol.models import Analyte, Protocol, Text

#: from this grade on LICATS counts as treated or worse
TREATED = 2

#: the optional instrument that disease severity would come from
ACTIVITY = "activity"
NO_FORM = Text(en="not assessable: form not in study", ja="評価不能:研究に該当フォームなし")
NOT_DERIVED = Text(en="not assessable: not among the derived values", ja="評価不能:算出値に含まれない")
SEVERITY = Text(en="patients with a graded LICATS", ja="グレードのあるLICATSを認めた症例")
UNRELATED = Text(en="not related", ja="関連なし")


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation.

    Attributes:
        label: What is set against what.
        patients: Which patients are counted.
        slides: What the slide summary says of it; not published.
        finding: The test, or why there is none.
        remark: The numbers behind it and who is left out.
    """

    label: Text
    patients: Text
    slides: Text
    finding: Finding
    remark: Text


def relations(cohort: Cohort, protocol: Protocol) -> tuple[Relation, ...]:
    """Test every relation; the order of the subjects does not matter."""
    return (
        Relation(
            Text(en="LICATS severity and disease severity", ja="LICATSの重症度と原疾患の重症度"),
            SEVERITY,
            UNRELATED,
            NotAssessable(NOT_DERIVED if ACTIVITY in protocol.instruments else NO_FORM),
            Text(en="", ja=""),
        ),
        _severity(
            cohort,
            Text(en="LICATS severity and days with CAR-T cells", ja="LICATSの重症度とCAR-T細胞の検出期間"),
            UNRELATED,
            lambda one: one.cart_days,
        ),
        _expansion(cohort, protocol.analytes["cart"]),
        _severity(
            cohort,
            Text(
                en="LICATS severity and days of B-cell aplasia, where it has ended",
                ja="LICATSの重症度とB細胞無形成の期間(回復例)",
            ),
            UNRELATED,
            lambda one: one.aplasia_days,
        ),
        _tocilizumab(cohort),
        _b_cells(cohort),
        _severity(
            cohort,
            Text(
                en="LICATS severity and B cells before lymphodepletion",
                ja="LICATSの重症度と前処置前のB細胞数",
            ),
            Text(en="raised as a question", ja="疑問として提示"),
            lambda one: one.bcells,
        ),
        _onsets(cohort),
    )


def _severity(
    cohort: Cohort, label: Text, slides: Text, value: Callable[[CohortSubject], float | None], more: str = ""
) -> Relation:
    """Set the highest grade against a value of the patient."""
    graded = [(one.highest_grade, value(one)) for one in cohort.subjects if one.highest_grade is not None]
    pairs = sorted((grade, number) for grade, number in graded if grade is not None and number is not None)
    left_out = len(graded) - len(pairs)
    return Relation(
        label,
        SEVERITY,
        slides,
        spearman(pairs),
        Text(
            en=_joined(more, f"value not known in {left_out}" if left_out else ""),
            ja=_joined(more, f"値不明{left_out}例" if left_out else ""),
        ),
    )


def _expansion(cohort: Cohort, analyte: Analyte) -> Relation:
    """Set severity against the CAR-T peak in the unit used most (of two the first): units do not convert."""
    uses = Counter(one.cart_unit for one in cohort.subjects if one.highest_grade is not None and one.cart_unit)
    code = min(uses, key=lambda one: (-uses[one], one), default="")
    unit = analyte.unit(code)
    return _severity(
        cohort,
        Text(en="LICATS severity and CAR-T peak", ja="LICATSの重症度とCAR-T細胞のピーク値"),
        UNRELATED,
        lambda one: one.cart_peak if one.cart_unit == code else None,
        unit.label if unit else "",
    )


def _tocilizumab(cohort: Cohort) -> Relation:
    known = [
        (one.tocilizumab, reached)
        for one in cohort.subjects
        if one.tocilizumab is not None and (reached := one.reached(TREATED)) is not None
    ]
    counted = Counter(known)
    given = counted[True, True], counted[True, False]
    without = counted[False, True], counted[False, False]
    left_out = len(cohort.subjects) - len(known)
    return Relation(
        Text(
            en=f"CRS treated with tocilizumab and LICATS of grade {TREATED} or higher",
            ja=f"トシリズマブを投与したCRSとグレード{TREATED}以上のLICATS",
        ),
        Text(en="all patients", ja="全症例"),
        Text(en="possibly related", ja="関連の可能性あり"),
        fisher(given, without),
        Text(
            en=_joined(
                f"{given[0]} of {sum(given)} with tocilizumab, {without[0]} of {sum(without)} without",
                f"not known in {left_out}" if left_out else "",
            ),
            ja=_joined(
                f"投与あり{sum(given)}例中{given[0]}例、なし{sum(without)}例中{without[0]}例",
                f"不明{left_out}例" if left_out else "",
            ),
        ),
    )


def _b_cells(cohort: Cohort) -> Relation:
    known = [(one.tocilizumab, one.bcells) for one in cohort.subjects]
    given = sorted(count for treated, count in known if treated is True and count is not None)
    without = sorted(count for treated, count in known if treated is False and count is not None)
    return Relation(
        Text(
            en="B cells before lymphodepletion and CRS treated with tocilizumab",
            ja="前処置前のB細胞数とトシリズマブを投与したCRS",
        ),
        Text(en="all patients", ja="全症例"),
        Text(en="raised as a question", ja="疑問として提示"),
        mann_whitney(given, without),
        Text(
            en=f"median [IQR] {_shown(given)} with tocilizumab, {_shown(without)} without",
            ja=f"中央値[IQR] 投与あり{_shown(given)}、なし{_shown(without)}",
        ),
    )


def _onsets(cohort: Cohort) -> Relation:
    pairs = sorted(
        (one.crs_day, one.first_onset_day)
        for one in cohort.subjects
        if one.crs_day is not None and one.first_onset_day is not None
    )
    crs, licats = _shown(day for day, _ in pairs), _shown(day for _, day in pairs)
    same = sum(first == second for first, second in pairs)
    return Relation(
        Text(en="Day of the first CRS and of the first LICATS", ja="初回CRSと初回LICATSの発現日"),
        Text(en="patients with both", ja="両方を認めた症例"),
        Text(en="CRS day 1 (1–4), LICATS day 5 (4–15)", ja="CRS 1日(1~4)、LICATS 5日(4~15)"),
        wilcoxon(pairs),
        Text(
            en=_joined(f"median [IQR] CRS {crs}, LICATS {licats}", f"same day in {same}" if same else ""),
            ja=_joined(f"中央値[IQR] CRS {crs}、LICATS {licats}", f"同日{same}例" if same else ""),
        ),
    )


def _shown(values: Iterable[float]) -> str:
    return str(quartiles(values) or "–")


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
