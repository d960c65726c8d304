"""Bind a row of a workbook to its query, so that it can be read back from wherever it ends up.

The key of a row says in readable parts what the row is about, and carries an HMAC over them. So a row that was
sorted, filtered, or copied into another workbook keeps its meaning, and nobody without the study's secret can make
one up. The other cells of the row are part of it by a digest that bears what spreadsheet programs do to values.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from decimal import Context, Decimal, InvalidOperation

from redcap_licats.query.identity import taken
from redcap_licats.query.model import Answer, Decision, Query
from redcap_licats.query.rows import STATE_CODES
from redcap_licats.report.cell import CellValue

#: what a key begins with; another number is another way to make one
MARK = "licats1"

_KEY = re.compile(rf"{MARK} (?P<parts>\[.*\]) (?P<seal>[0-9a-f]{{64}})", re.DOTALL)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY_ZERO = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zones
#: digits that survive in every program
_PRECISION = Context(prec=14, traps=[])


@dataclass(frozen=True, slots=True)
class Stand:
    """How a query stood: state, fingerprint of its inputs, answer and decision beside it as short hashes."""

    state: str
    fingerprint: str
    answer: str
    decision: str


def stand_of(query: Query, answer: Answer | None, decision: Decision | None) -> Stand:
    """Sum up how a query stands."""
    said = taken(answer.reason, answer.comment, answer.by, answer.date) if answer else "-"
    ruled = (
        taken(decision.action, decision.comment, decision.by, decision.date, decision.text) if decision else "-"
    )
    return Stand(STATE_CODES[query.state], query.fingerprint, said, ruled)


@dataclass(frozen=True, slots=True)
class Bond:
    """What a row is about.

    Attributes:
        project_id, server: The project.
        site, audience: The site that the workbook was limited to ('' for all), and whom it was made for.
        record, medical, number, query_id: The query.
        state, fingerprint, answer, decision: How it stood, see :class:`Stand`.
        shown: Digest of the row's other cells, see :func:`shown_digest`.
    """

    project_id: str
    server: str
    site: str
    audience: str
    record: str
    medical: str
    number: str
    query_id: str
    state: str
    fingerprint: str
    answer: str
    decision: str
    shown: str

    @property
    def stand(self) -> Stand:
        """How the query stood when the workbook was made."""
        return Stand(self.state, self.fingerprint, self.answer, self.decision)

    @property
    def target(self) -> tuple[str, bool, int]:
        """Record, whether the query is medical, its number."""
        return self.record, self.medical == "1", int(self.number)


def seal(bond: Bond, secret: bytes) -> str:
    """Write the key of a row."""
    # what looks like an escape of a spreadsheet's XML would be taken for one
    parts = json.dumps(astuple(bond), separators=(",", ":")).replace("_x", r"\u005fx")
    return f"{MARK} {parts} {_mac(parts, secret)}"


def unseal(key: str, secret: bytes) -> Bond | None:
    """Read the key of a row; None if it was not made with this secret, or was changed."""
    found = _KEY.fullmatch(key.strip())
    if found is None or not hmac.compare_digest(_mac(found["parts"], secret), found["seal"]):
        return None
    parts: list[str] = json.loads(found["parts"])
    return Bond(*parts) if len(parts) == len(fields(Bond)) else None


def _mac(parts: str, secret: bytes) -> str:
    return hmac.new(secret, f"{MARK} {parts}".encode(), hashlib.sha256).hexdigest()


def shown_digest(cells: Mapping[str, CellValue]) -> str:
    """Digest the cells of a row by the names of their columns, whatever order these are in.

    A date may have become a number or a text, a number a text, line ends and spaces may be others: programs do
    that when they save. A value that means something else gives another digest.
    """
    told = sorted((name, _evened(value)) for name, value in cells.items())
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]


def _evened(value: CellValue) -> str:
    if isinstance(value, dt.date):
        return _serial(value)
    if isinstance(value, int | float):
        return _number(value)
    # LibreOffice's own format drops tabs
    text = " ".join(unicodedata.normalize("NFC", value or "").replace("\t", "").replace("_x000D_", " ").split())
    if _ISO_DATE.fullmatch(text):
        try:
            return _serial(dt.date.fromisoformat(text))
        except ValueError:
            return text
    try:
        return _number(Decimal(text)) if text.isascii() else text
    except InvalidOperation:
        return text


def _serial(value: dt.date) -> str:
    """Count the days as spreadsheets do: it is all that is left of a date where its format is lost."""
    instant = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return _number((instant.replace(tzinfo=None) - _DAY_ZERO) / dt.timedelta(days=1))


def _number(value: float | Decimal) -> str:
    number = Decimal(value)
    return str(_PRECISION.create_decimal(number).normalize(_PRECISION)) if number.is_finite() else str(number)
