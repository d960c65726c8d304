"""REDCap's own reports on what the worker wrote, as they are created with the project.

Attribute names and their order are those of ``redcap:Reports`` in recorded project XMLs. How a recorded report
names the users of a restricted one is not known: it is created for nobody but those who may edit reports.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from redcap_licats.definition.model import DataDictionary, Project
from redcap_licats.forms.branching import logic_problems
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import ReportSpec
from redcap_licats.protocol.problems import Problem, suggest


def build_reports(protocol: Protocol, dictionary: DataDictionary) -> tuple[dict[str, str], ...]:
    """Give the reports as the attributes of ``redcap:Reports``; the record id is their first column."""
    return tuple(
        _report(spec, number, protocol.settings.language, dictionary.record_id_field)
        for number, spec in enumerate(protocol.reports.values(), start=1)
    )


def report_problems(project: Project, protocol: Protocol) -> Iterator[Problem]:
    """Find columns that no form has, and logic that cannot mean what it says."""
    for spec in protocol.reports.values():
        for name in spec.fields:
            if name not in project.dictionary:
                reason = f"The report shows [{name}], which no form has."
                yield Problem(("reports", spec.id), reason, suggest(name, project.dictionary.by_name))
        known = [project.dictionary[name].form for name in spec.fields if name in project.dictionary]
        here = (known[0] if known else "reports", f"report {spec.id}")
        yield from logic_problems(spec.logic, "The report", here, project)


def _report(spec: ReportSpec, number: int, language: str, record_id: str) -> dict[str, str]:
    digest = hashlib.sha256(f"LICATS report {spec.id}".encode()).digest()
    access = "SELECTED" if spec.restricted else "ALL"
    return {
        "title": spec.title[language],
        "unique_report_name": f"R-{base64.b32encode(digest).decode()[:10]}",
        "report_order": str(number),
        "user_access": access,
        "user_edit_access": access,
        "description": spec.about[language],
        "combine_checkbox_values": "0",
        "output_dags": "1",
        "output_survey_fields": "0",
        "output_missing_data_codes": "0",
        "remove_line_breaks_in_values": "1",
        "orderby_field1": record_id,
        "orderby_sort1": "ASC",
        "orderby_field2": "",
        "orderby_sort2": "",
        "orderby_field3": "",
        "orderby_sort3": "",
        "advanced_logic": spec.logic,
        "filter_type": "EVENT",
        "dynamic_filter1": "",
        "dynamic_filter2": "",
        "dynamic_filter3": "",
        "hash": "",
        "short_url": "",
        "is_public": "0",
        "report_display_include_repeating_fields": "1",
        "report_display_header": "BOTH",
        "report_display_data": "BOTH",
        "limiter_logic": "",
        "redcap_reports_fields": ",".join((record_id, *spec.fields)),
        "redcap_reports_filter_dags": "",
        "redcap_reports_filter_events": "",
        "ID": digest[:20].hex(),
    }
