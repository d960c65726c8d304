"""What an export of records asks for.

Source: facts/redcap_api.md 1.1, 2.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from redcap_licats.sandbox.store.layout import Layout
from redcap_licats.sandbox.wire.params import Params
from redcap_licats.sandbox.wire.reply import ApiError

_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?")
DELIMITERS = {",": ",", ";": ";", "tab": "\t", "\t": "\t", "|": "|", "^": "^"}


@dataclass(frozen=True, slots=True)
class Options:
    """An export request, read and checked. Empty collections and strings mean: no restriction.

    Attributes:
        style: ``csv``, ``json``, ``xml`` or ``odm``.
        values: ``raw``, ``label`` or ``both``.
        field_order: Order of the columns where it is not that of the dictionary.
        begin, end: Bounds of the date range, excluded.
        decimal: Decimal sign to give numbers.
        gray_blank: Whether the status of forms never opened is blank instead of 0.
    """

    style: str = "json"
    eav: bool = False
    records: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    field_order: tuple[str, ...] = ()
    forms: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    values: str = "raw"
    label_headers: bool = False
    checkbox_labels: bool = False
    combine_checkboxes: bool = False
    survey_fields: bool = False
    access_groups: bool = False
    filter_logic: str = ""
    begin: str = ""
    end: str = ""
    delimiter: str = ","
    decimal: str = ""
    gray_blank: bool = False

    @property
    def selects_columns(self) -> bool:
        """Whether fields or forms are restricted."""
        return bool(self.fields or self.forms)


def read_options(params: Params, layout: Layout) -> Options:
    """Read the parameters of an export.

    Raises:
        ApiError: 400 for fields that do not exist and for values out of their list.
    """
    fields = params.strict_array("fields")
    check_fields(fields, layout)
    return Options(
        style=params.choice("format", "xml", "json", "csv", "odm"),
        eav=params.choice("type", "flat", "eav") == "eav",
        records=frozenset(params.array("records")),
        fields=frozenset(fields),
        forms=frozenset(params.array("forms")),
        events=frozenset(params.array("events")) if layout.longitudinal else frozenset(),
        values=params.choice("rawOrLabel", "raw", "label", "both"),
        label_headers=params.choice("rawOrLabelHeaders", "raw", "label", "both") != "raw",
        checkbox_labels=params.flag("exportCheckboxLabel"),
        combine_checkboxes=params.flag("combineCheckboxOptions"),
        survey_fields=params.flag("exportSurveyFields"),
        access_groups=params.flag("exportDataAccessGroups"),
        filter_logic=params.text("filterLogic").strip(),
        begin=_bound(params, "dateRangeBegin"),
        end=_bound(params, "dateRangeEnd"),
        delimiter=read_delimiter(params),
        decimal=_decimal(params),
        gray_blank=params.flag("exportBlankForGrayFormStatus"),
    )


def check_fields(fields: Collection[str], layout: Layout, parameter: str = "fields") -> None:
    """Refuse names that are neither fields nor form status.

    Raises:
        ApiError: 400, listing them.
    """
    unknown = [name for name in fields if name not in layout.known_fields]
    if unknown:
        listed = ", ".join(f"'{name}'" for name in unknown)
        raise ApiError(400, f'The following values in the parameter "{parameter}" are not valid: {listed}')


def read_delimiter(params: Params) -> str:
    """Read ``csvDelimiter``.

    Raises:
        ApiError: 400 for a sign that is not offered.
    """
    given = params.values.get("csvDelimiter") or ","
    if given not in DELIMITERS:
        raise ApiError(400, 'The value of the parameter "csvDelimiter" is not valid')
    return DELIMITERS[given]


def _decimal(params: Params) -> str:
    given = params.text("decimalCharacter")
    if given not in ("", ",", ".", "comma", "dot"):
        raise ApiError(400, 'The value of the parameter "decimalCharacter" is not valid')
    return {"comma": ",", "dot": "."}.get(given, given)


def _bound(params: Params, name: str) -> str:
    given = params.text(name).strip()
    if given and not _STAMP.fullmatch(given):
        raise ApiError(400, f'The value of the parameter "{name}" is not valid')
    return given
