"""What a recorded project XML says, read without the project's own reader: the evidence for old recordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

_ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
_REDCAP = "{https://projectredcap.org}"
_GROUP = "redcap_data_access_group"
_ATTRIBUTE = re.compile(r'="[^"]*"')

#: Columns of the dictionary download by the attribute of an ItemDef that holds them.
_ATTRIBUTES = {
    "Section Header": "SectionHeader",
    "Field Note": "FieldNote",
    "Identifier?": "Identifier",
    "Branching Logic (Show field only if...)": "BranchingLogic",
    "Required Field?": "RequiredField",
    "Custom Alignment": "CustomAlignment",
    "Question Number (surveys only)": "QuestionNumber",
    "Matrix Group Name": "MatrixGroupName",
    "Matrix Ranking?": "MatrixRanking",
    "Field Annotation": "FieldAnnotation",
}
_LIMITS = {"Text Validation Min": "GE", "Text Validation Max": "LE"}
CHOICES = "Choices, Calculations, OR Slider Labels"


@dataclass(frozen=True)
class Place:
    """A row of a flat export: event and form are '' where they do not apply."""

    record: str
    event: str = ""
    form: str = ""
    instance: int = 1


class RecordedXml:
    """The values and definitions of one file."""

    def __init__(self, path: Path) -> None:
        # A parser turns bare line ends inside attributes into blanks, as XML demands.
        text = _ATTRIBUTE.sub(lambda found: found[0].replace("\n", "&#10;"), path.read_text("utf-8"))
        self.root: Element = fromstring(text)
        self.items = {self._variable(one): one for one in self.root.iter(f"{_ODM}ItemDef")}
        self.longitudinal = self.root.find(f".//{_ODM}StudyEventDef") is not None
        self.title = self.root.findtext(f".//{_ODM}StudyName", "")
        self.purpose = self.root.findtext(f".//{_REDCAP}Purpose") or "0"
        self._values: dict[tuple[str, str, int, int, str], str] = {}
        self._groups: dict[str, str] = {}
        for subject in self.root.iter(f"{_ODM}SubjectData"):
            self._read(subject)

    @staticmethod
    def _variable(item: Element) -> str:
        return item.get(f"{_REDCAP}Variable") or item.get("OID", "")

    def _read(self, subject: Element) -> None:
        record = subject.get("SubjectKey", "")
        for event, event_instance, form in self._forms(subject):
            form_instance = int(form.get("FormRepeatKey", "1"))
            for item in form.iter():
                name, value = item.get("ItemOID", ""), item.get("Value") or item.get(f"{_REDCAP}DocName") or ""
                if name == _GROUP:
                    self._groups[record] = value
                elif name and value:
                    self._values[record, event, event_instance, form_instance, name] = value

    def _forms(self, subject: Element) -> Iterator[tuple[str, int, Element]]:
        for form in subject.findall(f"{_ODM}FormData"):
            yield "", 1, form
        for event in subject.findall(f"{_ODM}StudyEventData"):
            name = event.get(f"{_REDCAP}UniqueEventName") or event.get("StudyEventOID", "").removeprefix("Event.")
            for form in event.findall(f"{_ODM}FormData"):
                yield name if self.longitudinal else "", int(event.get("StudyEventRepeatKey", "1")), form

    def value(self, place: Place, column: str) -> str:
        """Give the value at a place, '' if there is none."""
        if column == _GROUP:
            return self._groups.get(place.record, "")
        event_instance, form_instance = (1, place.instance) if place.form else (place.instance, 1)
        return self._values.get((place.record, place.event, event_instance, form_instance, column), "")

    def field_types(self) -> dict[str, str]:
        """Give the types of the fields by name; what REDCap adds by itself has none."""
        return {name: item.get(f"{_REDCAP}FieldType", "") for name, item in self.items.items()}

    def definition(self, field: str, column: str) -> str | None:
        """Give what the file holds for a cell of the dictionary; None where it is not looked up here."""
        item = self.items.get(field)
        if item is None:
            return ""
        if column in _ATTRIBUTES:
            return item.get(f"{_REDCAP}{_ATTRIBUTES[column]}", "")
        if column in _LIMITS:
            checks = {one.get("Comparator"): one for one in item.iter(f"{_ODM}RangeCheck")}
            check = checks.get(_LIMITS[column])
            return "" if check is None else check.findtext(f"{_ODM}CheckValue", "")
        if column == CHOICES and item.get(f"{_REDCAP}FieldType") == "sql":
            return ""  # the query stays on the server
        return None
