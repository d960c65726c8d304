"""The parts of a form in reading order, ready for the template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from redcap_licats.definition.action_tags import action_tags
from redcap_licats.definition.model import Field, FieldType, export_code
from redcap_licats.pages.dates import date_order, date_pattern, shown_date
from redcap_licats.pages.model import FormPage
from redcap_licats.pages.safe import plain
from redcap_licats.pages.wording import Wording

#: types that are shown as a list of buttons, of which one is pressed
RADIOS = (FieldType.RADIO, FieldType.YESNO, FieldType.TRUEFALSE)


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer: its code, the column it posts to, its texts, and whether it is given.

    ``option`` ends the opening tag of an <option> and holds its text.
    """

    code: str
    column: str
    label: Markup
    option: Markup
    given: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A field as it is shown.

    Attributes:
        field: The field.
        id: Id of its row on the page, which begins those of all its parts.
        kind: Which piece of the template shows it.
        label, note: Texts.
        value: Stored value, a date in the order of the field.
        choices: Answers, in order.
        tags: Action tags that the template heeds.
        hidden: Whether an action tag hides it for good.
        locked: Whether it may not be changed.
        computed: Whether the page computes it.
        missing: Whether a missing-data code may be set.
        missing_code: The one that is set, or ''.
        today: ``today`` or ``now`` where a button enters it.
        pattern: What a date looks like.
        ends: Labels of a slider, left to right.
        former: In a matrix, the stored choice that has no column any more.
    """

    field: Field
    id: str
    kind: str
    label: Markup
    note: Markup
    value: str
    choices: tuple[Choice, ...]
    tags: frozenset[str]
    hidden: bool
    locked: bool
    computed: bool
    missing: bool
    missing_code: str
    today: str
    pattern: str
    placeholder: str
    limit: str
    ends: tuple[str, ...]
    former: str

    @property
    def horizontal(self) -> bool:
        """Whether choices stand side by side."""
        return self.field.alignment in ("LH", "RH")


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that belong together: one by itself, or the rows of a matrix, whose name is ``matrix``."""

    items: tuple[Item, ...]
    matrix: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below a section header, which is '' above a form's first fields."""

    id: str
    header: Markup
    parts: tuple[Part, ...]


def sections(page: FormPage, wording: Wording) -> Iterator[Section]:
    """Give the form's fields in order; a header begins a section, neighbours of one matrix stay together."""
    header, gathered = Markup(""), list[Part]()
    for matrix, run in _runs(page.project.dictionary.forms.get(page.form, ())):
        if run[0].section_header:
            if gathered:
                yield _section(page, header, gathered)
            header, gathered = wording.header(run[0]), []
        gathered.append(Part(tuple(_item(field, page, wording) for field in run), matrix))
    if gathered:
        yield _section(page, header, gathered)


def _section(page: FormPage, header: Markup, gathered: Sequence[Part]) -> Section:
    return Section(f"{row_id(page, gathered[0].items[0].field.name)}-section", header, tuple(gathered))


def _runs(fields: Sequence[Field]) -> Iterator[tuple[str, tuple[Field, ...]]]:
    """Give the rows of each matrix together and every other field by itself; a header ends a matrix too."""
    at = 0
    while at < len(fields):
        end, matrix = at + 1, fields[at].matrix_group
        while (
            matrix and end < len(fields) and fields[end].matrix_group == matrix and not fields[end].section_header
        ):
            end += 1
        yield matrix, tuple(fields[at:end])
        at = end


def row_id(page: FormPage, name: str) -> str:
    """Give the id of a field's row; a name stands once on a page even where all forms do."""
    return f"{page.form}--{name}"


def _item(field: Field, page: FormPage, wording: Wording) -> Item:
    tags = action_tags(field.annotation)
    stored = page.values.get(field.name, "")
    codes = page.project.missing_data_codes
    computed = field.type is FieldType.CALC or "@CALCTEXT" in tags or "@CALCDATE" in tags
    is_id = field.name == page.project.dictionary.record_id_field
    locked = (
        page.readonly or field.name in page.readonly_fields or bool({"@READONLY", "@READONLY-FORM"} & tags.keys())
    )
    today = (
        "now"
        if field.validation.startswith(("datetime", "time"))
        else "today"
        if date_order(field.validation)
        else ""
    )
    missing = bool(codes) and not computed and not is_id and "@NOMISSING" not in tags
    missing = missing and field.type not in (FieldType.DESCRIPTIVE, FieldType.FILE)
    return Item(
        field=field,
        id=row_id(page, field.name),
        kind="record" if is_id and page.place.record else _kind(field),
        label=wording.label(field),
        note=wording.note(field),
        value=page.place.record if is_id and page.place.record else shown_date(stored, field.validation),
        choices=tuple(_choices(field, page, wording)),
        tags=frozenset(tags),
        hidden=bool({"@HIDDEN", "@HIDDEN-FORM"} & tags.keys()),
        locked=locked,
        computed=computed,
        missing=missing and not locked,
        missing_code=_missing_code(field, page),
        today="" if locked or computed or "@HIDEBUTTON" in tags else today,
        pattern=date_pattern(field.validation),
        placeholder=tags.get("@PLACEHOLDER", ""),
        limit=limit if (limit := tags.get("@CHARLIMIT", "")).isdigit() else "",
        ends=tuple(plain(one) for one in field.choices_or_calculations.split("|"))
        if field.type is FieldType.SLIDER
        else (),
        former=_former(field, page) if field.matrix_group else "",
    )


def _kind(field: Field) -> str:
    if field.type in RADIOS:
        return "radio"
    if field.type in (FieldType.CALC, FieldType.SQL):
        return "text"
    return field.type.value


def _choices(field: Field, page: FormPage, wording: Wording) -> Iterator[Choice]:
    tags = action_tags(field.annotation)
    stored = page.values.get(field.name, "")
    hidden = _codes(tags.get("@HIDECHOICE", ""))
    only = _codes(tags.get("@SHOWCHOICE", ""))
    for code in field.choices:
        column = f"{field.name}___{export_code(code)}" if field.type is FieldType.CHECKBOX else field.name
        given = page.values.get(column) == "1" if field.type is FieldType.CHECKBOX else stored == code
        if given or not (code in hidden or (only and code not in only)):
            yield Choice(code, column, wording.choice(field, code), wording.option(field, code), given)
    former = _former(field, page)
    if former and not field.matrix_group:
        yield Choice(former, field.name, Markup.escape(former), Markup(">{}").format(former), given=True)


def _former(field: Field, page: FormPage) -> str:
    """Give what is stored if it is a choice that the dictionary no longer has: a save must not blank it."""
    stored = page.values.get(field.name, "")
    known = {*field.choices, *page.project.missing_data_codes}
    return stored if field.type in (*RADIOS, FieldType.DROPDOWN) and stored not in known else ""


def _codes(text: str) -> frozenset[str]:
    return frozenset(one.strip() for one in re.split(r"[,\s]+", text) if one.strip())


def _missing_code(field: Field, page: FormPage) -> str:
    """Find the missing-data code that is stored in a field; a choice of its own with that code is no such mark."""
    for code in page.project.missing_data_codes:
        if code in field.choices:
            continue
        column = f"{field.name}___{export_code(code)}" if field.type is FieldType.CHECKBOX else field.name
        if page.values.get(column) == ("1" if field.type is FieldType.CHECKBOX else code):
            return code
    return ""
