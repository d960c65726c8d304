"""content=report: saved exports, always flat.

Source: facts/redcap_api.md 1.8; attributes of reports in project XML files.
"""

from __future__ import annotations

from collections.abc import Mapping

from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.calls.records import stream_export
from redcap_licats.sandbox.data.options import Options, read_delimiter
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.wire.reply import ApiError, Reply

UNIQUE_NAME = "unique_report_name"


def export(call: Call) -> Reply:
    """Export a report: its fields in its order, its filter, and the record id only if it names it."""
    report = _report(call)
    params = call.params
    fields = tuple(name for name in _names(report, "redcap_reports_fields") if name in call.layout.known_fields)
    options = Options(
        style=params.choice("format", "xml", "json", "csv"),
        fields=frozenset(fields),
        field_order=fields,
        events=frozenset(_names(report, "redcap_reports_filter_events")) & frozenset(call.layout.events),
        values=params.choice("rawOrLabel", "raw", "label", "both"),
        label_headers=params.choice("rawOrLabelHeaders", "raw", "label", "both") != "raw",
        checkbox_labels=params.flag("exportCheckboxLabel"),
        combine_checkboxes=report.get("combine_checkbox_values") == "1",
        access_groups=report.get("output_dags") == "1",
        survey_fields=report.get("output_survey_fields") == "1",
        filter_logic=report.get("advanced_logic", "") or report.get("limiter_logic", ""),
        delimiter=read_delimiter(params),
    )
    return stream_export(call, options)


def _report(call: Call) -> Mapping[str, str]:
    number = call.params.number("report_id")
    name = None if number is None else call.session.numbered(call.site.id, Numbered.REPORT, number)
    for report in call.site.definition.reports:
        if report.get(UNIQUE_NAME) == name:
            return report
    raise ApiError(400, "The report_id provided does not exist or you do not have access to that report")


def _names(report: Mapping[str, str], key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in report.get(key, "").split(",") if name.strip())
