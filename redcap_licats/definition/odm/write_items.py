"""``FormDef``, ``ItemGroupDef``, ``ItemDef`` and ``CodeList`` of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from redcap_licats.definition.model import Attributes, Field, FieldType, Project
from redcap_licats.definition.odm.layout import Item, ItemGroup, form_labels, item_groups
from redcap_licats.definition.odm.markup import block, empty, escape, kept, leaf
from redcap_licats.definition.odm.names import FIELD_TYPE_NAMES, GROUP_ITEM, IDENTIFIER_ITEM, validation_to_xml
from redcap_licats.definition.validation import VALIDATIONS

_ADDED_LABELS = {GROUP_ITEM: "Data Access Group", IDENTIFIER_ITEM: "Survey Identifier"}
_CODED = (FieldType.RADIO, FieldType.DROPDOWN, FieldType.SQL)
_TWO_VALUED = (FieldType.CHECKBOX, FieldType.YESNO, FieldType.TRUEFALSE)
_NO_LIMIT = "no limit"


def item_lines(project: Project) -> Iterator[str]:
    """Write the definitions of forms, item groups, items and code lists."""
    by_form = item_groups(project)
    groups = [group for groups in by_form.values() for group in groups]
    items = [item for group in groups for item in group.items]
    for form, label in form_labels(project).items():
        yield from _form(form, label, by_form[form])
    for group in groups:
        yield from _group(group)
    for item in items:
        yield from _item(item, project.field_extras.get(item.variable))
    for item in items:
        if item.field is not None:
            yield from _code_list(item.oid, item.field)


def _form(form: str, label: str, groups: Iterable[ItemGroup]) -> list[str]:
    refs = [empty("ItemGroupRef", {"ItemGroupOID": group.oid, "Mandatory": "No"}) for group in groups]
    return block(
        "FormDef", {"OID": f"Form.{form}", "Name": label, "Repeating": "No", "redcap:FormName": form}, refs
    )


def _group(group: ItemGroup) -> list[str]:
    refs = [
        empty("ItemRef", {"ItemOID": item.oid, "Mandatory": "No", "redcap:Variable": item.variable})
        for item in group.items
    ]
    return block("ItemGroupDef", {"OID": group.oid, "Name": group.name, "Repeating": "No"}, refs)


def _item(item: Item, extra: Attributes | None) -> list[str]:
    field = item.field
    if field is None:
        label = _ADDED_LABELS.get(item.oid, "Survey Timestamp")
        kind = {"DataType": "text" if item.oid in _ADDED_LABELS else "datetime", "Length": "999"}
        attributes = {"OID": item.oid, "Name": item.oid, **kind, "redcap:Variable": item.variable}
        return block("ItemDef", attributes, [f"<Question>{leaf('TranslatedText', label)}</Question>"])
    attributes = {"OID": item.oid, "Name": item.oid, **_kind(field), "redcap:Variable": item.variable}
    attributes |= _properties(field)
    lines = [f"<Question>{leaf('TranslatedText', field.label)}</Question>"]
    if field.choices:
        lines.append(empty("CodeListRef", {"CodeListOID": f"{item.oid}.choices"}))
    lines += _range_checks(field)
    if extra is not None:
        attributes |= extra.attributes
        lines += (line for child in extra.children for line in kept(child))
    return block("ItemDef", attributes, lines)


def _kind(field: Field) -> dict[str, str]:
    """Give data type and length."""
    if field.type in _TWO_VALUED:
        return {"DataType": "boolean", "Length": "1"}
    if field.type in _CODED:
        return {"DataType": "text", "Length": str(max(map(len, field.choices), default=1))}
    known = VALIDATIONS.get(field.validation) if field.type is FieldType.TEXT else None
    data_type = {FieldType.CALC: "float", FieldType.SLIDER: "integer"}.get(
        field.type, known.data_type if known else "text"
    )
    digits = {"SignificantDigits": "1"} if known is not None and known.name == "number" else {}
    return {"DataType": data_type, "Length": "999"} | digits


def _properties(field: Field) -> dict[str, str]:
    """Give REDCap's own attributes, without those that are blank."""
    properties = {
        "FieldType": FIELD_TYPE_NAMES[field.type],
        "TextValidationType": validation_to_xml(field),
        "OntologySearch": field.choices_or_calculations if field.type is FieldType.TEXT else "",
        "SliderLabels": field.choices_or_calculations if field.type is FieldType.SLIDER else "",
        "FieldNote": field.note,
        "SectionHeader": field.section_header,
        "Calculation": field.choices_or_calculations if field.type is FieldType.CALC else "",
        "BranchingLogic": field.branching_logic,
        "Identifier": "y" if field.identifier else "",
        "RequiredField": "y" if field.required else "",
        "CustomAlignment": field.alignment,
        "QuestionNumber": field.question_number,
        "MatrixGroupName": field.matrix_group,
        "MatrixRanking": "y" if field.matrix_ranking else "",
        "FieldAnnotation": field.annotation,
    }
    return {f"redcap:{name}": value for name, value in properties.items() if value}


def _range_checks(field: Field) -> Iterator[str]:
    limits = f"{field.minimum or _NO_LIMIT} - {field.maximum or _NO_LIMIT}"
    message = (
        f"The value you provided is outside the suggested range ({limits}). "
        "This value is admissible, but you may wish to double check it."
    )
    for comparator, limit in (("GE", field.minimum), ("LE", field.maximum)):
        if limit:
            yield from block(
                "RangeCheck",
                {"Comparator": comparator, "SoftHard": "Soft"},
                [leaf("CheckValue", limit), f"<ErrorMessage>{leaf('TranslatedText', message)}</ErrorMessage>"],
            )


def _code_list(oid: str, field: Field) -> list[str]:
    if not field.choices:
        return []
    attributes = {
        "OID": f"{oid}.choices",
        "Name": oid,
        "DataType": "boolean" if field.type in _TWO_VALUED else "text",
        "redcap:Variable": field.name,
    }
    options: Mapping[str, str] = field.choices
    if field.type is FieldType.CHECKBOX:
        attributes["redcap:CheckboxChoices"] = field.choices_or_calculations
        options = {"1": "Checked", "0": "Unchecked"}
    return block("CodeList", attributes, [_option(code, label) for code, label in options.items()])


def _option(code: str, label: str) -> str:
    text = leaf("TranslatedText", label)
    return f'<CodeListItem CodedValue="{escape(code)}"><Decode>{text}</Decode></CodeListItem>'
