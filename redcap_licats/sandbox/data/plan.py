"""Which columns an export has and what a user may see of them.

Source: facts/redcap_api.md 2.1, 2.2, 2.6, 2.7, 2.14-2.16.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from redcap_licats.definition.model import FieldType
from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.store.layout import (
    ACCESS_GROUP,
    EVENT,
    INSTANCE,
    REPEAT_FORM,
    SURVEY_IDENTIFIER,
    Column,
    Layout,
)
from redcap_licats.sandbox.store.records import option_is_used
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import (
    EXPORT_DEIDENTIFIED,
    EXPORT_FULL,
    EXPORT_NO_IDENTIFIERS,
    EXPORT_NONE,
    User,
)

_FREE_TEXT = frozenset({FieldType.TEXT, FieldType.NOTES})


@dataclass(frozen=True)
class Plan:
    """The columns of an export.

    Attributes:
        leading: Record id and the pseudo-columns, in order; empty if the record id is not asked for.
        columns: The columns with values, without the record id.
        hash_record: Whether record names leave in disguise.
    """

    leading: tuple[str, ...]
    columns: tuple[Column, ...]
    hash_record: bool = False

    @property
    def with_record(self) -> bool:
        """Whether the record id is among the columns."""
        return bool(self.leading)

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of the stored fields behind the columns."""
        return frozenset(column.field for column in self.columns)

    @cached_property
    def by_key(self) -> Mapping[str, Column]:
        """Columns by the name under which their value is stored."""
        return {column.key: column for column in self.columns}


def make_plan(session: Session, site: Site, user: User, options: Options) -> Plan:
    """Choose the columns of an export for a user."""
    layout = site.layout
    levels = site.rights(user).forms_export
    level = levels.get(layout.dictionary[layout.record_id].form, EXPORT_FULL)
    columns = tuple(
        column
        for column in _with_missing_codes(session, site)
        if column.field != layout.record_id
        and _is_asked(column, layout, options)
        and (not column.is_timestamp or _has_timestamp(column, site, options))
        and is_visible(column, levels.get(column.form, EXPORT_FULL))
    )
    if options.field_order:
        columns = tuple(sorted(columns, key=lambda column: options.field_order.index(column.field)))
    identifier = layout.dictionary[layout.record_id].identifier
    hashed = level == EXPORT_DEIDENTIFIED or (level == EXPORT_NO_IDENTIFIERS and identifier)
    return Plan(tuple(_leading(site, user, options)), columns, hashed)


def is_visible(column: Column, level: int) -> bool:
    """Say whether an export right lets a column through.

    De-identified exports lose identifiers, free text, dates and files; "remove identifiers" loses identifiers.
    """
    field = column.definition
    if level == EXPORT_NONE:
        return False
    if field is None or level == EXPORT_FULL:
        return True
    if field.identifier:
        return False
    if level == EXPORT_NO_IDENTIFIERS:
        return True
    is_free = field.type in _FREE_TEXT and not field.validation
    return not is_free and not field.validation.startswith("date") and field.type is not FieldType.FILE


def _is_asked(column: Column, layout: Layout, options: Options) -> bool:
    if not options.selects_columns or column.form in options.forms:
        return True
    if column.is_timestamp:  # comes with any field of its form
        return any(layout.form_of(field) == column.form for field in options.fields)
    return column.field in options.fields


def _asks_record(layout: Layout, options: Options) -> bool:
    form = layout.dictionary[layout.record_id].form
    return not options.selects_columns or layout.record_id in options.fields or form in options.forms


def _has_timestamp(column: Column, site: Site, options: Options) -> bool:
    return options.survey_fields and column.form in site.layout.survey_forms


def _leading(site: Site, user: User, options: Options) -> Iterator[str]:
    layout = site.layout
    if not _asks_record(layout, options):
        return
    yield layout.record_id
    if layout.longitudinal:
        yield EVENT
    if layout.has_repeats:
        yield REPEAT_FORM
        yield INSTANCE
    if options.access_groups and site.definition.access_groups and not user.group:
        yield ACCESS_GROUP
    if options.survey_fields and site.definition.surveys:
        yield SURVEY_IDENTIFIER


def _with_missing_codes(session: Session, site: Site) -> Iterator[Column]:
    layout = site.layout
    used = [one for one in layout.missing_code_columns if option_is_used(session, site.id, one.field, one.code)]
    for field, columns in groupby(layout.columns, key=lambda column: column.field):
        yield from columns
        yield from (one for one in used if one.field == field)
