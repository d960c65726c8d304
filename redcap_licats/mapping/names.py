"""Our names and the study's: forms, fields, places of cells, in both directions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from redcap_licats.definition.model import DataDictionary, Event, Field, FieldType, Repeat
from redcap_licats.mapping.model import FormSource
from redcap_licats.mapping.model import Mapping as Said
from redcap_licats.mapping.ours import Ours
from redcap_licats.subject.base import Place

#: between the instances of two forms of the study's that stand in for one of ours: REDCap has no more of a form
BLOCK = 100_000


class Names:
    """A study's names for what is ours.

    Args:
        said: The mapping.
        ours: Our forms.
        live: The study's data dictionary.
        events: Its events; empty in a classic project.
    """

    def __init__(self, said: Said, ours: Ours, live: DataDictionary, events: Sequence[Event]) -> None:
        self.said = said
        self.ours = ours
        self.live = live
        self.events = tuple(events)
        self._prefixed = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(said.prefix)}(?=[a-z])")

    @property
    def prefix(self) -> str:
        """What stands before our names; '' for nothing."""
        return self.said.prefix

    @cached_property
    def standing(self) -> Mapping[str, str]:
        """Those of our forms that the project has: their name there -> ours."""
        named = {f"{self.prefix}{form}": form for form in self.ours.forms}
        own = {one.form for sources in self.said.form.values() for one in sources}
        return {theirs: form for theirs, form in named.items() if theirs in self.live.forms and theirs not in own}

    @cached_property
    def instead(self) -> frozenset[str]:
        """Our forms that are not in the project and that the study's own stand in for."""
        return self.said.replaced - frozenset(self.standing.values())

    @cached_property
    def sources(self) -> tuple[tuple[str, int, FormSource], ...]:
        """Every form of the study's that stands in for one of ours: ours, its number, what is said of it."""
        return tuple(
            (form, number, one) for form, several in self.said.form.items() for number, one in enumerate(several)
        )

    @cached_property
    def provided(self) -> frozenset[str]:
        """Our variables that the study's own forms give, or that hold a constant."""
        return frozenset(
            self.ours.column(form, concept).partition("___")[0]
            for form, _, one in self.sources
            for concept in (*one.field, *one.constant, *_units(one))
        )

    @cached_property
    def lacking(self) -> Mapping[str, tuple[str, ...]]:
        """Concepts of our forms that no form of the study gives, by form."""
        lacking = {
            form: tuple(
                concept
                for concept in self.ours.fields(form)
                if self.ours.column(form, concept) not in self.provided
            )
            for form in sorted(self.instead)
        }
        return {form: several for form, several in lacking.items() if several}

    @cached_property
    def unmapped(self) -> frozenset[str]:
        """Our variables that nobody in this study can fill in."""
        return frozenset(self.ours.column(form, one) for form, several in self.lacking.items() for one in several)

    # --- the project in our words ---------------------------------------------------------------------

    def dictionary(self) -> DataDictionary:
        """Give the record id and our forms by our names; forms of the study's own are left out."""
        fields = [self.live[self.live.record_id_field]]
        for one in self.live:
            if one.form in self.standing and one.name != self.live.record_id_field:
                fields.append(self._our_field(one))
        first = self.standing.get(fields[0].form, "")
        return DataDictionary((replace(fields[0], form=first or fields[0].form), *fields[1:]))

    def _our_field(self, one: Field) -> Field:
        return replace(
            one,
            name=one.name.removeprefix(self.prefix),
            form=self.standing[one.form],
            branching_logic=self.unprefixed(one.branching_logic),
            choices_or_calculations=self.unprefixed(one.choices_or_calculations)
            if one.type is FieldType.CALC
            else one.choices_or_calculations,
            annotation=self.unprefixed(one.annotation),
            label=self.unprefixed(one.label),
            note=self.unprefixed(one.note),
            section_header=self.unprefixed(one.section_header),
        )

    def unprefixed(self, text: str) -> str:
        """Give a text with our names as we write them."""
        return self._prefixed.sub("", text) if self.prefix else text

    def prefixed(self, text: str) -> str:
        """Give a text with our forms and fields as they are named in the project."""
        return self._ours.sub(rf"{self.prefix}\g<0>", text) if self.prefix else text

    @cached_property
    def _ours(self) -> re.Pattern[str]:
        known = sorted({*self.ours.forms, *self.ours.dictionary.by_name} - {self.ours.dictionary.record_id_field})
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, known))})\b")

    def repeats_of(self, repeats: Sequence[Repeat]) -> tuple[Repeat, ...]:
        """Give the repeating set-up of our forms by our names."""
        return tuple(
            replace(one, form=self.standing[one.form]) if one.form else one
            for one in repeats
            if not one.form or one.form in self.standing
        )

    def events_of(self) -> tuple[Event, ...]:
        """Give the events with our forms by our names."""
        return tuple(
            replace(one, forms=tuple(self.standing[form] for form in one.forms if form in self.standing))
            for one in self.events
        )

    def our_column(self, column: str) -> str:
        """Give our name of a column of one of our forms."""
        return column.removeprefix(self.prefix)

    # --- places ---------------------------------------------------------------------------------------

    def theirs(self, place: Place, field: str) -> tuple[Place, str]:
        """Tell where a cell of ours stands in the project: form, instance, event, and the field."""
        number, instance = divmod(place.instance - 1, BLOCK)
        sources = self.said.form.get(place.form, ())
        if number < len(sources):
            source = sources[number]
            concept = field.removeprefix(f"{self.ours.forms[place.form].stem}_")
            found = source.field.get(concept) or source.field.get(re.sub("_(unit|cens|nd)$", "_val", concept))
            if found or place.form in self.instead:
                column = found.field if found else next(iter(source.field.values())).field
                if field == f"{place.form}_complete":
                    column = f"{source.form}_complete"
                name = column.partition("___")[0]
                form = self.live[name].form if name in self.live else source.form
                return Place(form, instance + 1, self.beside(form, place.event)), name
        if place.form not in self.ours.forms:
            return place, field
        form = f"{self.prefix}{place.form}"
        event = self.beside(form, place.event) if place.form in self.said.form else place.event
        return Place(form, place.instance, event), f"{self.prefix}{field}" if field else field

    def ours_of(self, place: Place, field: str) -> tuple[Place, str]:
        """Tell which cell of ours a cell of the project is; one that is none of ours stays as it is."""
        if place.form in self.standing:
            return place._replace(form=self.standing[place.form]), self.our_column(field)
        for form, number, source in self.sources:
            if source.form != place.form and (field not in self.live or self.live[field].form != place.form):
                continue
            for concept, one in source.field.items():
                if one.field.partition("___")[0] == field:
                    return self._our_place(form, number, place), self.ours.column(form, concept).partition("___")[
                        0
                    ]
        for form, number, source in self.sources:
            if source.form == place.form:
                return self._our_place(form, number, place), ""
        return place, field

    def _our_place(self, form: str, number: int, place: Place) -> Place:
        if not self.ours.forms[form].instrument.repeats:
            return Place(form, 1, self.home(form, place.event))
        return Place(form, place.instance + BLOCK * number, place.event)

    def home(self, form: str, event: str) -> str:
        """Give the event of our row of a form that does not repeat: where ours stands, else where theirs does."""
        if form in self.instead:
            return event
        return self.beside(f"{self.prefix}{form}", event)

    def beside(self, form: str, event: str) -> str:
        """Give the event of a form that is read beside an event: the same, else the first of the same arm."""
        here = next((one for one in self.events if one.unique_name == event), None)
        if here is None or form in here.forms:
            return event
        of_arm = (one.unique_name for one in self.events if one.arm == here.arm and form in one.forms)
        return next(of_arm, event)


def _units(source: FormSource) -> list[str]:
    return [f"{concept.removesuffix('_val')}_unit" for concept, one in source.field.items() if one.unit]
