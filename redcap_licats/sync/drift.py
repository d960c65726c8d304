"""How the fields that people fill in differ from the protocol's: what can still be read, and what cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redcap_licats.config import ProjectSettings
from redcap_licats.definition.compare import Aspect, compare_fields
from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.sync.finding import Finding, Harm, some
from redcap_licats.sync.guards import place
from redcap_licats.sync.needs import Needs

Pair = tuple[Field, Field]

#: code, words and aspects of what can differ and still be read
_KINDS: tuple[tuple[str, str, frozenset[Aspect]], ...] = (
    ("SETUP-CHOICES", "other choices", frozenset({Aspect.CHOICE_ADDED, Aspect.CHOICE_GONE})),
    (
        "SETUP-VALIDATION",
        "another type, validation, minimum or maximum",
        frozenset({Aspect.TYPE, Aspect.VALIDATION, Aspect.RANGE}),
    ),
    (
        "SETUP-LOGIC",
        "another branching logic or calculation, or are required otherwise",
        frozenset({Aspect.BRANCHING, Aspect.CALCULATION, Aspect.REQUIRED}),
    ),
    ("SETUP-WORDING", "other words", frozenset({Aspect.WORDING, Aspect.CHOICE_LABEL})),
)
_HOLDS_NO_VALUE = frozenset({FieldType.DESCRIPTIVE, FieldType.FILE})


def drift(live: DataDictionary, needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    """Compare the fields that others than the worker fill in. Missing ones are not looked at here."""
    worker = frozenset(needs.worker)
    wanted = [one for one in needs.wanted if one.form not in worker and one.name != needs.wanted.record_id_field]
    pairs = [(one, here) for one in wanted if (here := live.by_name.get(one.name))]
    unreadable = [f"{ours.name} ({why})" for ours, theirs in pairs if (why := _unreadable(ours, theirs))]
    if unreadable:
        yield Finding(
            "SETUP-MEANING",
            Harm.READING,
            f"{len(unreadable)} fields cannot be read as the protocol means them: {some(unreadable)}",
            place(settings),
            "Define them as they stand in the data dictionary that 'licats instruments build' writes.",
        )
    yield from _harmless(pairs, settings)
    known = {live.record_id_field, *needs.wanted.by_name}
    own = [one.name for one in live if one.form in needs.forms and one.name not in known]
    if own:
        what = f"{_count(own)} of the study's own on our instruments: {some(own)}"
        yield _note("SETUP-OWN-FIELDS", what, settings)
    if needs.absent:
        names = sorted(needs.absent)
        yield Finding(
            "SETUP-ABSENT",
            Harm.HARMLESS,
            f"{len(names)} optional instruments are not in the project: {some(names)}",
            place(settings),
            "None needed: the checks and values that read them are left out, and the report names them.",
        )
    if live.record_id_field != needs.wanted.record_id_field:
        what = f"The record id is '{live.record_id_field}', not '{needs.wanted.record_id_field}'"
        yield _note("SETUP-RECORD-ID", what, settings)


def _harmless(pairs: Iterable[Pair], settings: ProjectSettings) -> Iterator[Finding]:
    """Name what differs and can still be read, sorted by what people would look for."""
    readable = [(ours, theirs) for ours, theirs in pairs if not _unreadable(ours, theirs)]
    differing = [(ours.name, {one.aspect for one in compare_fields(theirs, ours)}) for ours, theirs in readable]
    for code, what, aspects in _KINDS:
        names = [name for name, found in differing if found & aspects]
        if names:
            yield _note(code, f"{_count(names)} with {what} than in the protocol: {some(names)}", settings)


def _unreadable(ours: Field, theirs: Field) -> str:
    """Say why values of a field cannot be what the protocol takes them for; '' if they can."""
    if ours.type in _HOLDS_NO_VALUE:
        return ""
    if theirs.form != ours.form:
        return f"on form {theirs.form}"
    if theirs.type in _HOLDS_NO_VALUE or not ours.columns.keys() <= theirs.columns.keys():
        return f"{theirs.type} for {ours.type}" if theirs.type != ours.type else "choices are missing"
    if ours.choices and theirs.choices and not ours.choices.keys() & theirs.choices.keys():
        return "no choice in common"
    kinds = {_kind(ours.validation), _kind(theirs.validation)} - {""}
    return f"{theirs.validation} for {ours.validation}" if len(kinds) > 1 else ""


def _kind(validation: str) -> str:
    """Give what a validation lets in; '' if nearly everything. Dates of any order are exported year first."""
    stem = validation.partition("_")[0]
    if stem in ("integer", "number"):
        return "number"
    return stem if stem in ("date", "datetime", "time") else ""


def _count(names: list[str]) -> str:
    return f"{len(names)} field{'s' if len(names) > 1 else ''}"


def _note(code: str, what: str, settings: ProjectSettings) -> Finding:
    return Finding(code, Harm.HARMLESS, what, place(settings), "None needed, if it is meant so.")
