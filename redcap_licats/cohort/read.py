"""Read a cohort from what the worker wrote: ``licats_summary`` and ``licats_result``, nothing else."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from redcap_licats.cohort.model import Cohort, CohortEvent, CohortSubject
from redcap_licats.errors import RecordError

Row = Mapping[str, str | int]

#: final classes that do not count as LICATS
NOT_COUNTED = frozenset({"", "not", "undet"})


def read_cohort(rows: Iterable[Row], *, record_id_field: str = "record_id") -> Cohort:
    """Build the cohort from flat raw export rows.

    The cohort is of treated subjects: records without an infusion date in a summary are passed over, and so are
    rows of other instruments. The order of rows does not matter within a record.

    Args:
        rows: Flat raw rows of any number of records; ``redcap_repeat_instance`` may be a number or text.
        record_id_field: The project's first field.

    Raises:
        RecordError: A derived cell does not hold what the worker writes there.
    """
    summaries: dict[str, Row] = {}
    results: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        record = str(row[record_id_field])
        if row.get("redcap_repeat_instrument") == "licats_result":
            results[record].append(row)
        elif row.get("sum_day0_d"):
            summaries[record] = row
    return Cohort(tuple(_subject(record, summary, results[record]) for record, summary in summaries.items()))


def _subject(record: str, summary: Row, results: Iterable[Row]) -> CohortSubject:
    affected = frozenset(str(summary.get("sum_affected_d") or "").split())
    events = [
        _event(row, record, affected)
        for row in results
        if str(row.get("res_fin_class_d") or "") not in NOT_COUNTED
    ]
    return CohortSubject(
        record=record,
        age=_whole(summary, "sum_age_d", record),
        sex=str(summary.get("sum_sex_d") or ""),
        diagnosis=str(summary.get("sum_dx_d") or ""),
        day_zero=_date(summary, "sum_day0_d", record),
        affected=affected,
        licats=_yes_no(summary, "sum_any_d", record),
        crs=_whole(summary, "sum_crs_d", record),
        crs_day=_whole(summary, "sum_crs_day_d", record),
        tocilizumab=_yes_no(summary, "sum_tcz_d", record),
        icans=_whole(summary, "sum_icans_d", record),
        bcells=_number(summary, "sum_bcell_bl_d", record),
        cart_peak=_number(summary, "sum_cart_peak_d", record),
        cart_unit=str(summary.get("sum_cart_unit_d") or ""),
        cart_days=_whole(summary, "sum_cart_days_d", record),
        aplasia_start=_date(summary, "sum_apl_start_d", record),
        aplasia_end=_date(summary, "sum_apl_end_d", record),
        events=tuple(sorted(events, key=lambda one: (one.onset_day is None, one.onset_day, one.organ))),
    )


def _event(row: Row, record: str, affected: frozenset[str]) -> CohortEvent:
    organ = str(row.get("res_organ_d") or "")
    return CohortEvent(
        organ=organ,
        onset_day=_whole(row, "res_onset_day_d", record),
        timing=str(row.get("res_timing_d") or ""),
        duration=_whole(row, "res_dur_d", record),
        grade=_whole(row, "res_fin_grade_d", record),
        classification=str(row["res_fin_class_d"]),
        aplasia={"yes": True, "no": False}.get(str(row.get("res_aplasia_d") or "")),
        affected_before=organ in affected,
    )


def _whole(row: Row, name: str, record: str) -> int | None:
    value = str(row.get(name) or "")
    try:
        return int(value) if value else None
    except ValueError as error:
        raise _unreadable(row, name, record, "whole number") from error


def _number(row: Row, name: str, record: str) -> float | None:
    value = str(row.get(name) or "")
    try:
        return float(value) if value else None
    except ValueError as error:
        raise _unreadable(row, name, record, "number") from error


def _yes_no(row: Row, name: str, record: str) -> bool | None:
    value = _whole(row, name, record)
    return None if value is None else bool(value)


def _date(row: Row, name: str, record: str) -> dt.date | None:
    value = str(row.get(name) or "")
    try:
        return dt.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise _unreadable(row, name, record, "date") from error


def _unreadable(row: Row, name: str, record: str, wanted: str) -> RecordError:
    instance = row.get("redcap_repeat_instance") or 1
    return RecordError(
        "COHORT-CELL",
        f"The derived cell does not hold a {wanted}.",
        where=f"record {record}, instance {instance}, {name}",
        remedy="Run a full sync: it repairs what somebody else changed in the worker's cells.",
    )
