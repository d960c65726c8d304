"""What filled-in workbooks say, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.query.people_rows import PersonRow
from redcap_licats.report.binding import Bond


class Kind(StrEnum):
    """What a row was filled in with."""

    DECISION = "decision"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Origin:
    """A row of a workbook. ``author`` is the name that the workbook gives of who filled it in, '' if none."""

    file: str
    sha256: str
    sheet: str
    row: int
    author: str

    def __str__(self) -> str:
        return f"{self.file}, {self.sheet}, row {self.row}"


class Why(StrEnum):
    """Why a filled-in row is not taken; for a person to look at."""

    NO_KEY = "the row has no key: it was added by hand, or the hidden last column was lost"
    FOREIGN = "the key of the row was not made by this project, or was changed"
    EDITED = "the row was edited outside its yellow cells"
    FORMULA = "a yellow cell holds a formula"
    TOO_LONG = "the comment is longer than a notes field takes"
    ROLE = "decisions are taken from monitors' workbooks, answers from sites' workbooks only"
    NOT_ALLOWED = "the study does not take answers from workbooks (answers_in_excel)"
    IN_THREAD = "the query is asked in REDCap's Data Resolution Workflow: answer and decide in its field's thread"
    OTHER_SITE = "the record belongs to another site than the workbook was made for"
    GONE = "the query is not there any more"
    UNKNOWN_WORD = "the cell holds none of the choices offered"
    NO_CHOICE = "there is a comment but no choice"
    NO_TEXT = "a release to the site needs the text for the site as comment"
    NO_AUTHOR = "it is not said who filled the workbook in: sheet 'Read me', or --author"
    CONTRADICTION = "two rows say different things of the same query"
    DECIDED = "the query was decided in REDCap since the workbook was made"
    ANSWERED = "the site answered or changed its answer since the workbook was made"
    MOVED = "the state of the query has changed since the workbook was made"
    DATA = "the data behind the query have changed since the workbook was made"
    AGAIN = "the same was already decided or answered today; say it in other words, or on another day"
    NOT_NOW = "a query in this state cannot be decided so: an answer has to come first"


@dataclass(frozen=True, slots=True)
class Filled:
    """A row in which somebody filled something in.

    ``bond`` is None, or ``fault`` is set, where the row cannot be trusted.
    """

    origin: Origin
    kind: Kind
    choice: str
    comment: str
    bond: Bond | None
    fault: Why | None = None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One workbook: rows that carry a key, and those that were filled in."""

    file: str
    sha256: str
    rows: int
    filled: tuple[Filled, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A filled-in row that is not taken. ``record``, ``query`` are '' where the row has no key to trust."""

    why: Why
    origins: tuple[Origin, ...]
    record: str = ""
    medical: bool = False
    number: int = 0
    detail: str = ""

    def as_dict(self) -> dict[str, object]:
        """Give the object of ``--json`` output."""
        return {
            "code": self.why.name,
            "message": self.why.value,
            "detail": self.detail,
            "record": self.record,
            "medical": self.medical,
            "number": self.number,
            "rows": [{"file": one.file, "sheet": one.sheet, "row": one.row} for one in self.origins],
        }


@dataclass(frozen=True, slots=True)
class Proposed:
    """One decision or answer to be written: the row for REDCap, and what it says in words."""

    row: PersonRow
    kind: Kind
    medical: bool
    rule: str
    choice: str
    comment: str
    author: str
    origin: Origin

    def as_dict(self) -> dict[str, object]:
        """Give the object of ``--json`` output; without the comment, which may repeat what a site entered."""
        return {
            "kind": self.kind.value,
            "record": self.row.record,
            "medical": self.medical,
            "number": self.row.number,
            "rule": self.rule,
            "choice": self.choice,
            "commented": bool(self.comment),
            "author": self.author,
            "file": self.origin.file,
            "sheet": self.origin.sheet,
            "row": self.origin.row,
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be written, what is not taken, and how many rows REDCap holds already."""

    proposed: tuple[Proposed, ...]
    clashes: tuple[Clash, ...]
    already: int
