"""Which records hold what a difference touches. Pure: rows are given, ids come out, no value does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from redcap_licats.definition.compare import Aspect, compare_fields, is_computed
from redcap_licats.definition.model import Field, FieldType, Project
from redcap_licats.definition.validation import valid, within
from redcap_licats.forms.compare import MAY_LOSE, Difference, Kind

Row = Mapping[str, str]
Touches = Callable[[Row], bool]

_EVENT, _FORM, _INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"


def fields_to_read(found: Iterable[Difference], live: Project) -> tuple[str, ...]:
    """Name the fields whose data tell which records are at risk, in the order of the dictionary."""
    wanted: set[str] = set()
    for one in found:
        if one.kind in MAY_LOSE:
            wanted |= {one.field} if one.field else {field.name for field in _fields(one, live)}
    return tuple(field.name for field in live.dictionary if field.name in wanted and field.columns)


def touches(one: Difference, live: Project, target: Project) -> Touches:
    """Give the question whether a row, flat and raw, holds something that a difference touches."""
    match one.kind:
        case Kind.FIELD_GONE | Kind.FIELD_MOVED:
            return _holds((live.dictionary[one.field],))
        case Kind.FORM_GONE:
            return _holds(_fields(one, live))
        case Kind.CHOICE_GONE | Kind.CHOICE_MEANING:
            return _chosen(live.dictionary[one.field], one.code)
        case Kind.TYPE | Kind.VALIDATION | Kind.RANGE:
            return _misfits(live.dictionary[one.field], target.dictionary[one.field], live)
        case Kind.EVENT_GONE:
            holds = _holds(_fields(one, live))
            return lambda row: row.get(_EVENT, "") == one.event and holds(row)
        case Kind.REPEAT_GONE:
            holds = _holds(_fields(one, live))
            return lambda row: _repeats(row, one) and holds(row)
        case Kind.REPEAT_ADDED:
            holds = _holds(_fields(one, live))
            return lambda row: row.get(_EVENT, "") == one.event and not row.get(_INSTANCE) and holds(row)
        case _:
            return lambda _: False


def _fields(one: Difference, live: Project) -> tuple[Field, ...]:
    """Give the fields a difference is about: of the form, or of all forms of an event that repeats as a whole."""
    if one.form:
        return live.dictionary.forms.get(one.form, ())
    forms = {form for event in live.events if event.unique_name == one.event for form in event.forms}
    return tuple(field for field in live.dictionary if field.form in forms)


def _repeats(row: Row, one: Difference) -> bool:
    return (row.get(_EVENT, ""), row.get(_FORM, "")) == (one.event, one.form) and bool(row.get(_INSTANCE))


def _holds(fields: Iterable[Field]) -> Touches:
    columns = [
        (column, "0" if code else "")
        for field in fields
        if field.type is not FieldType.DESCRIPTIVE
        for column, code in field.columns.items()
    ]
    return lambda row: any(row.get(column, "") not in ("", empty) for column, empty in columns)


def _chosen(field: Field, code: str) -> Touches:
    if field.type is FieldType.CHECKBOX:
        columns = [column for column, own in field.columns.items() if own == code]
        return lambda row: any(row.get(column) == "1" for column in columns)
    return lambda row: row.get(field.name, "") == code


def _misfits(before: Field, after: Field, live: Project) -> Touches:
    """Ask whether a held value no longer fits; missing-data codes fit everywhere."""
    aspects = {one.aspect for one in compare_fields(before, after)}
    holds = _holds((before,))
    kinds = {before.type, after.type}
    if Aspect.TYPE in aspects and (FieldType.CHECKBOX in kinds or not _keeps(after)):
        return holds
    codes = frozenset(live.missing_data_codes)

    def misfit(row: Row) -> bool:
        value = row.get(before.name, "")
        if not value or value in codes:
            return False
        if after.choices:
            return value not in after.choices
        fits = valid(value, after.validation)
        return not (fits and within(value, after.validation, after.minimum, after.maximum))

    return misfit


def _keeps(field: Field) -> bool:
    """Say whether a field leaves alone what is stored; files and calculations do not."""
    kept = field.type not in (FieldType.FILE, FieldType.DESCRIPTIVE, FieldType.SQL)
    return kept and not is_computed(field)
