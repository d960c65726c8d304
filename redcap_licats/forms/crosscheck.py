"""Whether the built forms hold together, and with the protocol and with what is read from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from redcap_licats.definition.dictionary_check import check_dictionary
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project
from redcap_licats.definition.validation import valid, within
from redcap_licats.forms.branching import branching_problems, logic_problems
from redcap_licats.forms.expand import expand_forms
from redcap_licats.forms.quality_rules import quality_rules
from redcap_licats.forms.reports import report_problems
from redcap_licats.protocol import Protocol
from redcap_licats.protocol.problems import Problem, nearest, refuse, suggest

LONGEST_NAME = 26
WORKER_SUFFIX = "_d"

#: a variable piped into a text; smart variables have hyphens and do not match
_PIPED = re.compile(r"\[([a-z][a-z0-9_]*)(?:\([^)\]]*\))?(?::[a-z]+)?\]")
_LINKED = re.compile(r"\[form-link:([a-z0-9_]+)[:\]]")


def crosscheck(project: Project, protocol: Protocol, variables_read: frozenset[str]) -> None:
    """Check the forms against themselves, the protocol and the variables that derivations and checks read.

    Raises:
        ConfigError: Lists every problem by form and variable, with its remedy.
    """
    problems = [
        *_names(project.dictionary),
        *_suffixes(project, protocol),
        *branching_problems(project),
        *_quality(project, protocol),
        *report_problems(project, protocol),
        *_piping(project),
        *_hidden(project, protocol),
        *_ranges(project.dictionary),
        *_codes(project),
        *_units(project.dictionary, protocol),
        *_read(project.dictionary, variables_read),
    ]
    refuse("FORMS-CHECK", problems, {}, Path("instruments"))
    # Last, because it can name only rows of a file that does not exist yet.
    check_dictionary(project.dictionary)


def _names(dictionary: DataDictionary) -> Iterator[Problem]:
    for name, times in Counter(field.name for field in dictionary).items():
        if times > 1:
            yield Problem((name,), f"The variable stands {times} times.", "Rename all but one.")
        if len(name) > LONGEST_NAME:
            yield Problem((name,), f"{len(name)} characters, at most {LONGEST_NAME}.", "Choose a shorter name.")


def _suffixes(project: Project, protocol: Protocol) -> Iterator[Problem]:
    """The suffix tells everywhere, also in exports, which hand wrote a value."""
    workers = {form.name for form in expand_forms(protocol) if form.instrument.writer == "worker"}
    for field in project.dictionary:
        if field.type is FieldType.DESCRIPTIVE:
            continue
        if (field.form in workers) != field.name.endswith(WORKER_SUFFIX):
            yield Problem(
                (field.form, field.name),
                f"Variables of the worker's forms, and only they, end in {WORKER_SUFFIX}.",
                "Rename it.",
            )


def _quality(project: Project, protocol: Protocol) -> Iterator[Problem]:
    for one in quality_rules(protocol, project.dictionary):
        if one.check:
            here = (one.form, f"Data Quality rule {one.check}")
            yield from logic_problems(one.rule.logic, "The rule", here, project)


def _piping(project: Project) -> Iterator[Problem]:
    texts = [(repeat.form, "repeating label", repeat.custom_label) for repeat in project.repeats]
    for field in project.dictionary:
        texts += [(field.form, field.name, text) for text in (field.label, field.section_header, field.note)]
    for form, place, text in texts:
        for name in _PIPED.findall(text):
            if name not in project.dictionary:
                yield Problem((form, place), f"It pipes [{name}], which no form has.", _instead(name, project))
        for name in _LINKED.findall(text):
            if name not in project.dictionary.forms:
                remedy = suggest(name, project.dictionary.forms)
                yield Problem((form, place), f"It links to the form {name}, which the project lacks.", remedy)


def _hidden(project: Project, protocol: Protocol) -> Iterator[Problem]:
    """Sites must not learn from texts or branching of their forms what they have no right to see."""
    hidden = {form.name for form in expand_forms(protocol) if not form.instrument.site_reads}
    texts = [(repeat.form, "repeating label", repeat.custom_label) for repeat in project.repeats]
    for field in project.dictionary:
        own = (field.label, field.section_header, field.note, field.branching_logic, field.annotation)
        texts += [(field.form, field.name, text) for text in own]
    for form, place, text in texts:
        for name in _PIPED.findall(text):
            target = project.dictionary.by_name.get(name)
            if form not in hidden and target and target.form in hidden:
                reason = f"It reads [{name}] of {target.form}, which sites have no right to see."
                yield Problem((form, place), reason, "Take it out, or set site_reads = false for this form too.")


def _instead(name: str, project: Project) -> str:
    near = nearest(name, project.dictionary.by_name)
    return f"Write [{near}]." if near else "Name a variable of the project."


def _ranges(dictionary: DataDictionary) -> Iterator[Problem]:
    for field in dictionary:
        here = (field.form, field.name)
        limits = [limit for limit in (field.minimum, field.maximum) if limit]
        if limits and not field.validation:
            yield Problem(
                here, "It has a range but no validation.", "Give it a validation, or take the range out."
            )
        for limit in limits:
            if not valid(limit, field.validation):
                yield Problem(here, f"The limit {limit} is no {field.validation}.", "Correct the limit.")
        if not within(field.minimum, field.validation, "", field.maximum):
            yield Problem(here, f"The range {field.minimum} to {field.maximum} is empty.", "Correct the limits.")


def _codes(project: Project) -> Iterator[Problem]:
    missing = {code.lower() for code in project.missing_data_codes}
    for field in project.dictionary:
        if field.type is FieldType.CHECKBOX:
            both = missing & {code.lower() for code in field.choices}
        else:
            both = set(project.missing_data_codes) & field.choices.keys()
        for code in sorted(both):
            yield Problem(
                (field.form, field.name), f"The answer {code} is a missing-data code.", "Rename the code."
            )


def _units(dictionary: DataDictionary, protocol: Protocol) -> Iterator[Problem]:
    for analyte in protocol.analytes.values():
        field: Field | None = dictionary.by_name.get(f"lab_{analyte.slug}_unit")
        known = [unit.code for unit in analyte.units]
        for code in field.choices if field else ():
            if code not in known:
                yield Problem(
                    ("labs", f"lab_{analyte.slug}_unit"), f"The unit {code} has no factor.", suggest(code, known)
                )


def _read(dictionary: DataDictionary, variables: frozenset[str]) -> Iterator[Problem]:
    for name in sorted(variables - dictionary.by_name.keys()):
        near = nearest(name, dictionary.by_name)
        yield Problem(
            (name,),
            "A derivation or check reads this variable, but no form has it.",
            f"Add it{f', or read {near}' if near else ''}.",
        )
