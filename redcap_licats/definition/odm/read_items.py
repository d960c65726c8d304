"""``FormDef``, ``ItemGroupDef``, ``ItemDef`` and ``CodeList``: the data dictionary of a project XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from redcap_licats.definition.model import Attributes, DataDictionary, Field, FieldType
from redcap_licats.definition.odm.kept import keep
from redcap_licats.definition.odm.names import (
    FIELD_TYPES,
    GROUP_ITEM,
    IDENTIFIER_ITEM,
    odm,
    redcap,
    short_name,
    validation_from_xml,
)
from redcap_licats.errors import ConfigError

_PROPERTIES = (
    "Variable",
    "FieldType",
    "TextValidationType",
    "OntologySearch",
    "SliderLabels",
    "FieldNote",
    "SectionHeader",
    "Calculation",
    "BranchingLogic",
    "Identifier",
    "RequiredField",
    "CustomAlignment",
    "QuestionNumber",
    "MatrixGroupName",
    "MatrixRanking",
    "FieldAnnotation",
)
_KNOWN_ATTRIBUTES = frozenset(
    {"OID", "Name", "DataType", "Length", "SignificantDigits", *map(redcap, _PROPERTIES)}
)
_KNOWN_CHILDREN = frozenset(odm(name) for name in ("Question", "RangeCheck", "CodeListRef"))


def read_forms(metadata: Element) -> dict[str, str]:
    """Give form names and labels in order."""
    return {form_name(one): one.get("Name", "") for one in metadata.findall(odm("FormDef"))}


def form_name(element: Element) -> str:
    """Give the form that a ``FormDef``, ``FormRef`` or ``FormData`` means."""
    oid = element.get("FormOID") or element.get("OID") or ""
    return element.get(redcap("FormName")) or oid.removeprefix("Form.")


def read_items(metadata: Element) -> tuple[DataDictionary, dict[str, Attributes]]:
    """Give the dictionary and, by field, what the XML says beyond it."""
    code_lists = {one.get("OID", ""): one for one in metadata.findall(odm("CodeList"))}
    fields: dict[str, Field] = {}
    extras: dict[str, Attributes] = {}
    for form, item in _items_in_order(metadata):
        name = item.get(redcap("Variable"), item.get("OID", ""))
        if name in fields or _stands_outside(name, form, item):
            continue
        fields[name] = _field(name, form, item, code_lists)
        extra = Attributes(
            tag="ItemDef",
            attributes={short_name(k): v for k, v in item.attrib.items() if k not in _KNOWN_ATTRIBUTES},
            children=tuple(keep(child) for child in item if child.tag not in _KNOWN_CHILDREN),
        )
        if extra.attributes or extra.children:
            extras[name] = extra
    if not fields:
        raise ConfigError(
            "ODM-INVALID", "the project has no field", remedy="export the project as REDCap project XML"
        )
    return DataDictionary(tuple(fields.values())), extras


def _items_in_order(metadata: Element) -> Iterator[tuple[str, Element]]:
    """Yield (form, item definition) in dictionary order; a checkbox has one item per option."""
    groups = {one.get("OID", ""): one for one in metadata.findall(odm("ItemGroupDef"))}
    items = {one.get("OID", ""): one for one in metadata.findall(odm("ItemDef"))}
    for form in metadata.findall(odm("FormDef")):
        for group_ref in form.findall(odm("ItemGroupRef")):
            group = _referred(groups, group_ref.get("ItemGroupOID", ""))
            for item_ref in group.findall(odm("ItemRef")):
                yield form_name(form), _referred(items, item_ref.get("ItemOID", ""))


def _referred(definitions: Mapping[str, Element], oid: str) -> Element:
    if oid not in definitions:
        raise ConfigError(
            "ODM-INVALID", f"{oid!r} is referred to but not defined", remedy="export the project again from REDCap"
        )
    return definitions[oid]


def _stands_outside(name: str, form: str, item: Element) -> bool:
    """Say whether an item is one REDCap adds and no dictionary lists."""
    if name in (f"{form}_complete", GROUP_ITEM, IDENTIFIER_ITEM):
        return True
    return name == f"{form}_timestamp" and redcap("FieldType") not in item.attrib


def _field(name: str, form: str, item: Element, code_lists: Mapping[str, Element]) -> Field:
    def text(key: str) -> str:
        return item.get(redcap(key), "")

    type_name = item.get(redcap("FieldType"), "text")
    if type_name not in FIELD_TYPES:
        raise ConfigError(
            "ODM-INVALID",
            f"unknown field type {type_name!r}",
            where=f"field {name}",
            remedy=f"use one of {', '.join(FIELD_TYPES)}",
        )
    field_type = FIELD_TYPES[type_name]
    limits = {
        one.get("Comparator"): one.findtext(odm("CheckValue"), "") for one in item.findall(odm("RangeCheck"))
    }
    reference = item.find(odm("CodeListRef"))
    code_list = None if reference is None else code_lists.get(reference.get("CodeListOID", ""))
    return Field(
        name=name,
        form=form,
        type=field_type,
        label=_text_of(item.find(odm("Question"))),
        section_header=text("SectionHeader"),
        choices_or_calculations=_choices_or_calculations(field_type, item, code_list),
        note=text("FieldNote"),
        validation=validation_from_xml(text("TextValidationType"), field_type),
        minimum=limits.get("GE", ""),
        maximum=limits.get("LE", ""),
        identifier=text("Identifier") == "y",
        branching_logic=text("BranchingLogic"),
        required=text("RequiredField") == "y",
        alignment=text("CustomAlignment"),
        question_number=text("QuestionNumber"),
        matrix_group=text("MatrixGroupName"),
        matrix_ranking=text("MatrixRanking") == "y",
        annotation=text("FieldAnnotation"),
    )


def _choices_or_calculations(field_type: FieldType, item: Element, code_list: Element | None) -> str:
    """Give the dictionary's choices column. The query of an sql field is not in the file."""
    match field_type:
        case FieldType.CALC:
            return item.get(redcap("Calculation"), "")
        case FieldType.SLIDER:
            return item.get(redcap("SliderLabels"), "")
        case FieldType.TEXT:
            return item.get(redcap("OntologySearch"), "")
        case FieldType.CHECKBOX if code_list is not None:
            # written with or without blanks around the bar; the dictionary has them
            return " | ".join(part.strip() for part in code_list.get(redcap("CheckboxChoices"), "").split("|"))
        case FieldType.RADIO | FieldType.DROPDOWN if code_list is not None:
            options = code_list.findall(odm("CodeListItem"))
            return " | ".join(
                f"{one.get('CodedValue', '')}, {_text_of(one.find(odm('Decode')))}" for one in options
            )
        case _:
            return ""


def _text_of(element: Element | None) -> str:
    """Give the text of a ``Question`` or ``Decode``; formatted text is the original where both stand."""
    if element is None:
        return ""
    formatted = element.findtext(redcap("FormattedTranslatedText"))
    return formatted if formatted is not None else element.findtext(odm("TranslatedText"), "")
