"""``ClinicalData`` of a project.

As REDCap does, all checkbox options are written, checked or not, for every form of an event that holds any value.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from redcap_licats.definition.model import Cell, FieldType, Project, export_code
from redcap_licats.definition.odm.layout import Item, ItemGroup, item_groups
from redcap_licats.definition.odm.markup import block, empty, start
from redcap_licats.definition.odm.names import GROUP_ITEM

Place: TypeAlias = tuple[str, int]
"""A form or an event, and its instance."""

Values: TypeAlias = dict[str, str]
"""Written values of a form by item OID."""

Groups: TypeAlias = Mapping[str, Sequence[ItemGroup]]


def data_lines(project: Project, exported: Collection[str] | None = None) -> Iterator[str]:
    """Write every ``SubjectData``, records in the order of their first cell."""
    groups = item_groups(project)
    checkboxes = frozenset(
        one.name
        for one in project.dictionary
        if one.type is FieldType.CHECKBOX and (exported is None or one.name in exported)
    )
    event_order = {one.unique_name: number for number, one in enumerate(project.events)}
    checkbox_forms = _checkbox_forms(project, checkboxes)
    for record, events in _sorted_cells(project, groups).items():
        lines: list[str] = []
        for event, forms in sorted(events.items(), key=lambda item: _position(item[0], event_order)):
            for form in checkbox_forms.get(event[0], ()):
                forms.setdefault((form, 1), {})
            form_lines = _form_lines(forms, groups, checkboxes)
            if project.longitudinal:
                lines += block("StudyEventData", _event_attributes(*event), form_lines)
            else:
                lines += (f"\t{line}" for line in form_lines)
        subject = {"SubjectKey": record, "redcap:RecordIdField": project.dictionary.record_id_field}
        yield from block("SubjectData", subject, lines)


def _checkbox_forms(project: Project, checkboxes: Collection[str]) -> dict[str, list[str]]:
    """Give, by event, the forms with checkboxes that do not repeat."""
    forms = [form for form, own in project.dictionary.forms.items() if any(f.name in checkboxes for f in own)]
    repeats = {(one.form, one.event) for one in project.repeats}
    events = {one.unique_name: one.forms for one in project.events} if project.longitudinal else {"": tuple(forms)}
    return {
        event: [form for form in forms if form in own and (form, event) not in repeats]
        for event, own in events.items()
    }


def _event_attributes(event: str, instance: int) -> dict[str, str]:
    return {
        "StudyEventOID": f"Event.{event}",
        "StudyEventRepeatKey": str(instance),
        "redcap:UniqueEventName": event,
    }


def _position(place: Place, order: Mapping[str, int]) -> tuple[int, str, int]:
    """Order by the project's order, then by instance; what the project does not know comes last."""
    name, instance = place
    return order.get(name, len(order)), name, instance


def _sorted_cells(project: Project, groups: Groups) -> dict[str, dict[Place, dict[Place, Values]]]:
    """Write each cell and sort it by record, event and form."""
    form_of = {item.variable: form for form, own in groups.items() for group in own for item in group.items}
    first_form = next(iter(groups))
    checkboxes = {one.name for one in project.dictionary if one.type is FieldType.CHECKBOX}
    records: dict[str, dict[Place, dict[Place, Values]]] = {}
    for cell in project.cells:
        if cell.repeat_form:
            event, form = (cell.event, 1), (cell.repeat_form, cell.instance)
        else:
            event, form = (cell.event, cell.instance), (form_of.get(cell.field, first_form), 1)
        if cell.record not in records:
            records[cell.record] = defaultdict(lambda: defaultdict(dict))
            if cell.record in project.record_groups:
                line = _item_data(GROUP_ITEM, project.record_groups[cell.record])
                records[cell.record][event][first_form, 1][GROUP_ITEM] = line
        if cell.field in checkboxes:
            oid = f"{cell.field}___{export_code(cell.value)}"
            records[cell.record][event][form][oid] = _item_data(oid, "1")
        else:
            records[cell.record][event][form][cell.field] = _value(cell)
    return records


def _form_lines(forms: Mapping[Place, Values], groups: Groups, checkboxes: Collection[str]) -> list[str]:
    form_order = {form: number for number, form in enumerate(groups)}
    lines: list[str] = []
    for form, instance in sorted(forms, key=lambda place: _position(place, form_order)):
        values = dict(forms[form, instance])
        group_lines: list[str] = []
        for group in groups.get(form, ()):
            group_lines += _group(
                group.oid, [line for item in group.items if (line := _take(item, values, checkboxes))]
            )
        for oid, line in values.items():
            group_lines += _group(f"{form}.{oid}", [line])
        lines += block("FormData", {"FormOID": f"Form.{form}", "FormRepeatKey": str(instance)}, group_lines)
    return lines


def _take(item: Item, values: Values, checkboxes: Collection[str]) -> str:
    """Take the value of an item out of ``values``; an unchecked option is written too."""
    return values.pop(item.oid, _item_data(item.oid, "0") if item.variable in checkboxes else "")


def _group(oid: str, lines: list[str]) -> list[str]:
    return block("ItemGroupData", {"ItemGroupOID": oid, "ItemGroupRepeatKey": "1"}, lines) if lines else []


def _value(cell: Cell) -> str:
    if cell.file is None:
        return _item_data(cell.field, cell.value)
    attributes = {
        "ItemOID": cell.field,
        "redcap:DocName": cell.file.name,
        "redcap:MimeType": cell.file.mime_type,
    }
    content = base64.b64encode(cell.file.content).decode("ascii")
    tag = "ItemDataBase64Binary"
    return f"<{start(tag, attributes)}><![CDATA[{content}]]></{tag}>"


def _item_data(oid: str, value: str) -> str:
    return empty("ItemData", {"ItemOID": oid, "Value": value})
