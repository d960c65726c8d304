"""What a page shows: one form of a record, in one event and instance, for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from redcap_licats.definition.languages import Language
from redcap_licats.definition.model import Project

ENGLISH = Language("en", "English")
"""The language of a dictionary whose own texts are English."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form stands. ``record`` is '' for one that has no name yet; ``event`` is '' in a classic project."""

    record: str = ""
    event: str = ""
    instance: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """What a record holds in one row of a flat export.

    Attributes:
        values: Flat column to stored value; blanks may be left out. A checkbox is ``field___code`` with 1 or 0.
        event: Unique event name, '' in a classic project.
        form: The repeating form whose instance the row is; '' for a base row and for a repeating event.
        instance: Its number; 1 where nothing repeats.
    """

    values: Mapping[str, str]
    event: str = ""
    form: str = ""
    instance: int = 1


@dataclass(frozen=True)
class FormPage:
    """A form to show.

    Attributes:
        project: The project it belongs to.
        form: Its name.
        place: Record, event, instance.
        values: What it holds, as in :class:`Row`; its own columns only.
        rows: What else the record holds; read by branching, calculations and piping.
        languages: Languages of the page, those of the dictionary's own texts first.
        language: Key of the one to begin with; '' for the first.
        readonly: Whether nothing may be entered.
        readonly_fields: Fields that may not be changed though the form may.
        smart: Smart variables by name (``user-name``, ``record-dag-name`` …); those of record, event and
            instance are known from the place.
        now: What 'now' and 'today' mean; None for the clock of the browser.
        links: Addresses of the record's other forms in this event and instance, by form name; where a text
            links to a form that is not among them, its words stand alone.
        remarks: What stands below the label of a field, by variable name; nothing where none is given.
    """

    project: Project
    form: str
    place: Place = Place()
    values: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    languages: tuple[Language, ...] = (ENGLISH,)
    language: str = ""
    readonly: bool = False
    readonly_fields: frozenset[str] = frozenset()
    smart: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None
    remarks: Mapping[str, Markup] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown_language(self) -> str:
        """Key of the language that the page begins with."""
        return self.language or self.languages[0].key

    @property
    def filled(self) -> bool:
        """Whether anything is stored in the form, so that defaults no longer apply."""
        return any(self.values.values())

    @property
    def status_column(self) -> str:
        """Column of the form status."""
        return f"{self.form}_complete"
