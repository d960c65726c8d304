"""Labels in place of codes, decimal signs, headers for people.

Source: facts/redcap_api.md 2.6, 2.8, 2.11, 2.19.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from redcap_licats.definition.model import FieldType
from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.store.layout import (
    ACCESS_GROUP,
    COMPLETE_LABELS,
    EVENT,
    INSTANCE,
    REPEAT_FORM,
    SURVEY_IDENTIFIER,
    Column,
    Layout,
)
from redcap_licats.sandbox.store.site import Site

Shown = Callable[[str], str]

_HEADERS = {
    EVENT: "Event Name",
    REPEAT_FORM: "Repeat Instrument",
    INSTANCE: "Repeat Instance",
    ACCESS_GROUP: "Data Access Group",
    SURVEY_IDENTIFIER: "Survey Identifier",
}


def header(site: Site, name: str) -> str:
    """Give the label header of a column."""
    if name in _HEADERS:
        return _HEADERS[name]
    column = site.layout.by_column[name]
    if column.is_status:
        return "Complete?"
    if column.is_timestamp:
        return "Survey Timestamp"
    field = column.definition
    if field is None:
        return name
    if not column.code:
        return field.label
    return f"{field.label} (choice={_option_label(site, column)})"


def shown(site: Site, column: Column, options: Options) -> Shown | None:
    """Give the function that turns a stored value into the exported one; None if it goes out as it is."""
    if column.code:
        return _checkbox(site, column, options)
    if options.values != "raw":
        labels = _labels(site, column)
        if labels:
            return _both(labels) if options.values == "both" else lambda value: labels.get(value, value)
    if options.decimal and _is_number(column):
        other = "." if options.decimal == "," else ","
        return lambda value: value.replace(other, options.decimal)
    return None


def event_label(layout: Layout, event: str) -> str:
    """Give the name of an event, with its arm where there are several."""
    found = layout.events[event]
    arms = {arm.number: arm.name for arm in layout.project.arms}
    return f"{found.name} (Arm {found.arm}: {arms[found.arm]})" if len(arms) > 1 else found.name


def form_label(site: Site, form: str) -> str:
    """Give the label of a form, '' for none."""
    return site.definition.form_labels.get(form, form)


def group_label(site: Site, unique_name: str) -> str:
    """Give the name of an access group."""
    names = {group.unique_name: group.name for group in site.definition.access_groups}
    return names.get(unique_name, unique_name)


def _both(labels: Mapping[str, str]) -> Shown:
    return lambda value: f"{value},{labels[value]}" if value in labels else value


def _labels(site: Site, column: Column) -> Mapping[str, str]:
    if column.is_status:
        return COMPLETE_LABELS
    return site.definition.missing_data_codes | column.definition.choices if column.definition else {}


def _checkbox(site: Site, column: Column, options: Options) -> Shown | None:
    if options.values == "raw":
        return None
    if options.checkbox_labels:
        label = _option_label(site, column)
        return lambda value: label if value == "1" else ""
    return lambda value: "Checked" if value == "1" else "Unchecked"


def _option_label(site: Site, column: Column) -> str:
    choices = {} if column.definition is None else column.definition.choices
    return choices.get(column.code) or site.definition.missing_data_codes.get(column.code, "")


def _is_number(column: Column) -> bool:
    field = column.definition
    return field is not None and (field.type is FieldType.CALC or field.validation.startswith("number"))
