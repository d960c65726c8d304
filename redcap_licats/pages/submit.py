"""What a browser posts from a form, read back into stored values."""

from __future__ import annotations

import re
from collections.abc import Mapping

from redcap_licats.definition.model import Field, FieldType, export_code
from redcap_licats.pages.dates import stored_date
from redcap_licats.pages.model import FormPage

#: types whose value no form sends
_NEVER = (FieldType.DESCRIPTIVE, FieldType.FILE)


def submitted(page: FormPage, posted: Mapping[str, str]) -> dict[str, str]:
    """Give the stored value of every column of the form that the browser may change, '' for a blank.

    A box that is not ticked is not posted, so it is ``0``. Fields that the page showed read-only are left out,
    but not those of ``@READONLY``, whose values the page itself may fill in. Values are not checked beyond the
    order of a date; upload fields are left to the caller.

    Args:
        page: The form as it was shown.
        posted: Names and values as the browser sent them.
    """
    if page.readonly:
        return {}
    values: dict[str, str] = {}
    for field in page.project.dictionary.forms.get(page.form, ()):
        if field.type in _NEVER or field.name in page.readonly_fields:
            continue
        if field.type is FieldType.CHECKBOX:
            for column in (*field.columns, *_missing_columns(page, field)):
                values[column] = "1" if posted.get(column) == "1" else "0"
        elif field.name in posted:
            values[field.name] = stored_date(_clean(posted[field.name]), field.validation)
        elif field.name != page.project.dictionary.record_id_field:
            values[field.name] = ""
    if page.status_column in posted:
        values[page.status_column] = posted[page.status_column]
    return values


def _missing_columns(page: FormPage, field: Field) -> list[str]:
    return [f"{field.name}___{export_code(code)}" for code in page.project.missing_data_codes]


def _clean(text: str) -> str:
    """Give line ends as REDCap keeps them: browsers send CR LF."""
    return re.sub(r"\r\n?", "\n", text).strip()
