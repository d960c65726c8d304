"""What a mapping says of the study's project, held against the project as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.mapping.model import FormSource, Source
from redcap_licats.mapping.names import Names
from redcap_licats.protocol.problems import suggest
from redcap_licats.sync.finding import Finding, Harm, some

_HOLDS_NOTHING = frozenset({FieldType.DESCRIPTIVE, FieldType.FILE})


def mapping_findings(names: Names, settings: ProjectSettings) -> Iterator[Finding]:
    """Name forms, fields and codes of the study's that are not as the mapping says, and what has no source."""
    where = str(settings.mapping)
    for form, number, source in names.sources:
        key = f"form.{form}" + (f".{number + 1}" if number else "")
        yield from _source_findings(names, form, source, f"{where}: {key}")
    standing = frozenset(names.standing.values())
    for form in sorted(names.said.replaced & standing):
        if names.ours.forms[form].instrument.repeats:
            yield Finding(
                "MAPPING-BOTH",
                Harm.READING,
                f"Our form {form} is in the project, and the mapping says that another stands in for it",
                f"{where}: form.{form}",
                "Take our form out of the project, or the table out of the mapping.",
            )
    yield from _event_findings(names, where)
    for form, several in names.lacking.items():
        yield Finding(
            "MAPPING-LACKS",
            Harm.HARMLESS,
            f"{len(several)} concepts of our form {form} have no source: {some(several)}",
            f"{where}: form.{form}",
            "None needed: nobody is asked for them, and they count as blank. Give each a field, if there is one.",
        )


def _source_findings(names: Names, form: str, source: FormSource, where: str) -> Iterator[Finding]:
    live, columns = names.live, names.ours.columns(form)
    if source.form not in live.forms:
        yield Finding(
            "MAPPING-THEIRS",
            Harm.READING,
            f"The project has no form '{source.form}'",
            where,
            suggest(source.form, live.forms),
        )
        return
    for concept, one in source.field.items():
        # one answer of a checkbox of ours has no codes of its own
        mine = None if "___" in concept else columns[concept]
        yield from _field_findings(names, mine, one, f"{where}.field.{concept}")
    if not any(
        live[name].form == source.form
        for one in source.field.values()
        if (name := one.field.partition("___")[0]) in live
    ):
        yield Finding(
            "MAPPING-THEIRS",
            Harm.READING,
            f"None of the fields stands on the form '{source.form}', so nothing tells that a row of it was begun",
            where,
            "Map at least one field of the form itself.",
        )


def _field_findings(names: Names, mine: Field | None, one: Source, where: str) -> Iterator[Finding]:
    name, _, option = one.field.partition("___")
    field = names.live.by_name.get(name)
    if field is None or field.type in _HOLDS_NOTHING or (option and one.field not in field.columns):
        known: Mapping[str, object] = field.columns if field and option else names.live.by_name
        what = f"The project has no field '{one.field}'" if field is None or option else f"'{name}' holds no value"
        yield Finding("MAPPING-THEIRS", Harm.READING, what, where, suggest(one.field, known))
        return
    if one.take and not field.validation.startswith("datetime"):
        yield Finding(
            "MAPPING-TYPE",
            Harm.READING,
            f"'{name}' does not hold date and time, so no part of it can be taken",
            where,
            "Take 'take' out.",
        )
    if mine and mine.validation.startswith("date_") and field.validation.startswith("datetime") and not one.take:
        yield Finding(
            "MAPPING-TYPE",
            Harm.READING,
            f"'{name}' holds date and time, and our field the date only",
            where,
            'Add take = "date".',
        )
    if not option:
        yield from _code_findings(names, field, mine, one, where)


def _code_findings(names: Names, field: Field, mine: Field | None, one: Source, where: str) -> Iterator[Finding]:
    """Both ways: answers of theirs that mean nothing, and codes that their field does not have."""
    missing = names.said.missing
    if one.codes is None:
        foreign = [code for code in field.choices if code not in missing and mine and code not in mine.choices]
        if mine and mine.choices and foreign:
            yield Finding(
                "MAPPING-CODES",
                Harm.READING,
                f"Our field has no answers with these codes of '{field.name}': {some(foreign)}",
                where,
                f"Add 'codes'; ours are {some(mine.choices)}.",
            )
        return
    if not field.choices:
        return
    if unsaid := [code for code in field.choices if code not in one.codes and code not in missing]:
        yield Finding(
            "MAPPING-CODES",
            Harm.READING,
            f"The mapping does not say what these answers of '{field.name}' mean: {some(unsaid)}",
            where,
            "Add each to 'codes'; \"\" for one that says nothing to us.",
        )
    if unknown := [code for code in one.codes if code not in field.choices]:
        yield Finding(
            "MAPPING-CODES",
            Harm.READING,
            f"'{field.name}' has no answers with these codes: {some(unknown)}",
            where,
            suggest(unknown[0], field.choices),
        )


def _event_findings(names: Names, where: str) -> Iterator[Finding]:
    """Compare where our forms are to stand with where they do."""
    known = {one.unique_name: one for one in names.events}
    for form, events in names.said.events.items():
        theirs = f"{names.prefix}{form}"
        if unknown := [event for event in events if event not in known]:
            what = f"The project has no event '{unknown[0]}'"
            remedy = suggest(unknown[0], known) if known else "Take the events out: the project has none."
            yield Finding("MAPPING-EVENTS", Harm.READING, what, f"{where}: events.{form}", remedy)
        elif lacking := [event for event in events if theirs not in known[event].forms]:
            yield Finding(
                "MAPPING-EVENTS",
                Harm.READING,
                f"The form {theirs} does not stand in {some(lacking)}",
                f"{where}: events.{form}",
                "Designate it on the page 'Designate Instruments for My Events', or correct the mapping.",
            )
