"""Edit checks as rules of REDCap's Data Quality module, written out for every form they stand on.

REDCap looks at a rule row by row; a rule is
about rows of one form and reads beside it only forms that do not repeat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redcap_licats.definition.logic import LogicError, parse
from redcap_licats.definition.model import DataDictionary, FieldType
from redcap_licats.definition.quality_rules import QualityRule
from redcap_licats.errors import ConfigError
from redcap_licats.forms.expand import Form, expand_forms
from redcap_licats.forms.preview import infusion_date
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.models import CheckRule, CheckSpec

_JOINED = {"any": " or ", "all": " and "}
_WORDS = "LICATS"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what it comes from: check and form ('' for a rule on flags), whether it is all of the check."""

    check: str
    form: str
    whole: bool
    rule: QualityRule


def quality_rules(protocol: Protocol, dictionary: DataDictionary) -> tuple[Rule, ...]:
    """Write out the rules of all checks that are switched on, then those on the worker's flags.

    A check whose forms are not in the study has none.

    Raises:
        ConfigError: The logic of a rule cannot be written out or read; names the check.
    """
    forms = expand_forms(protocol)
    rules = [
        rule
        for spec in protocol.checks.values()
        if protocol.instruments.keys() >= {*spec.reads}
        for one in spec.data_quality
        for form in _forms(one, forms)
        for rule in _rule(one, spec, form, protocol, dictionary)
    ]
    language = protocol.settings.language
    for flag in protocol.flag_rules.values():
        name = f"{_WORDS}: {flag.title[language]}"
        rules.append(Rule("", "", True, QualityRule(name, _checked(flag.logic, flag.id))))
    return tuple(rules)


def _forms(rule: CheckRule, forms: tuple[Form, ...]) -> Iterator[Form]:
    for form in forms:
        own = form.instrument.name == rule.form if rule.form else form.instrument.writer == "site"
        if own and (not rule.organs or form.organ in rule.organs):
            yield form


def _rule(
    rule: CheckRule, spec: CheckSpec, form: Form, protocol: Protocol, dictionary: DataDictionary
) -> Iterator[Rule]:
    values = {**_settings(spec, protocol), "stem": form.stem, "slug": form.organ, "form": form.name}
    try:
        parts = [
            rule.logic.format_map({**values, "slug": item}) for item in _items(rule, form, protocol, dictionary)
        ]
        when = rule.when.format_map(values)
    except (KeyError, IndexError, ValueError) as error:
        raise ConfigError(
            "FORMS-DQ",
            f"The Data Quality rule cannot be written out: {error}",
            where=f"check {spec.id}, form {form.name}",
            remedy="Correct its placeholders.",
        ) from error
    if not parts:
        return
    logic = _JOINED[rule.join].join(f"({part})" for part in parts) if rule.join else parts[0]
    language = protocol.settings.language
    name = f"{_WORDS} {spec.id} {form.label[language]}: {spec.title[language]}"
    if rule.only:
        name += f" [{rule.only[language]}]"
    both = _checked(f"{when} and ({logic})" if when else logic, spec.id)
    yield Rule(spec.id, form.name, rule.only is None, QualityRule(name, both, real_time=spec.at_once))


def _checked(logic: str, where: str) -> str:
    """Give logic that can be read, its parentheses as they stand: people read it too."""
    try:
        parse(logic)
    except LogicError as error:
        raise ConfigError(
            "FORMS-DQ",
            f"The Data Quality rule cannot be read: {error.message} ({error.where})",
            where=where,
            remedy=error.remedy,
        ) from error
    return logic


def _settings(spec: CheckSpec, protocol: Protocol) -> Mapping[str, object]:
    """Give what numbers of a rule may stand for; a setting of several words as a list of them."""
    words = {name: value.split() if isinstance(value, str) else value for name, value in spec.settings.items()}
    limit = protocol.settings.classification.ongoing_longer_than_days
    return {**words, "ongoing_longer_than_days": limit, "infusion_date": infusion_date(protocol)}


def _items(rule: CheckRule, form: Form, protocol: Protocol, dictionary: DataDictionary) -> list[str]:
    """Give what ``{slug}`` stands for in each repetition."""
    fields = dictionary.forms.get(form.name, ())
    match rule.each:
        case "organ":
            return list(protocol.organs)
        case "analyte":
            return list(protocol.analytes)
        case "cause":
            return [cause.id for cause in protocol.causes_of(form.organ)]
        case "criterion":
            return [one.id for one in protocol.organs[form.organ].criterion]
        case "answer":
            return list(dictionary[f"{form.stem}_{rule.of}"].choices)
        case "salt_drug":
            return [one.code for one in protocol.glucocorticoids.values() if one.salts]
        case "date":
            ahead = str(protocol.checks["DT03"].settings["may_lie_ahead"]).split()
            return [one.name for one in fields if one.validation.startswith("date_") and one.name not in ahead]
        case "required":
            return [one.name for one in fields if one.required and one.type is not FieldType.CHECKBOX]
        case _:
            return [form.organ]
