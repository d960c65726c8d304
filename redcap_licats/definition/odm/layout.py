"""How REDCap lays out a dictionary as item groups: one per section, with the items it adds by itself.

Source: the recorded files; a checkbox is one item per option, a section header starts a group of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redcap_licats.definition.model import Field, FieldType, Project
from redcap_licats.definition.odm.names import GROUP_ITEM, IDENTIFIER_ITEM

STATUS_CHOICES = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the XML: its OID, the variable behind it, the field if the dictionary has one."""

    oid: str
    variable: str
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Items of a form under one section header."""

    form: str
    name: str
    items: tuple[Item, ...]

    @property
    def oid(self) -> str:
        """Name the group after its form and first item."""
        return f"{self.form}.{self.items[0].oid}"


def form_labels(project: Project) -> dict[str, str]:
    """Give the labels of all forms in order, also of those the project names no label for."""
    return {
        **project.form_labels,
        **{form: form for form in project.dictionary.forms if form not in project.form_labels},
    }


def status_field(form: str) -> Field:
    """Give the completion status that REDCap adds to a form."""
    choices = " | ".join(f"{code}, {label}" for code, label in STATUS_CHOICES.items())
    return Field(
        f"{form}_complete",
        form,
        FieldType.DROPDOWN,
        "Complete?",
        section_header="Form Status",
        choices_or_calculations=choices,
    )


def item_groups(project: Project) -> dict[str, tuple[ItemGroup, ...]]:
    """Give the item groups of each form."""
    survey_forms = {one.attributes.get("form_name", "") for one in project.surveys}
    return {
        form: tuple(_groups(project, form, label, is_survey=form in survey_forms))
        for form, label in form_labels(project).items()
    }


def _groups(project: Project, form: str, label: str, *, is_survey: bool) -> Iterator[ItemGroup]:
    timestamp = Item(f"{form}_timestamp", f"{form}_timestamp")
    sections: list[tuple[str, list[Item]]] = [("", [timestamp])] if is_survey else []
    for field in project.dictionary.forms.get(form, ()):
        items = [Item(oid, field.name, field) for oid in field.columns or (field.name,)]
        if field.name == project.dictionary.record_id_field:
            items += _added_to_record_id(project)
            sections.insert(0, (field.section_header, [*items, timestamp] if is_survey else items))
        elif sections and not field.section_header and not sections[-1][0]:
            sections[-1][1].extend(items)
        else:
            sections.append((field.section_header, items))
    for header, items in sections:
        yield ItemGroup(form, header or _name_without_header(items, timestamp, label), tuple(items))
    status = status_field(form)
    yield ItemGroup(form, status.section_header, (Item(status.name, status.name, status),))


def _name_without_header(items: list[Item], timestamp: Item, label: str) -> str:
    """Give the form's label, but nothing where REDCap finds no field by the name of the first item."""
    first = items[0].field
    begins_with_option = first is not None and first.type is FieldType.CHECKBOX
    return "" if begins_with_option or items == [timestamp] else label


def _added_to_record_id(project: Project) -> Iterator[Item]:
    if project.access_groups:
        yield Item(GROUP_ITEM, GROUP_ITEM)
    if project.surveys:
        yield Item(IDENTIFIER_ITEM, IDENTIFIER_ITEM)
