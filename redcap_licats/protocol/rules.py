"""What must hold between the entries of a protocol, beyond the shape of each."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from string import Formatter

from redcap_licats.protocol.models import (
    CRITERION_SLOTS,
    Analyte,
    CheckSpec,
    Laboratory,
    Organ,
    Protocol,
    Severity,
)
from redcap_licats.protocol.problems import Key, Problem, suggest

_TAKEN_OUT = "If it was taken out, take the term out too: remove = true."


def rule_problems(protocol: Protocol) -> Iterator[Problem]:
    """Find every contradiction between entries."""
    yield from _settings(protocol)
    for analyte in protocol.analytes.values():
        yield from _analyte(analyte, protocol)
    for laboratory in protocol.laboratories.values():
        yield from _laboratory(laboratory, protocol)
    general = [cause.id for cause in protocol.causes]
    yield from _repeated(general, ("causes",))
    for organ in protocol.organs.values():
        yield from _organ(organ, general, protocol)
    yield from _toxicity(protocol)
    yield from _checks(protocol)


def fields_in(text: str) -> frozenset[str]:
    """List the placeholders of a text.

    Raises:
        ValueError: A brace is not closed.
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _settings(protocol: Protocol) -> Iterator[Problem]:
    timing = protocol.settings.timing
    if not 0 <= timing.early_until < timing.intermediate_until:
        yield Problem(
            ("settings", "timing", "intermediate_until"),
            f"The cuts must rise: early until day {timing.early_until}, "
            f"intermediate until day {timing.intermediate_until}.",
            "Give intermediate_until a later day than early_until.",
        )
    for severity in protocol.settings.queries.target_days:
        if severity not in list(Severity):
            yield Problem(
                ("settings", "queries", "target_days", severity),
                "No such severity.",
                suggest(severity, list(Severity)),
            )


def _analyte(analyte: Analyte, protocol: Protocol) -> Iterator[Problem]:
    here: Key = ("analytes", analyte.slug)
    if analyte.group not in protocol.analyte_groups:
        reason = _unknown("group of analytes", analyte.group)
        yield Problem((*here, "group"), reason, suggest(analyte.group, protocol.analyte_groups))
    if analyte.units[0].factor != 1:
        yield Problem(
            (*here, "units", analyte.units[0].code, "factor"),
            "The first unit is the one values are normalised to, so its factor is 1.",
            "Put the analyte's own unit first.",
        )
    if analyte.minimum is not None and analyte.maximum is not None and analyte.minimum >= analyte.maximum:
        yield Problem(
            (*here, "maximum"),
            f"The limits must rise: {analyte.minimum} to {analyte.maximum}.",
            "Correct one of them.",
        )


def _laboratory(laboratory: Laboratory, protocol: Protocol) -> Iterator[Problem]:
    for number, one in enumerate(laboratory.reference, start=1):
        here: Key = ("laboratories", laboratory.code, "reference", str(number))
        analyte = protocol.analytes.get(one.analyte)
        if analyte is None:
            yield Problem(
                (*here, "analyte"), _unknown("analyte", one.analyte), suggest(one.analyte, protocol.analytes)
            )
        elif analyte.unit(one.unit) is None:
            units = [unit.code for unit in analyte.units]
            yield Problem((*here, "unit"), _unknown(f"unit of {one.analyte}", one.unit), suggest(one.unit, units))
        if one.lower is not None and one.upper is not None and one.lower >= one.upper:
            yield Problem(
                (*here, "upper"), f"The limits must rise: {one.lower} to {one.upper}.", "Correct one of them."
            )
        if one.age_from > one.age_until:
            yield Problem((*here, "age_until"), "The age range is empty.", "Correct age_from or age_until.")
        for key, date in (("valid_from", one.valid_from), ("valid_until", one.valid_until)):
            if date and not _is_date(date):
                yield Problem((*here, key), f"'{date}' is not a date.", "Write it as YYYY-MM-DD.")


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _organ(organ: Organ, general: Iterable[str], protocol: Protocol) -> Iterator[Problem]:
    here: Key = ("organs", organ.slug)
    stems = {one.stem: one.name for one in protocol.instruments.values()}
    if organ.slug in stems:
        yield Problem(
            (*here, "slug"),
            f"The slug is already the stem of the instrument {stems[organ.slug]}.",
            "Choose another slug.",
        )
    if len(organ.criterion) > CRITERION_SLOTS:
        yield Problem(
            (*here, "criterion"),
            f"{len(organ.criterion)} criteria; the results have room for {CRITERION_SLOTS} per organ.",
            "Take criteria out, or make a second organ of them.",
        )
    for one in organ.criterion:
        if one.analyte is not None and one.analyte not in protocol.analytes:
            yield Problem(
                (*here, "criterion", one.id, "analyte"),
                _unknown("analyte", one.analyte),
                suggest(one.analyte, protocol.analytes),
            )
    yield from _repeated([*general, *(cause.id for cause in organ.cause)], (*here, "cause"))


def _repeated(ids: Iterable[str], here: Key) -> Iterator[Problem]:
    for name, times in Counter(ids).items():
        if times > 1:
            yield Problem(
                (*here, name),
                f"The cause '{name}' stands twice, among the general causes or the organ's own.",
                "Remove or rename one.",
            )


def _toxicity(protocol: Protocol) -> Iterator[Problem]:
    for name, scale in protocol.toxicity.counts.items():
        here: Key = ("toxicity", name)
        if scale.analyte not in protocol.analytes:
            reason = _unknown("analyte", scale.analyte)
            yield Problem((*here, "analyte"), reason, suggest(scale.analyte, protocol.analytes))
        if scale.last_day < scale.first_day:
            yield Problem((*here, "last_day"), "The days are none.", "Give last_day a later day than first_day.")
    for term in protocol.ctcae.values():
        here = ("ctcae", term.id)
        organ = protocol.organs.get(term.organ)
        criterion = organ.find(term.criterion) if organ else None
        if organ is None:
            remedy = f"{suggest(term.organ, protocol.organs)} {_TAKEN_OUT}"
            yield Problem((*here, "organ"), _unknown("organ", term.organ), remedy)
        elif criterion is None:
            known = [one.id for one in organ.criterion]
            reason = _unknown(f"criterion of {organ.slug}", term.criterion)
            yield Problem((*here, "criterion"), reason, f"{suggest(term.criterion, known)} {_TAKEN_OUT}")
        elif term.measure == "analyte" and criterion.analyte is None:
            reason = f"The criterion '{criterion.id}' has no analyte to grade."
            yield Problem((*here, "measure"), reason, "Choose another measure, or leave it out.")


def _checks(protocol: Protocol) -> Iterator[Problem]:
    for check in protocol.checks.values():
        here: Key = ("checks", check.id)
        for other in check.makes_meaningless:
            if other not in protocol.checks:
                yield Problem(
                    (*here, "makes_meaningless"), _unknown("check", other), suggest(other, protocol.checks)
                )
            elif other == check.id:
                yield Problem((*here, "makes_meaningless"), "A check cannot silence itself.", "Take it out.")
        yield from _texts(check.text.en, check.text.ja, (*here, "text"))
        yield from _quality_rules(check, here, protocol)


def _quality_rules(check: CheckSpec, here: Key, protocol: Protocol) -> Iterator[Problem]:
    if check.dq and check.severity is Severity.MEDICAL:
        reason = "REDCap would tell whoever runs a Data Quality rule what sites have no right to know."
        yield Problem((*here, "dq"), reason, "Give a medical check no rules.")
    for rule in check.dq:
        if rule.form and rule.form not in protocol.instruments:
            reason = _unknown("instrument", rule.form)
            yield Problem((*here, "dq"), reason, suggest(rule.form, protocol.instruments))
        if bool(rule.each) != bool(rule.join):
            yield Problem(
                (*here, "dq"), "What is repeated must be joined.", "Write 'each' and 'join', or neither."
            )


def _texts(english: str, japanese: str, here: Key) -> Iterator[Problem]:
    try:
        differ = fields_in(english) ^ fields_in(japanese)
    except ValueError as error:
        yield Problem(here, f"A placeholder is broken: {error}.", "Write placeholders as {name}.")
        return
    if differ:
        names = ", ".join(sorted(differ))
        yield Problem(here, f"Only one language has: {names}.", "Use the same placeholders in both languages.")


def _unknown(kind: str, name: str) -> str:
    return f"There is no {kind} '{name}'."
