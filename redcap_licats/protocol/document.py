"""The protocol as a document for people: Markdown, from the template beside this module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from redcap_licats.messages.catalogue import catalogue
from redcap_licats.protocol.base import Sourced
from redcap_licats.protocol.models import CheckRule, CheckSpec, Criterion, Protocol, Severity

TEMPLATE = "document.md.j2"
PUBLISHED = "published"
STUDY_SETTING = "study setting"
_GRADINGS = {
    "crs": "CRS (ASTCT)",
    "icans": "ICANS (ASTCT)",
    "regrading": "CRS and ICANS from assessments",
    "icaht_early": "Early ICAHT (neutrophils)",
    "icaht_late": "Late ICAHT (neutrophils)",
    "ticaht_early": "Early T-ICAHT (platelets)",
    "ticaht_late": "Late T-ICAHT (platelets)",
}


def document(protocol: Protocol, classes: Mapping[str, str]) -> str:
    """Write out every criterion, setting and edit check, in Markdown.

    Args:
        protocol: The protocol, with a site's overlay where there is one.
        classes: Class that each reason of the classification leads to, in order of precedence.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=select_autoescape(),  # of HTML only; for Markdown every value goes through _plain
    )
    environment.filters |= {"standing": _standing, "exact": _exact, "title": _title}
    environment.globals |= {"audience": _audience, "release": _release, "terms": _terms, "rule": _rule}
    environment.globals |= {"quality": _quality, "quality_rules": _quality_rules}
    template = environment.get_template(TEMPLATE)
    groups = {name: one for name, one in protocol.settings if isinstance(one, Sourced)}
    return template.render(
        protocol=protocol,
        settings=protocol.settings,
        groups=groups,
        classes=classes,
        toxicity=dict(protocol.toxicity),
        titles=_GRADINGS,
    )


def _plain(value: object) -> str:
    """Keep a value on its line, and free of what Markdown or HTML would read as markup."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value)) or "none"
    return re.sub(r"([\\`*|<\[])", r"\\\1", " ".join(str(value).split()))


def _standing(rule: Sourced) -> str:
    return PUBLISHED if rule.published else STUDY_SETTING


def _exact(value: Fraction | None) -> str:
    """Write a factor in six digits, and as a fraction where those are not all."""
    if value is None:
        return "none: doses are not converted"
    digits = f"{float(value):.6g}"
    return digits if Fraction(digits) == value else f"{digits} (exactly {value})"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _rule(one: Criterion, protocol: Protocol) -> str:
    """Say when the data meet a criterion."""
    analyte = protocol.analytes[one.analyte].label.en if one.analyte else ""
    match one.kind:
        case "lab_rise":
            rise = "above baseline" if one.at_least is None else f"at least {one.at_least} times baseline"
            floor = "" if one.floor is None else f" and at least {one.floor}"
            return f"{analyte}: peak {rise}{floor}"
        case "lab_above":
            return f"{analyte}: peak above the upper reference limit and above baseline"
        case "spo2_fall":
            return f"SpO2 at least {one.points} points below baseline, or oxygen newly needed"
        case "finding":
            return "Found by the investigator"


def _audience(check: CheckSpec) -> str:
    match check.severity:
        case Severity.MEDICAL:
            return "monitor only, until released to the site"
        case Severity.INFO:
            return "report only, never a query"
        case _:
            return "site"


def _release(check: CheckSpec, days: int) -> str:
    if check.severity is Severity.INFO:
        return "not asked"
    return "at once" if check.at_once else f"when its form is complete, else after {days} days"


def _quality(check: CheckSpec) -> str:
    """Say how much of a check REDCap's own Data Quality module looks at."""
    rules = check.data_quality
    return "–" if not rules else "in part" if any(one.only for one in rules) else "whole"


def _quality_rules(check: CheckSpec) -> str:
    return "; ".join(
        f"{_forms(one)} ({one.only.en if one.only else 'the whole check'})" for one in check.data_quality
    )


def _forms(rule: CheckRule) -> str:
    if not rule.form:
        return "every form of the sites"
    return ", ".join(rule.form.format(slug=organ) for organ in rule.organs or ("…",))


def _terms(family: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """List the codes of a family with their texts, in the order of the catalogue."""
    for key, texts in catalogue().items():
        name, _, code = key.rpartition(".")
        if name == f"terms.{family}":
            yield code, texts
