"""Baseline and incidence, for the whole cohort and by disease."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from redcap_licats.cohort.measures import Where, events, subjects
from redcap_licats.cohort.model import Cohort
from redcap_licats.cohort.table import (
    GRADE,
    GRADES,
    NO_GRADE,
    NOTHING,
    TIMING,
    Line,
    Table,
    by_disease,
    share,
    spread,
)
from redcap_licats.protocol.models import Protocol, Text

CLASSES = {
    "confirmed": Text(en="Of these confirmed", ja="うち確実"),
    "probable": Text(en="Of these probable", ja="うち疑いが強い"),
    "pending": Text(en="Of these pending", ja="うち保留"),
}


def baseline_table(cohort: Cohort, protocol: Protocol, language: str = "en") -> Table:
    """Give the patients before and at treatment: sex, age, period, organs affected, B cells."""
    return by_disease(
        Text(en="Patients at baseline", ja="ベースラインの患者背景"), _baseline(protocol), cohort, language
    )


def incidence_table(cohort: Cohort, language: str = "en") -> Table:
    """Give what happened: LICATS by grade, time and class, its onset and duration, aplasia, CRS and ICANS."""
    return by_disease(Text(en="LICATS, CRS and ICANS", ja="LICATS・CRS・ICANS"), _incidence(), cohort, language)


def _baseline(protocol: Protocol) -> Iterator[Line]:
    yield Text(en="Patients", ja="症例数"), lambda one: str(len(one.subjects))
    yield Text(en="Female", ja="女性"), _subjects(Where(sex="F"))
    yield Text(en="Male", ja="男性"), _subjects(Where(sex="M"))
    yield Text(en="Age (years), median [IQR]", ja="年齢(歳)、中央値[IQR]"), _spread("age")
    yield Text(en="Infusions, first – last", ja="投与日、最初 – 最後"), _period
    for slug, organ in protocol.organs.items():
        label = Text(en=f"{organ.label.en} affected before", ja=f"{organ.label.ja}:CAR-T前から罹患")
        yield label, _affected(slug)
    yield (
        Text(en="B cells before lymphodepletion (/µL), median [IQR]", ja="前処置前のB細胞数(/µL)、中央値[IQR]"),
        _spread("bcells"),
    )


def _incidence() -> Iterator[Line]:
    yield Text(en="Patients with LICATS", ja="LICATSを認めた症例数"), _subjects(Where(at_least=1))
    yield Text(en="Patients with more than one event", ja="2件以上を認めた症例数"), _subjects(Where(at_least=2))
    yield Text(en="Events", ja="イベント数"), lambda one: str(len(one.events))
    for code, label in CLASSES.items():
        yield label, _class(code)
    for grade in GRADES:
        yield Text(en=f"{GRADE.en} {grade}", ja=f"{GRADE.ja} {grade}"), _events(Where(grade=grade))
    yield NO_GRADE, _ungraded
    for code, label in TIMING.items():
        yield Text(en=f"{label.en} onset", ja=f"{label.ja}の発現"), _events(Where(timing=code))
    yield Text(en="During B-cell aplasia", ja="B細胞無形成の期間中"), _events(Where(aplasia=True))
    yield Text(en="In an organ affected before", ja="CAR-T前から罹患の臓器"), _events(Where(affected_before=True))
    for name, label in {
        "first_onset": Text(en="First onset (day), median [IQR]", ja="初回発現日、中央値[IQR]"),
        "onset": Text(en="Onset of every event (day), median [IQR]", ja="全イベントの発現日、中央値[IQR]"),
        "duration": Text(en="Duration (days), median [IQR]", ja="持続期間(日)、中央値[IQR]"),
        "aplasia_days": Text(en="B-cell aplasia (days), median [IQR]", ja="B細胞無形成の期間(日)、中央値[IQR]"),
    }.items():
        yield label, _spread(name)
    yield Text(en="Patients with CRS", ja="CRSを認めた症例数"), _subjects(Where(crs=True))
    yield (
        Text(en="Patients with CRS treated with tocilizumab", ja="CRSに対するトシリズマブ投与例数"),
        _subjects(Where(crs=True, tocilizumab=True)),
    )
    yield Text(en="First CRS (day), median [IQR]", ja="初回CRSの発現日、中央値[IQR]"), _spread("crs_day")
    yield Text(en="Patients with ICANS", ja="ICANSを認めた症例数"), _subjects(Where(icans=True))


def _subjects(where: Where) -> Callable[[Cohort], str]:
    return lambda cohort: share(len(subjects(cohort, where)), len(cohort.subjects))


def _events(where: Where) -> Callable[[Cohort], str]:
    return lambda cohort: share(len(events(cohort, where)), len(cohort.events))


def _spread(name: str) -> Callable[[Cohort], str]:
    return lambda cohort: spread(name, cohort)


def _affected(slug: str) -> Callable[[Cohort], str]:
    return lambda cohort: share(sum(slug in one.affected for one in cohort.subjects), len(cohort.subjects))


def _class(code: str) -> Callable[[Cohort], str]:
    return lambda cohort: share(sum(one.classification == code for one in cohort.events), len(cohort.events))


def _ungraded(cohort: Cohort) -> str:
    return share(sum(one.grade is None for one in cohort.events), len(cohort.events))


def _period(cohort: Cohort) -> str:
    dates = [one.day_zero for one in cohort.subjects if one.day_zero]
    return f"{min(dates)} – {max(dates)}" if dates else NOTHING
