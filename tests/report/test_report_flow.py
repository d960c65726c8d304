from __future__ import annotations

import datetime as dt

import listed_study as study
import pytest

from redcap_licats.protocol.load import load_protocol
from redcap_licats.report.flow import age_band, flow_by, flow_of_all
from redcap_licats.report.gather import gather
from redcap_licats.report.model import Report

QUERY = study.RAISED[2]
#: the week before the report of 20 March
SINCE = dt.date(2026, 3, 13)


def report_of(*rows: study.Row) -> Report:
    return gather(rows, load_protocol(), (), study.facts(), groups={})


def opened(on: str, number: int = 1, state: str = "open", **cells: str) -> study.Row:
    return study.query_row("1-1", number, QUERY, state, dt.date.fromisoformat(on)) | {
        f"qry_{name}_d": cell for name, cell in cells.items()
    }


@pytest.mark.parametrize(("days", "band"), [(0, 0), (7, 0), (8, 1), (14, 1), (15, 2), (30, 2), (31, 3), (400, 3)])
def test_age_bands(days: int, band: int) -> None:
    (line,) = report_of(opened((study.AT.date() - dt.timedelta(days=days)).isoformat())).queries
    assert (line.days_open, age_band(line)) == (days, band)


def test_what_moved_since_the_last_report_that_day_included() -> None:
    report = report_of(
        opened("2026-03-12", 1),
        opened("2026-03-13", 2),
        opened("2026-03-12", 3, changed="1"),
        opened("2026-03-14", 4, "closed", since="2026-03-15"),
        opened("2026-02-01", 5, "resolved", since="2026-03-13"),
        opened("2026-02-01", 6, "resolved", since="2026-03-12"),
        opened("2026-03-20", 7, "held", opened=""),
    )
    assert report.facts.new_from == SINCE
    flow = flow_of_all(report)
    assert (flow.new, flow.closed, flow.still_open, flow.changed, flow.open) == (2, 2, 2, 1, 3)
    assert flow.ages == (1, 2, 0, 0)


def test_groups_add_up_to_the_whole() -> None:
    report = study.report_for()
    whole = flow_of_all(report)
    for group in (lambda line: line.severity, lambda line: line.rule, lambda line: line.form.en):
        flows = flow_by(report, group).values()
        for name in ("new", "closed", "still_open", "changed", "open"):
            assert sum(getattr(flow, name) for flow in flows) == getattr(whole, name)
        assert [sum(ages) for ages in zip(*(flow.ages for flow in flows), strict=True)] == list(whole.ages)
