"""All that runs on a page: the logic language's runtime, what every form does, and these forms' own logic."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.logic import Reference
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.definition.piping import pipe_data, pipes
from redcap_licats.pages.assets import BEHAVIOUR
from redcap_licats.pages.checks import validations
from redcap_licats.pages.dates import date_order, date_pattern
from redcap_licats.pages.embed import literal
from redcap_licats.pages.formulas import Formulas, formulas
from redcap_licats.pages.items import RADIOS
from redcap_licats.pages.logic import RUNTIME
from redcap_licats.pages.model import FormPage, Row
from redcap_licats.pages.safe import plain
from redcap_licats.pages.texts import page_texts
from redcap_licats.pages.wording import choice_label, piped_fields

#: texts of the pages that the script shows
_CHOICES = (*RADIOS, FieldType.DROPDOWN, FieldType.CHECKBOX)


def page_script(pages: Sequence[FormPage]) -> str:
    """Give the script for one or more forms of one record, to stand at the end of the page.

    The forms share project, record, languages and rows: those of the first count.
    """
    start = f"start({_configuration(pages)});"
    return f'{RUNTIME}\n(() => {{\n"use strict";\nconst L = licatsLogic;\n{BEHAVIOUR}\n{start}\n}})();\n'


def _configuration(pages: Sequence[FormPage]) -> str:
    first = pages[0]
    project = first.project
    known = {page.form: formulas(project, page.form) for page in pages}
    concerned = {field.name: field for field in _concerned(pages, known)}
    now = first.now
    settings: dict[str, object] = {
        "recordId": project.dictionary.record_id_field,
        "record": first.place.record,
        "language": first.shown_language,
        "languages": [language.key for language in first.languages],
        "displays": {language.key: language.display for language in first.languages},
        "texts": {language.key: dict(page_texts(language.key)) for language in first.languages},
        "missing": {code: _missing(first, code) for code in project.missing_data_codes},
        "smart": dict(first.smart),
        "now": None if now is None else [now.year, now.month, now.day, now.hour, now.minute, now.second],
        "keepsHidden": project.settings.get("PreventBranchingEraseValues") == "1",
        "rows": [
            {"event": row.event, "form": row.form, "instance": row.instance, "values": _told(row, concerned)}
            for row in first.rows
        ],
        "fields": {name: _known(first, field) for name, field in concerned.items()},
        **_arrangement(first),
    }
    parts = [f"{literal(key)}: {literal(value)}" for key, value in settings.items()]
    parts.append(f'"validations": {validations(field for page in pages for field in _fields(page))}')
    forms = ",\n".join(_form(page, known[page.form]) for page in pages)
    return "{\n" + ",\n".join(parts) + f',\n"forms": [\n{forms}\n]\n}}'


def _told(row: Row, concerned: Container[str]) -> dict[str, str]:
    """Give of a row only what the page reads: the reader may have no right to the rest."""
    return {column: value for column, value in row.values.items() if column.partition("___")[0] in concerned}


def _fields(page: FormPage) -> tuple[Field, ...]:
    return page.project.dictionary.forms.get(page.form, ())


def _form(page: FormPage, known: Formulas) -> str:
    facts = {
        "form": page.form,
        "event": page.place.event,
        "instance": page.place.instance,
        "filled": page.filled,
        "readonly": page.readonly,
    }
    fields = ",\n".join(_field(page, field, known) for field in _fields(page))
    return (
        "{"
        + ", ".join(f"{literal(key)}: {literal(value)}" for key, value in facts.items())
        + f', "fields": [\n{fields}]}}'
    )


def _field(page: FormPage, field: Field, known: Formulas) -> str:
    tags = action_tags(field.annotation)
    facts: dict[str, object] = {
        "name": field.name,
        "validation": field.validation,
        "order": date_order(field.validation),
        "pattern": date_pattern(field.validation),
        "minimum": _limit(field.minimum, page),
        "maximum": _limit(field.maximum, page),
        "required": field.required,
        "tags": dict(tags),
    }
    if "@DEFAULT" in tags:
        facts["start"] = _segments(tags["@DEFAULT"], page)
    if always := tags.get("@SETVALUE") or tags.get("@PREFILL"):
        facts["always"] = _segments(always, page)
    parts = [f"{literal(key)}: {literal(value)}" for key, value in facts.items()]
    for name, functions in (("branch", known.branching), ("calc", known.computed)):
        if code := functions.get(field.name):
            parts.append(f'"{name}": {code}')
    return "{" + ", ".join(parts) + "}"


def _limit(text: str, page: FormPage) -> object:
    segments = _segments(text, page)
    return segments[0] if len(segments) == 1 else text


def _segments(text: str, page: FormPage) -> list[object]:
    return [one if isinstance(one, str) else pipe_data(one) for one in pipes(text, page.project.dictionary)]


def _missing(page: FormPage, code: str) -> Mapping[str, str]:
    label = page.project.missing_data_codes[code]
    return {one.key: plain(one.missing_codes.get(code) or label) for one in page.languages}


def _known(page: FormPage, field: Field) -> dict[str, object]:
    """Tell what the script has to know of a field beyond its form: where it stands and how its value is told."""
    facts: dict[str, object] = {
        "form": field.form,
        "order": date_order(field.validation),
        "kind": field.type.value,
    }
    if field.type in _CHOICES:
        facts["choices"] = {
            code: {one.key: plain(choice_label(field, code, one)) for one in page.languages}
            for code in field.choices
        }
    return facts


def _concerned(pages: Sequence[FormPage], known: Mapping[str, Formulas]) -> Iterable[Field]:
    """Give the fields that logic or a text of the pages reads, in the order of the dictionary."""
    read = {name for page in pages for name in (*known[page.form].reads, *piped_fields(page))}
    project = pages[0].project
    read |= {
        one.field
        for page in pages
        for field in _fields(page)
        for text in (field.minimum, field.maximum, *action_tags(field.annotation).values())
        for one in pipes(text, project.dictionary)
        if isinstance(one, Reference)
    }
    status = {f"{form}_complete": form for form in project.form_labels}
    yield from (field for field in project.dictionary if field.name in read)
    yield from (Field(name, form, FieldType.TEXT) for name, form in status.items() if name in read)


def _arrangement(page: FormPage) -> dict[str, object]:
    """Tell events and repeats; a classic project has one event, whose name is ''."""
    project = page.project
    events = project.events if project.longitudinal else ()
    names = [event.unique_name for event in events] or [""]
    forms: dict[str, list[str]] = {name: [] for name in names}
    whole: list[str] = []
    for repeat in project.repeats:
        for name in names if not (project.longitudinal and repeat.event) else [repeat.event]:
            if repeat.form and name in forms:
                forms[name].append(repeat.form)
            elif not repeat.form:
                whole.append(name)
    return {
        "events": [{"name": one.unique_name, "arm": one.arm, "label": one.name} for one in events],
        "repeatingForms": forms,
        "repeatingEvents": whole,
    }
