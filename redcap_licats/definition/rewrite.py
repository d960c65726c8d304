"""Fields under other names: references in logic, texts and annotations rewritten by the one parser and printer.

What holds no reference that changes stays as it is, letter by letter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from redcap_licats.definition.action_tags import action_tags, split_arguments
from redcap_licats.definition.logic import Expression, Reference, SmartVariable, parse, print_logic
from redcap_licats.definition.logic.expressions import And, Binary, Call, Negative, Or
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.definition.piping import pipes

Named = Reference | SmartVariable
#: gives what stands in logic for a reference; may raise to say that nothing can
Change = Callable[[Named], Expression]
#: gives what stands in a text for a reference
Pipe = Callable[[Named], str]

_COMPUTED = ("@CALCTEXT", "@CALCDATE")


def rewrite_field(field: Field, change: Change, pipe: Pipe, fields: Collection[str]) -> Field:
    """Give a field whose references are rewritten wherever REDCap reads them.

    Args:
        field: The field.
        change: Gives what stands for a reference in logic.
        pipe: Gives what stands for a reference in a text.
        fields: Names of fields, which tell apart ``[event][field]`` and two fields that adjoin in a text.

    Raises:
        LogicError: Its logic cannot be read.
    """

    def text(one: str) -> str:
        return rewrite_text(one, pipe, fields)

    calculated = field.type is FieldType.CALC
    choices = field.choices_or_calculations
    return replace(
        field,
        label=text(field.label),
        section_header=text(field.section_header),
        note=text(field.note),
        choices_or_calculations=rewrite_logic(choices, change) if calculated else text(choices),
        minimum=text(field.minimum),
        maximum=text(field.maximum),
        branching_logic=rewrite_logic(field.branching_logic, change),
        annotation=rewrite_annotation(field.annotation, change, text),
    )


def rewrite_logic(text: str, change: Change) -> str:
    """Rewrite the references of logic.

    Raises:
        LogicError: It cannot be read.
    """
    if "[" not in text:
        return text
    expression = parse(text)
    changed = _mapped(expression, change)
    return text if changed == expression else print_logic(changed)


def rewrite_text(text: str, pipe: Pipe, fields: Collection[str]) -> str:
    """Rewrite what is piped into a text; brackets that name nothing, such as the unit ``[IU]/mL``, stay."""
    return "".join(one if isinstance(one, str) else pipe(one) for one in pipes(text, fields))


def rewrite_annotation(text: str, change: Change, other: Callable[[str], str]) -> str:
    """Rewrite the logic of computed fields as logic, and whatever else stands in an annotation by ``other``.

    Raises:
        LogicError: The logic cannot be read.
    """
    before, logic, after = around_logic(text)
    parts = [_kept_blanks(part, change) for part in split_arguments(logic)]
    return other(before) + ",".join(parts) + other(after)


def around_logic(annotation: str) -> tuple[str, str, str]:
    """Part an annotation at the logic by which REDCap computes its field: before it, the logic, and after it."""
    tags = action_tags(annotation)
    logic = next((tags[name] for name in _COMPUTED if tags.get(name)), "")
    before, _, after = annotation.partition(logic) if logic else (annotation, "", "")
    return before, logic, after


def _kept_blanks(part: str, change: Change) -> str:
    logic = part.strip()
    return part.replace(logic, rewrite_logic(logic, change)) if logic else part


def _mapped(expression: Expression, change: Change) -> Expression:
    match expression:
        case Reference() | SmartVariable():
            return change(expression)
        case Negative(operand):
            return Negative(_mapped(operand, change))
        case Binary(operator, left, right):
            return Binary(operator, _mapped(left, change), _mapped(right, change))
        case And(operands):
            return And(tuple(_mapped(one, change) for one in operands))
        case Or(operands):
            return Or(tuple(_mapped(one, change) for one in operands))
        case Call(function, arguments):
            return Call(function, tuple(_mapped(one, change) for one in arguments))
        case _:
            return expression
