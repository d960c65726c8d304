"""Where things lie in a project: columns, forms of events, repeating forms, the kinds of rows.

Source: facts/redcap_api.md 2.2, 2.4, 2.5, 2.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from redcap_licats.definition.model import Event, Field, FieldType, Project, export_code

EVENT = "redcap_event_name"
REPEAT_FORM = "redcap_repeat_instrument"
INSTANCE = "redcap_repeat_instance"
ACCESS_GROUP = "redcap_data_access_group"
SURVEY_IDENTIFIER = "redcap_survey_identifier"
#: Columns that are no fields; a ``fields`` filter that names one is refused.
PSEUDO_COLUMNS = (EVENT, REPEAT_FORM, INSTANCE, ACCESS_GROUP, SURVEY_IDENTIFIER)

COMPLETE_LABELS = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds values: a field, a checkbox option, a form status or a survey time stamp.

    Attributes:
        name: Column name in flat exports and imports.
        form: The form it stands on.
        field: Name under which values are stored.
        code: Checkbox code, '' otherwise.
        definition: The field, None for form status and time stamp.
    """

    name: str
    form: str
    field: str
    code: str = ""
    definition: Field | None = None

    @property
    def key(self) -> str:
        """Name of the stored value: unlike the column name it keeps the code as it is."""
        return f"{self.field}___{self.code}" if self.code else self.field

    @property
    def is_status(self) -> bool:
        """Whether it is the status of a form."""
        return self.definition is None and self.field == f"{self.form}_complete"

    @property
    def is_timestamp(self) -> bool:
        """Whether it is the time a survey was completed."""
        return self.definition is None and self.field == f"{self.form}_timestamp"

    @property
    def type(self) -> FieldType | None:
        """Type of the field, None for form status and time stamp."""
        return None if self.definition is None else self.definition.type


@dataclass(frozen=True, slots=True, order=True)
class RowKey:
    """One row of a record: event ('' in classic projects), repeating form ('' for none) and instance."""

    event: str = ""
    form: str = ""
    instance: int = 1


class Layout:
    """Lookups over one version of a project definition."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.dictionary = project.dictionary
        self.record_id = project.dictionary.record_id_field
        self.longitudinal = project.longitudinal
        self.forms: tuple[str, ...] = tuple(project.dictionary.forms)

    @cached_property
    def events(self) -> Mapping[str, Event]:
        """Events by unique name in order; a classic project has the one event ''."""
        if not self.longitudinal:
            return {"": Event("", 1, "", forms=self.forms)}
        return {event.unique_name: event for event in self.project.events}

    @property
    def first_event(self) -> str:
        """Unique name of the first event."""
        return next(iter(self.events), "")

    def arm_of(self, event: str) -> int:
        """Give the arm of an event; 0 for an event that is no more."""
        return self.events[event].arm if event in self.events else 0

    @cached_property
    def event_order(self) -> Mapping[str, int]:
        """Rank of every event."""
        return {name: rank for rank, name in enumerate(self.events)}

    @cached_property
    def form_order(self) -> Mapping[str, int]:
        """Rank of every form; '' (the base row) is first."""
        return {"": -1} | {name: rank for rank, name in enumerate(self.forms)}

    @cached_property
    def repeating_forms(self) -> Mapping[str, frozenset[str]]:
        """Forms that repeat on their own, by event."""
        return {
            name: frozenset(
                one.form for one in self.project.repeats if one.form and self._event_of(one.event) == name
            )
            for name in self.events
        }

    @cached_property
    def repeating_events(self) -> frozenset[str]:
        """Events that repeat as a whole."""
        return frozenset(self._event_of(one.event) for one in self.project.repeats if not one.form)

    def _event_of(self, name: str) -> str:
        return name if self.longitudinal else ""

    @property
    def has_repeats(self) -> bool:
        """Whether anything in the project repeats."""
        return bool(self.project.repeats)

    def forms_in(self, event: str, repeat_form: str) -> frozenset[str]:
        """Give the forms whose values stand on rows of an event and repeating form ('' for the base row)."""
        return self._forms_on_rows.get((event, repeat_form), frozenset())

    @cached_property
    def _forms_on_rows(self) -> Mapping[tuple[str, str], frozenset[str]]:
        forms = {
            (name, ""): frozenset(event.forms) - self.repeating_forms[name] for name, event in self.events.items()
        }
        single = {
            (name, form): frozenset({form})
            for name, repeating in self.repeating_forms.items()
            for form in repeating
        }
        return forms | single

    def exists(self, key: RowKey) -> bool:
        """Say whether rows of this kind are possible in the project."""
        return (key.event, key.form) in self._forms_on_rows

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns that hold values, survey time stamps included, in export order."""
        columns: list[Column] = []
        for form, fields in self.dictionary.forms.items():
            on_form = [
                Column(name, form, one.name, code, one) for one in fields for name, code in one.columns.items()
            ]
            stamp = Column(f"{form}_timestamp", form, f"{form}_timestamp")
            # The record id stays the very first column.
            at = 1 if on_form and on_form[0].field == self.record_id else 0
            columns += [*on_form[:at], stamp, *on_form[at:]]
            columns.append(Column(f"{form}_complete", form, f"{form}_complete"))
        return tuple(columns)

    @cached_property
    def by_column(self) -> Mapping[str, Column]:
        """Columns by their name in flat data, those of missing-data codes of checkboxes included."""
        named = {column.name: column for column in self.missing_code_columns}
        return named | {column.name: column for column in self.columns}

    @cached_property
    def by_key(self) -> Mapping[str, Column]:
        """Columns by the name under which their value is stored."""
        named = {column.key: column for column in self.missing_code_columns}
        return named | {column.key: column for column in self.columns}

    @cached_property
    def missing_code_columns(self) -> tuple[Column, ...]:
        """Columns a checkbox has for missing-data codes; exported only if one is set somewhere."""
        return tuple(
            Column(f"{one.name}___{export_code(code)}", one.form, one.name, code, one)
            for one in self.dictionary
            if one.type is FieldType.CHECKBOX and "@NOMISSING" not in one.annotation
            for code in self.project.missing_data_codes
        )

    @cached_property
    def survey_forms(self) -> frozenset[str]:
        """Forms that are surveys."""
        return frozenset(survey.attributes.get("form_name", "") for survey in self.project.surveys)

    @cached_property
    def status_fields(self) -> Mapping[str, str]:
        """Form by the name of its status field."""
        return {f"{form}_complete": form for form in self.forms}

    @cached_property
    def known_fields(self) -> frozenset[str]:
        """Names that a list of fields may hold: fields and form status."""
        return frozenset(self.dictionary.by_name) | frozenset(self.status_fields)

    def form_of(self, field: str) -> str:
        """Give the form of a field or status field.

        Raises:
            KeyError: for a name that is neither.
        """
        return self.status_fields[field] if field in self.status_fields else self.dictionary[field].form
