"""What coordinators and monitors do to a study, drawn from a seed, to be done alike in several projects."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from fault_ground import Row, Study

from redcap_licats.api.rejections import ImportRejected
from redcap_licats.protocol import load_protocol
from redcap_licats.synth.cohort import GROUPS, stream

PROTOCOL = load_protocol()
WORKER_FORMS = frozenset(name for name, one in PROTOCOL.instruments.items() if one.writer == "worker")
_ANSWERS = frozenset({"licats_query_answer", "licats_query_decision", "licats_medical_decision"})
_KEYS = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
GROUP = "redcap_data_access_group"
_FIRST_NEW = 500
#: more than ever come, spread over the years in which a study enrols
_PATIENTS = 2000


@dataclass(frozen=True)
class Edit:
    """Something that people do; the same in every project."""

    def on(self, study: Study) -> None:
        """Do it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Enter(Edit):
    """Enter, change or blank cells."""

    rows: tuple[Row, ...]
    overwrite: bool = False

    def on(self, study: Study) -> None:
        # a value that the field does not take is not saved, in no project
        with suppress(ImportRejected):
            study.admin.import_rows(self.rows, overwrite=self.overwrite)


@dataclass(frozen=True)
class DeleteInstance(Edit):
    """Delete one row of a repeating form."""

    record: str
    form: str
    instance: str

    def on(self, study: Study) -> None:
        names = {"instrument": self.form, "repeat_instance": self.instance}
        study.ask(content="record", action="delete", **{"records[0]": self.record}, **names)


@dataclass(frozen=True)
class DeleteRecord(Edit):
    """Delete a record."""

    record: str

    def on(self, study: Study) -> None:
        study.ask(content="record", action="delete", **{"records[0]": self.record})


@dataclass(frozen=True)
class Rename(Edit):
    """Give a record another id."""

    record: str
    new: str

    def on(self, study: Study) -> None:
        study.ask(content="record", action="rename", record=self.record, new_record_name=self.new)


@dataclass
class People:
    """Draws edits.

    Attributes:
        renamed: Record ids in the order in which they were given up for others.
    """

    random: Random
    renamed: list[tuple[str, str]] = field(default_factory=list)
    _made: int = 0

    def __post_init__(self) -> None:
        self._patients = stream(self.random.randrange(1000), _PATIENTS)

    def newcomer(self) -> Enter:
        """Enter a subject that was never there; of visits no more rows than a site would have filled by then."""
        self._made += 1
        patient, record = next(self._patients), str(_FIRST_NEW + self._made)
        rows = [{name: str(value) for name, value in row.items()} | {"record_id": record} for row in patient.rows]
        kept: list[Row] = []
        for row in rows:
            form = row.get("redcap_repeat_instrument", "")
            same = sum(one.get("redcap_repeat_instrument") == form for one in kept)
            if not form or same < (8 if form == "labs" else 4):
                kept.append(row)
        return Enter(tuple(kept))

    def on_record(self, record: str, study: Study) -> list[Edit]:
        """Draw some edits of one record, by what stands in it."""
        rows = study.rows([record])
        kinds = [self._change, self._change, self._change, self._blank, self._status, self._add, self._say]
        drawn = [self._change(rows), *(kind(rows) for kind in self.random.sample(kinds, 2))]
        if self.random.random() < 0.1:
            drawn.append(self.move(record))
        return [one for one in drawn if one]

    def move(self, record: str) -> Edit:
        """Move a record to another Data Access Group."""
        return Enter(({"record_id": record, GROUP: self.random.choice(list(GROUPS.values()))},))

    def rename(self, record: str) -> Edit:
        """Give a record an id that no other ever had."""
        self._made += 1
        new = f"{_FIRST_NEW + self._made}"
        self.renamed.append((record, new))
        return Rename(record, new)

    def delete(self, record: str) -> Edit:
        """Delete a record."""
        return DeleteRecord(record)

    def delete_instance(self, record: str, study: Study) -> Edit | None:
        """Delete a row that a site has entered."""
        rows = [row for row in study.rows([record]) if _of_site(row) and row["redcap_repeat_instrument"]]
        if not rows:
            return None
        row = self.random.choice(rows)
        return DeleteInstance(record, row["redcap_repeat_instrument"], row["redcap_repeat_instance"])

    def _change(self, rows: Sequence[Row]) -> Edit | None:
        """Move a date, or give a cell the value of another row, or another answer."""
        row = self._row(rows)
        filled = [name for name in row if row[name] and _is_entered(name)]
        if not filled:
            return None
        name = self.random.choice(filled)
        donors = [one[name] for one in rows if one.get(name) and one[name] != row[name]]
        value = (
            self.random.choice(donors) if donors and self.random.random() < 0.6 else _other(row[name], self.random)
        )
        return Enter((_keys(row) | {name: value},))

    def _blank(self, rows: Sequence[Row]) -> Edit | None:
        row = self._row(rows)
        filled = [name for name in row if row[name] and _is_entered(name) and "___" not in name]
        return Enter((_keys(row) | {self.random.choice(filled): ""},), overwrite=True) if filled else None

    def _status(self, rows: Sequence[Row]) -> Edit | None:
        row = self._row(rows)
        if not row:
            return None
        form = row["redcap_repeat_instrument"] or "enrolment"
        return Enter((_keys(row) | {f"{form}_complete": self.random.choice("012")},))

    def _add(self, rows: Sequence[Row]) -> Edit | None:
        """Add a row like another one of its form."""
        row = self._row([one for one in rows if one["redcap_repeat_instrument"]])
        if not row:
            return None
        form = row["redcap_repeat_instrument"]
        last = max(int(one["redcap_repeat_instance"]) for one in rows if one["redcap_repeat_instrument"] == form)
        cells = {
            name: value for name, value in row.items() if value and (_is_entered(name) or "_complete" in name)
        }
        return Enter((_keys(row) | cells | {"redcap_repeat_instance": str(last + 1)},))

    def _say(self, rows: Sequence[Row]) -> Edit | None:
        """Answer an open query, or decide on one."""
        asked = [
            row for row in rows if row["redcap_repeat_instrument"] in ("licats_query", "licats_medical_query")
        ]
        live = [
            row
            for row in asked
            if row["qry_state_d"] in ("open", "back", "answered") or row["mqry_state_d"] == "open"
        ]
        if not live:
            return None
        row = self.random.choice(live)
        keys = {"record_id": row["record_id"], "redcap_repeat_instance": row["redcap_repeat_instance"]}
        words = f"as in the chart {self.random.random():.6f}"
        if row["mqry_state_d"]:
            said = {"mdec_action": self.random.choice(["noted", "adjudicate", "release"]), "mdec_text": words}
            return Enter((keys | {"redcap_repeat_instrument": "licats_medical_decision"} | said,))
        if row["qry_state_d"] == "answered" or self.random.random() < 0.1:
            said = {"dec_action": self.random.choice(["accept", "accept", "back", "cancel"]), "dec_comment": words}
            return Enter((keys | {"redcap_repeat_instrument": "licats_query_decision"} | said,))
        said = {"ans_reason": "confirmed", "ans_comment": words}
        return Enter((keys | {"redcap_repeat_instrument": "licats_query_answer"} | said,))

    def _row(self, rows: Sequence[Row]) -> Row:
        entered = [row for row in rows if _of_site(row)]
        return self.random.choice(entered) if entered else {}


def vandalise(record: str, rows: Sequence[Row], random: Random) -> Edit | None:
    """Write into a cell that is the worker's."""
    places = [
        (row, name)
        for row in rows
        for name in row
        if row[name] and name.startswith(("sum_", "res_")) and name.endswith("_d") and name != "res_key_d"
    ]
    if not places:
        return None
    row, name = random.choice(places)
    return Enter((_keys(row) | {name: ""},), overwrite=True)


def _is_entered(name: str) -> bool:
    """Whether a column is one that sites fill."""
    return not (
        name in _KEYS
        or name == GROUP
        or name.endswith(("_d", "_complete"))
        or name.startswith(("ans_", "dec_", "mdec_", "adj_"))
    )


def _of_site(row: Row) -> bool:
    return row["redcap_repeat_instrument"] not in WORKER_FORMS | _ANSWERS


def _keys(row: Row) -> Row:
    return {name: row[name] for name in _KEYS}


def _other(value: str, random: Random) -> str:
    """Give a value of the same shape."""
    parts = value.split("-")
    if len(parts) == 3 and len(value) == 10 and all(part.isdigit() for part in parts):
        return f"{value[:8]}{random.randint(1, 28):02d}"
    if value in ("0", "1"):
        return "1" if value == "0" else "0"
    return value
