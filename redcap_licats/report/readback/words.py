"""What was typed or chosen in a cell, as a code or an even text."""

from __future__ import annotations

import unicodedata

from redcap_licats.report.labels import Labels
from redcap_licats.report.readback.model import Filled, Kind

#: fields that hold what is chosen: for answers, for decisions on queries and on medical queries
ANSWER_FIELD, DECISION_FIELD, MEDICAL_DECISION_FIELD = "ans_reason", "dec_action", "mdec_action"


def field_of(kind: Kind, *, medical: bool) -> str:
    """Name the field that holds what is chosen."""
    if kind is Kind.ANSWER:
        return ANSWER_FIELD
    return MEDICAL_DECISION_FIELD if medical else DECISION_FIELD


def code_of(filled: Filled, labels: Labels) -> str:
    """Find the code of what was chosen, worded in any language or as the code itself; '' if there is none."""
    medical = filled.bond is not None and filled.bond.medical == "1"
    chosen = plain(filled.choice).casefold()
    for code, label in labels.choices[field_of(filled.kind, medical=medical)].items():
        if chosen in {code.casefold(), *(plain(label[name]).casefold() for name in ("en", "ja"))}:
            return code
    return ""


def plain(text: str) -> str:
    """Even out what programs do to a text: line ends, widths of signs, spaces at line ends."""
    evened = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in evened.split("\n")).strip()
