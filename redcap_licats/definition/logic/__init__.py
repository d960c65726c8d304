"""REDCap's logic language: one parser and one meaning for branching, calculations, filters and rules.

Source: facts/redcap_api.md 4.2.
"""

from redcap_licats.definition.logic.evaluate import evaluate, is_true
from redcap_licats.definition.logic.expressions import Expression, Reference, SmartVariable, references
from redcap_licats.definition.logic.parse import LogicError, parse
from redcap_licats.definition.logic.print import print_logic
from redcap_licats.definition.logic.values import Scope, Value, as_text

__all__ = [
    "Expression",
    "LogicError",
    "Reference",
    "Scope",
    "SmartVariable",
    "Value",
    "as_text",
    "evaluate",
    "is_true",
    "parse",
    "print_logic",
    "references",
]
