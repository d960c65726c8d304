"""Our forms as a study's project holds them: other names, events, and some of the study's own in their place.

Every reference follows: in branching, calculations, texts that are piped, annotations, labels of instances.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from redcap_licats.definition.logic import Reference, SmartVariable
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project, Repeat
from redcap_licats.definition.rewrite import Change, rewrite_field, rewrite_logic, rewrite_text
from redcap_licats.errors import ConfigError
from redcap_licats.forms.across_events import Nowhere, in_logic, in_text, targets

_LONGEST = 100
"""Characters of a name, by REDCap's own rule; ours of 26 holds before the prefix."""


@dataclass(frozen=True)
class Placement:
    """Where our forms go in a study.

    Attributes:
        prefix: Stands before every form and field name of ours; '' for none.
        left_out: Our forms that the study does not get: it has its own, or none.
        given: Our fields that the study's own forms give, also where the rest of their form is ours.
        fields: Our field to the study's own field of the same meaning, for references to forms left out.
        events: Our form to the unique names of the events it stands in; those not named stay where they stand.
        elsewhere: Events of forms that are neither named nor in the project yet.
    """

    prefix: str = ""
    left_out: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Something of ours that cannot be as it is meant in the study, and what was done about it."""

    form: str
    field: str
    what: str


@dataclass(frozen=True)
class Placed:
    """Our forms alone, by the names and events they have in the study.

    Attributes:
        project: Forms, fields, events and repeats of ours; its dictionary has no record id.
        names: Our name of every form and field to that in the study.
        unplaced: What could not be placed as it is meant.
    """

    project: Project
    names: Mapping[str, str]
    unplaced: tuple[Unplaced, ...]


def place(project: Project, placement: Placement, live: Project) -> Placed:
    """Give our forms as they go into a study.

    Raises:
        ConfigError: A name becomes too long, an event is not the study's, or a form that must repeat stands in an
            event that repeats as a whole.
    """
    record_id = project.dictionary.record_id_field
    forms = [form for form in project.dictionary.forms if form not in placement.left_out]
    kept_out = {record_id, *placement.given}
    fields = [one for one in project.dictionary if one.form in forms and one.name not in kept_out]
    names = _names(project, placement, forms, fields, live)
    events = _events(forms, placement, live)
    repeats = tuple(_repeats(project, forms, events, live))
    work = _Work(project.dictionary, names, events, live)
    placed = [new for one in fields if (new := work.field(one))]
    return Placed(
        replace(
            project,
            dictionary=DataDictionary(_with_headers(fields, placed, names)),
            form_labels={names[form]: project.form_labels[form] for form in forms},
            arms=live.arms,
            events=tuple(
                replace(
                    event,
                    forms=tuple(names[form] for form in forms if event.unique_name in events.get(form, ())),
                )
                for event in live.events
            ),
            longitudinal=live.longitudinal,
            repeats=tuple(
                Repeat(names[one.form], one.event, work.text(one.form, one.custom_label)) for one in repeats
            ),
        ),
        names,
        tuple(work.unplaced),
    )


def _names(
    project: Project, placement: Placement, forms: list[str], fields: list[Field], live: Project
) -> dict[str, str]:
    """Give the name in the study of every form, field and form status of ours that is read there."""
    prefix = placement.prefix
    names = {form: f"{prefix}{form}" for form in forms}
    names |= {f"{form}_complete": f"{prefix}{form}_complete" for form in forms}
    names |= {one.name: f"{prefix}{one.name}" for one in fields}
    names[project.dictionary.record_id_field] = live.dictionary.record_id_field
    if long := [name for name in names.values() if len(name) > _LONGEST]:
        raise ConfigError(
            "PLACE-NAME",
            f"With the prefix {prefix!r} {len(long)} names have more than {_LONGEST} characters: {long[0]}",
            where="prefix",
            remedy="Choose a shorter prefix.",
        )
    return {**placement.fields, **names}


def _events(forms: list[str], placement: Placement, live: Project) -> dict[str, tuple[str, ...]]:
    if not live.longitudinal:
        return {}
    known = [event.unique_name for event in live.events]
    events: dict[str, tuple[str, ...]] = {}
    nowhere = []
    for form in forms:
        name = f"{placement.prefix}{form}"
        stands = tuple(event.unique_name for event in live.events if name in event.forms)
        wanted = placement.events.get(form) or stands or placement.elsewhere
        if unknown := [name for name in wanted if name not in known]:
            raise ConfigError(
                "PLACE-EVENT",
                f"The project has no event {unknown[0]!r}",
                where=f"events of the form {form}",
                remedy=f"Name one of {', '.join(known)}.",
            )
        if not wanted:
            nowhere.append(form)
        events[form] = tuple(name for name in known if name in wanted)
    if nowhere:
        raise ConfigError(
            "PLACE-NO-EVENT",
            f"{len(nowhere)} forms go into no event, so nobody could open them: {', '.join(nowhere)}",
            where="mapping",
            remedy=f"Say in its table [events] into which of {', '.join(known)} each goes.",
        )
    return events


def _repeats(
    project: Project, forms: list[str], events: Mapping[str, tuple[str, ...]], live: Project
) -> Iterator[Repeat]:
    whole = {one.event for one in live.repeats if not one.form}
    for one in project.repeats:
        if one.form not in forms:
            continue
        for event in events.get(one.form, ("",)):
            if event in whole and live.longitudinal:
                raise ConfigError(
                    "PLACE-REPEATS",
                    f"The form {one.form} repeats, and the event {event} repeats as a whole",
                    where=f"events of the form {one.form}",
                    remedy="Put the form into an event that does not repeat.",
                )
            yield replace(one, event=event)


def _with_headers(fields: list[Field], placed: list[Field], names: Mapping[str, str]) -> tuple[Field, ...]:
    """Give the header of a field that was dropped to the next one of its form, unless that has its own."""
    by_name = {one.name: one for one in placed}
    result: list[Field] = []
    waiting, form = "", ""
    for one in fields:
        if one.form != form:
            waiting, form = "", one.form
        new = by_name.get(names[one.name])
        if new is None:
            waiting = one.section_header or waiting
            continue
        result.append(replace(new, section_header=waiting) if waiting and not new.section_header else new)
        waiting = ""
    return tuple(result)


class _Work:
    """Renames fields one by one and notes what cannot be placed."""

    def __init__(
        self,
        ours: DataDictionary,
        names: Mapping[str, str],
        events: Mapping[str, tuple[str, ...]],
        live: Project,
    ) -> None:
        self._ours = ours
        self._names = names
        self._known = frozenset({*names, *ours.by_name, *(f"{form}_complete" for form in ours.forms)})
        self._events = events
        self._live = live
        self.unplaced: list[Unplaced] = []

    def field(self, one: Field) -> Field | None:
        """Give a field by its new names; None if it is computed from what the study does not have."""
        new = replace(
            one,
            name=self._names[one.name],
            form=self._names[one.form],
            matrix_group=f"{self._prefix_of(one)}{one.matrix_group}" if one.matrix_group else "",
        )
        try:
            new = replace(new, branching_logic=rewrite_logic(one.branching_logic, self._logic(one.form)))
        except Nowhere as missing:
            self._note(
                one, f"is always shown: its branching logic reads [{missing}], which the study does not have"
            )
            new = replace(new, branching_logic="")
        branching, new = new.branching_logic, replace(new, branching_logic="")
        try:
            new = rewrite_field(new, self._logic(one.form), lambda named: self._pipe(one, named), self._known)
        except Nowhere as missing:
            self._note(one, f"is left out: it is computed from [{missing}], which the study does not have")
            return None
        return replace(new, branching_logic=branching)

    def text(self, form: str, text: str) -> str:
        """Give a text of a form by the new names."""
        own = Field(name=form, form=form, type=FieldType.DESCRIPTIVE)
        return rewrite_text(text, lambda named: self._pipe(own, named), self._known)

    def _prefix_of(self, one: Field) -> str:
        return self._names[one.name].removesuffix(one.name)

    def _logic(self, form: str) -> Change:
        return lambda named: in_logic(self._renamed(named), self._targets(form, named))

    def _pipe(self, one: Field, named: Reference | SmartVariable) -> str:
        if isinstance(named, SmartVariable) and named.name == "form-link" and not self._leads(one.form, named):
            form, words = named.parameters[0], named.parameters[-1]
            self._note(one, f"a text of it no longer links to {form}, which does not stand in all of its events")
            return words
        try:
            return in_text(self._renamed(named), self._targets(one.form, named))
        except Nowhere as missing:
            self._note(one, f"a text of it no longer shows [{missing}], which the study does not have")
            return ""

    def _leads(self, reader: str, link: SmartVariable) -> bool:
        """Say whether a link to a form of the same event leads to one wherever it is read."""
        form = link.parameters[0] if link.parameters else ""
        return form in self._names and {*self._events.get(reader, ())} <= {*self._events.get(form, ())}

    def _renamed(self, named: Reference | SmartVariable) -> Reference | SmartVariable:
        if isinstance(named, SmartVariable):
            return replace(named, parameters=tuple(self._names.get(one, one) for one in named.parameters))
        if named.field not in self._names:
            raise Nowhere(named.field)
        return replace(named, field=self._names[named.field])

    def _targets(self, form: str, named: Reference | SmartVariable) -> Mapping[int, str]:
        """Give the event to name in each arm; nothing where the field stands beside the reader."""
        if isinstance(named, SmartVariable) or named.event or not self._live.longitudinal:
            return {}
        return targets(self._events[form], self._events_of(named.field), self._live.events, named.field)

    def _events_of(self, name: str) -> tuple[str, ...]:
        stem = name.removesuffix("_complete")
        form = stem if stem in self._events else self._ours[name].form if name in self._ours else ""
        if form in self._events:
            return self._events[form]
        # the study's own field; the record id stands everywhere
        own = self._names[name]
        if own == self._live.dictionary.record_id_field:
            return tuple(event.unique_name for event in self._live.events)
        home = self._live.dictionary.by_name[own].form if own in self._live.dictionary else ""
        return tuple(event.unique_name for event in self._live.events if home in event.forms)

    def _note(self, one: Field, what: str) -> None:
        note = Unplaced(one.form, one.name, what)
        if note not in self.unplaced:
            self.unplaced.append(note)
