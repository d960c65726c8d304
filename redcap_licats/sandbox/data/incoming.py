"""Imported data to rows with a place: record, event, form and instance.

Source: facts/redcap_api.md 3.1-3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from redcap_licats.definition.model import FieldType
from redcap_licats.definition.odm import read_data
from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.data.options import read_delimiter
from redcap_licats.sandbox.store.layout import (
    ACCESS_GROUP,
    EVENT,
    INSTANCE,
    REPEAT_FORM,
    SURVEY_IDENTIFIER,
    Column,
    Layout,
)
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.wire.body import read_rows
from redcap_licats.sandbox.wire.params import Params
from redcap_licats.sandbox.wire.reply import ApiError

_EAV_FIXED = ("record", EVENT, REPEAT_FORM, INSTANCE, "field_name", "value")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an import is to be done.

    Attributes:
        style: Format of the data.
        overwrite: Whether blanks erase.
        date_order: ``YMD``, ``MDY`` or ``DMY``.
        auto_number: Whether the server names the records.
        returns: ``count``, ``ids``, ``auto_ids`` or ``nothing``.
        background: Whether bad records are skipped and no verdict is given.
    """

    style: str = "json"
    eav: bool = False
    delimiter: str = ","
    overwrite: bool = False
    date_order: str = "YMD"
    auto_number: bool = False
    returns: str = "count"
    background: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """One imported row before its place is known: pseudo-columns and values by column name."""

    record: str
    event: str = ""
    form: str = ""
    instance: str = ""
    group: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def read_import(params: Params) -> ImportOptions:
    """Read the parameters of an import.

    Raises:
        ApiError: 400 for values out of their list and for ``auto_ids`` without auto-numbering.
    """
    options = ImportOptions(
        style=params.choice("format", "xml", "json", "csv", "odm"),
        eav=params.choice("type", "flat", "eav") == "eav",
        delimiter=read_delimiter(params),
        overwrite=params.choice("overwriteBehavior", "normal", "overwrite") == "overwrite",
        date_order=params.choice("dateFormat", "YMD", "MDY", "DMY"),
        auto_number=params.flag("forceAutoNumber"),
        returns=params.choice("returnContent", "count", "ids", "auto_ids", "nothing"),
        background=params.flag("backgroundProcess"),
    )
    if options.returns == "auto_ids" and not options.auto_number:
        raise ApiError(400, "returnContent 'auto_ids' can only be used if forceAutoNumber is true")
    return options


def read_incoming(site: Site, data: str, options: ImportOptions) -> list[Incoming]:
    """Read the data of an import in whatever format and shape they come.

    Raises:
        ApiError: 400 if they cannot be read, lack the record id or name fields that cannot be imported.
    """
    if options.style == "odm":
        return _odm_rows(site, data)
    rows = read_rows(data, options.style, delimiter=options.delimiter)
    if options.eav:
        rows = _flatten(rows, site.layout)
    check_columns(site, rows)
    return [_incoming(row, site.layout) for row in rows]


def check_columns(site: Site, rows: list[dict[str, str]]) -> None:
    """Refuse rows without record id and columns that do not exist or cannot be imported.

    Raises:
        ApiError: 400, listing the columns.
    """
    layout = site.layout
    if any(not row.get(layout.record_id, "").strip() for row in rows):
        raise ApiError(400, f"The record ID field '{layout.record_id}' is missing or blank in the data.")
    given = dict.fromkeys(name for row in rows for name in row)
    unknown = [name for name in given if not _is_importable(name, site)]
    if unknown:
        listed = ", ".join(unknown)
        raise ApiError(400, f"The following fields were not found in the project as real data fields: {listed}")


def _is_importable(name: str, site: Site) -> bool:
    layout = site.layout
    if name in (REPEAT_FORM, INSTANCE, ACCESS_GROUP, SURVEY_IDENTIFIER):
        return True
    if name == EVENT:
        return layout.longitudinal
    column = layout.by_column.get(name)
    if column is None or column.type is FieldType.FILE:
        return False
    return column.type is not FieldType.CALC or not site.state.behaviour.refuse_calculated


def _incoming(row: Mapping[str, str], layout: Layout) -> Incoming:
    pseudo = (layout.record_id, EVENT, REPEAT_FORM, INSTANCE, ACCESS_GROUP, SURVEY_IDENTIFIER)
    return Incoming(
        record=row[layout.record_id].strip(),
        event=row.get(EVENT, "").strip(),
        form=row.get(REPEAT_FORM, "").strip(),
        instance=row.get(INSTANCE, "").strip(),
        group=row[ACCESS_GROUP].strip() if ACCESS_GROUP in row else None,
        values={
            name: value for name, value in row.items() if name not in pseudo and _is_kept(layout.by_column[name])
        },
    )


def _is_kept(column: Column) -> bool:
    """Whether a value counts: time stamps are ignored, calculated values are computed here instead."""
    if column.is_timestamp or column.type is FieldType.CALC:
        return False
    annotation = "" if column.definition is None else column.definition.annotation
    return "@CALCTEXT" not in annotation and "@CALCDATE" not in annotation


def _flatten(rows: list[dict[str, str]], layout: Layout) -> list[dict[str, str]]:
    """Gather EAV rows into flat ones; a checkbox comes as ``field___code`` with 0 or 1, unlike in exports."""
    flat: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        if "record" not in row or "field_name" not in row:
            raise ApiError(
                400, "The data being imported is not formatted correctly: EAV needs record, field_name, value."
            )
        place = tuple(row.get(name, "").strip() for name in _EAV_FIXED[:4])
        gathered = flat.setdefault(place, {layout.record_id: place[0]})
        gathered |= {name: row[name] for name in _EAV_FIXED[1:4] if name in row}
        name, value = row["field_name"].strip(), row.get("value", "")
        if name != layout.record_id:
            gathered[name] = value
    return list(flat.values())


def _odm_rows(site: Site, data: str) -> list[Incoming]:
    try:
        project = read_data(data.encode(), site.definition)
    except ConfigError as error:
        raise ApiError(400, f"The data being imported is not formatted correctly. {error.message}") from error
    layout = site.layout
    rows: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for cell in project.cells:
        repeats = bool(cell.repeat_form) or cell.event in layout.repeating_events
        place = (cell.record, cell.event, cell.repeat_form, str(cell.instance) if repeats else "")
        values = rows.setdefault(place, {})
        column = layout.by_key.get(f"{cell.field}___{cell.value}") or layout.by_key.get(cell.field)
        if column is not None and cell.field != layout.record_id and _is_kept(column):
            values[column.name] = "1" if column.code else cell.value
    return [Incoming(*place, project.record_groups.get(place[0]), values) for place, values in rows.items()]
