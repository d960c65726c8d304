"""Whether single values may be stored.

Source: facts/redcap_api.md 2.7, 3.2-3.4.
"""

from __future__ import annotations

import re

from redcap_licats.definition.model import Field, FieldType
from redcap_licats.definition.validation import NOT_EXPECTED_FORMAT, VALIDATIONS, valid, within
from redcap_licats.sandbox.data.problems import OUT_OF_RANGE, READ_ONLY, not_a_category
from redcap_licats.sandbox.store.layout import COMPLETE_LABELS, Column
from redcap_licats.sandbox.store.site import Site

_DAY = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(.*)", re.DOTALL)


def refusal(site: Site, column: Column, value: str) -> str:
    """Say why a value cannot be stored, '' if it can. Blanks are no values."""
    field = column.definition
    if column.is_status:
        return "" if value in COMPLETE_LABELS else not_a_category(column.field)
    if field is None:
        return ""
    if site.state.behaviour.refuse_read_only and "@READONLY" in field.annotation.split():
        return READ_ONLY
    if column.code:
        return "" if value in ("0", "1") else not_a_category(column.field)
    if value in site.definition.missing_data_codes and "@NOMISSING" not in field.annotation:
        return ""
    return _field_refusal(site, field, value)


def _field_refusal(site: Site, field: Field, value: str) -> str:
    match field.type:
        case FieldType.RADIO | FieldType.DROPDOWN | FieldType.YESNO | FieldType.TRUEFALSE:
            return "" if value in field.choices else not_a_category(field.name)
        case FieldType.SLIDER:
            validation = VALIDATIONS["integer"]
            low, high = field.minimum or "0", field.maximum or "100"
            if not validation.accepts(value):
                return validation.message
            return "" if within(value, "integer", low, high) else NOT_EXPECTED_FORMAT
        case FieldType.TEXT:
            known = VALIDATIONS.get(field.validation)
            if known is not None and not known.accepts(value):
                return known.message
            inside = within(value, field.validation, field.minimum, field.maximum)
            return "" if inside or not site.state.behaviour.refuse_out_of_range else OUT_OF_RANGE
        case _:
            return ""


def stored_form(column: Column, value: str, date_order: str) -> str:
    """Give a value as it is stored: days of date fields year first, whatever order they came in.

    What is no date in that order stays as it came and is refused so.
    """
    field = column.definition
    if date_order == "YMD" or field is None or not field.validation.startswith("date"):
        return value
    found = _DAY.fullmatch(value.strip())
    if found is None:
        return value
    first, second, year, rest = found.groups()
    month, day = (first, second) if date_order == "MDY" else (second, first)
    stored = f"{year}-{month.zfill(2)}-{day.zfill(2)}{rest}"
    return stored if valid(stored, field.validation) else value
