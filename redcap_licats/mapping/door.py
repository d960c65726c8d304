"""Rows as REDCap exports them, as rows of our forms; and what is written, as rows of the project's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from redcap_licats.api.imports import EVENT, GROUP, INSTANCE, INSTRUMENT
from redcap_licats.definition.model import FieldType, export_code
from redcap_licats.mapping.cells import Translation
from redcap_licats.mapping.model import FormSource
from redcap_licats.mapping.names import BLOCK, Names

Row = dict[str, str]
Key = tuple[str, str, str]

_PSEUDO = (EVENT, INSTRUMENT, INSTANCE, GROUP)


@dataclass(frozen=True, slots=True)
class _Block:
    """One form of the study's that stands in for one of ours."""

    form: str
    number: int
    theirs: str
    own: tuple[Translation, ...]
    beside: tuple[Translation, ...]
    constants: tuple[tuple[str, str], ...]
    repeats: bool

    @property
    def columns(self) -> Iterator[str]:
        """Our columns that it may fill, of checkboxes those with a code known beforehand."""
        yield f"{self.form}_complete"
        for one in (*self.own, *self.beside):
            if not one.ticks:
                yield one.column
            elif one.source.codes:
                yield from (f"{one.column}___{code.lower()}" for code in one.source.codes.values() if code)
            if one.unit_column:
                yield one.unit_column
        yield from (column for column, _ in self.constants)


class Door:
    """Translates rows of one project.

    Args:
        names: Names in the project.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self._id = names.live.record_id_field
        self._blocks = tuple(self._block(*one) for one in names.sources)

    def inward(self, rows: Sequence[Row]) -> list[Row]:
        """Give rows of whole records as rows of our forms.

        A row of the study's form becomes an instance of ours with the same instance and event, or a part of the
        row of ours that does not repeat. All rows have the same columns; every record keeps a row.
        """
        if not rows:
            return []
        pairs = self._pairs(rows[0])
        blank = dict.fromkeys([*(ours for _, ours in pairs), *self._columns()], "")
        result: list[Row] = []
        for record in _by_record(rows, self._id):
            result += self._record(record, pairs, blank)
        return result

    def outward(self, rows: Iterable[Row]) -> list[Row]:
        """Give rows of our forms as the project names form and columns."""
        prefix = self.names.prefix
        if not prefix:
            return list(rows)
        kept = {self._id, *_PSEUDO}
        return [
            {
                (name if name in kept else f"{prefix}{name}"): (
                    f"{prefix}{value}" if name == INSTRUMENT and value else value
                )
                for name, value in row.items()
            }
            for row in rows
        ]

    def columns_of(self, forms: Sequence[str], fields: Sequence[str]) -> tuple[list[str], list[str]]:
        """Give forms and fields of the project to ask for, for forms and fields of ours."""
        names = self.names
        standing = frozenset(names.standing.values())
        return (
            [f"{names.prefix}{form}" for form in forms if form in standing],
            [field if field in (self._id, *_PSEUDO) else f"{names.prefix}{field}" for field in fields],
        )

    # ---------------------------------------------------------------------------------------------------

    def _pairs(self, row: Row) -> list[tuple[str, str]]:
        """Pair the columns of an export that are ours, or REDCap's, with our names of them."""
        names = self.names
        by_column = {self._id: self._id} | {one: one for one in _PSEUDO if one in row}
        for theirs, ours in names.standing.items():
            by_column[f"{theirs}_complete"] = f"{ours}_complete"
            for field in names.live.forms[theirs]:
                if field.name != self._id:
                    by_column |= {column: names.our_column(column) for column in field.columns}
        return [(column, by_column[column]) for column in row if column in by_column]

    def _columns(self) -> Iterator[str]:
        for block in self._blocks:
            yield from block.columns

    def _record(self, rows: Sequence[Row], pairs: Sequence[tuple[str, str]], blank: Row) -> list[Row]:
        standing = self.names.standing
        found: dict[Key, Row] = {}
        base: dict[str, Row] = {}
        for row in rows:
            instrument = row.get(INSTRUMENT, "")
            if not instrument:
                base.setdefault(row.get(EVENT, ""), row)
            if not instrument or instrument in standing:
                ours = blank | {new: row[old] for old, new in pairs}
                if instrument:
                    ours[INSTRUMENT] = standing[instrument]
                found[_key(ours)] = ours
        claimed: set[tuple[Key, str]] = set()
        for block in self._blocks:
            for row in rows:
                if row.get(INSTRUMENT, "") in ("", block.theirs):
                    self._add(block, row, base.get(row.get(EVENT, ""), {}), found, claimed, blank)
        if not found:
            found["", "", ""] = blank | {name: rows[0][name] for name in (self._id, GROUP) if name in rows[0]}
        # a code of a checkbox that no mapping names is a column of its own
        extra = dict.fromkeys(name for row in found.values() for name in row if name not in blank)
        return (
            [blank | dict.fromkeys(extra, "") | row for row in found.values()] if extra else list(found.values())
        )

    def _add(
        self,
        block: _Block,
        row: Row,
        base: Row,
        found: dict[Key, Row],
        claimed: set[tuple[Key, str]],
        blank: Row,
    ) -> None:
        """Add what a row of the study's form says; of a form that does not repeat, the first row that says it."""
        cells = dict(cell for one in block.own for cell in one.read(row))
        if not (cells and any(one.begun(row) for one in block.own)):
            return
        for one in block.beside:
            cells |= dict(one.read(row)) or dict(one.read(base))
        cells |= block.constants
        cells[f"{block.form}_complete"] = row.get(f"{block.theirs}_complete", "")
        event = row.get(EVENT, "")
        instance = int(row.get(INSTANCE) or 1)
        if block.repeats:
            key = (event, block.form, str(instance + BLOCK * block.number))
        else:
            key = (self.names.home(block.form, event), "", "")
        ours = found.get(key)
        if ours is None:
            names = dict(zip((EVENT, INSTRUMENT, INSTANCE), key, strict=True))
            same = {name: row[name] for name in (self._id, GROUP) if name in row}
            ours = found[key] = blank | {name: value for name, value in names.items() if name in blank} | same
        elif block.form not in self.names.instead:
            # the status is that of our own form where the project has it
            del cells[f"{block.form}_complete"]
        said = {column: value for column, value in cells.items() if value and (key, column) not in claimed}
        claimed |= {(key, column) for column in said}
        ours |= said

    def _block(self, form: str, number: int, source: FormSource) -> _Block:
        names = self.names
        own: list[Translation] = []
        beside: list[Translation] = []
        for concept, one in source.field.items():
            name = one.field.partition("___")[0]
            field = names.live.by_name.get(name)
            boxes = field is not None and field.type is FieldType.CHECKBOX and "___" not in one.field
            mine = names.ours.columns(form)[concept]
            translation = Translation(
                column=names.ours.column(form, concept),
                source=one,
                unit_column=names.ours.column(form, f"{concept.removesuffix('_val')}_unit") if one.unit else "",
                ticks=mine.type is FieldType.CHECKBOX and "___" not in concept,
                options={code: f"{name}___{export_code(code)}" for code in field.choices}
                if field and boxes
                else {},
                missing=names.said.missing,
            )
            (own if field is None or field.form == source.form else beside).append(translation)
        constants = tuple((names.ours.column(form, concept), value) for concept, value in source.constant.items())
        repeats = names.ours.forms[form].instrument.repeats
        return _Block(form, number, source.form, tuple(own), tuple(beside), constants, repeats)


def _key(row: Row) -> Key:
    return row.get(EVENT, ""), row.get(INSTRUMENT, ""), row.get(INSTANCE, "")


def _by_record(rows: Sequence[Row], id_field: str) -> Iterator[list[Row]]:
    of: dict[str, list[Row]] = {}
    for row in rows:
        of.setdefault(row[id_field], []).append(row)
    yield from of.values()
