"""What deploying would change in a live project, difference by difference, each with its effect on held data.

Both sides are whole projects: the live one, and what it is to become (:mod:`redcap_licats.forms.merge`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from redcap_licats.definition.compare import Aspect, FieldDifference, compare_fields, plain
from redcap_licats.definition.model import DataDictionary, FieldType, Project, Repeat, format_choices


class Effect(StrEnum):
    """What a difference does to a study that has data."""

    SAFE = "safe"
    DRAFT = "needs draft mode"
    LOSS = "loses data"


class Kind(StrEnum):
    """What kind of difference it is."""

    FORM_ADDED = "form added"
    FORM_GONE = "form gone"
    FIELD_ADDED = "field added"
    FIELD_GONE = "field gone"
    FIELD_MOVED = "field moved to another form"
    TYPE = "type changed"
    CHOICE_ADDED = "choice added"
    CHOICE_GONE = "choice gone"
    CHOICE_MEANING = "choice means something else"
    VALIDATION = "validation changed"
    RANGE = "range changed"
    LOGIC = "logic changed"
    WORDING = "words changed"
    DISPLAY = "display changed"
    ORDER = "order changed"
    REPEAT_ADDED = "made repeating"
    REPEAT_GONE = "no longer repeating"
    REPEAT_NEW = "begins as repeating"
    REPEAT_LABEL = "label of instances changed"
    EVENT_ADDED = "form put into events"
    EVENT_GONE = "form taken out of an event"
    MISSING_CODES = "missing-data codes"
    MISSING_ANSWER = "answer is a missing-data code of the study"
    FORM_LABEL = "name of the form"
    COLLISION = "name is taken"


#: never does anything to held data
_SAFE = frozenset(
    {
        *(Kind.FORM_ADDED, Kind.FIELD_ADDED, Kind.CHOICE_ADDED, Kind.WORDING, Kind.DISPLAY, Kind.ORDER),
        *(Kind.REPEAT_NEW, Kind.REPEAT_LABEL, Kind.EVENT_ADDED, Kind.MISSING_CODES, Kind.FORM_LABEL),
    }
)
#: loses or hides what records hold, if any hold something that it touches
MAY_LOSE = frozenset(
    {
        *(Kind.FORM_GONE, Kind.FIELD_GONE, Kind.FIELD_MOVED, Kind.TYPE, Kind.CHOICE_GONE, Kind.CHOICE_MEANING),
        *(Kind.VALIDATION, Kind.RANGE, Kind.REPEAT_ADDED, Kind.REPEAT_GONE, Kind.EVENT_GONE),
    }
)
#: what no method of the API changes
BY_HAND = frozenset({Kind.MISSING_CODES, Kind.MISSING_ANSWER, Kind.FORM_LABEL})

_KINDS: Mapping[Aspect, Kind] = {
    Aspect.FORM: Kind.FIELD_MOVED,
    Aspect.TYPE: Kind.TYPE,
    Aspect.CHOICE_ADDED: Kind.CHOICE_ADDED,
    Aspect.CHOICE_GONE: Kind.CHOICE_GONE,
    Aspect.VALIDATION: Kind.VALIDATION,
    Aspect.RANGE: Kind.RANGE,
    Aspect.BRANCHING: Kind.LOGIC,
    Aspect.CALCULATION: Kind.LOGIC,
    Aspect.REQUIRED: Kind.LOGIC,
    Aspect.IDENTIFIER: Kind.LOGIC,
    Aspect.WORDING: Kind.WORDING,
    Aspect.ANNOTATION: Kind.DISPLAY,
    Aspect.LAYOUT: Kind.DISPLAY,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``field``, ``event`` and ``code`` are '' where it is not about one."""

    kind: Kind
    form: str
    field: str = ""
    event: str = ""
    code: str = ""
    before: str = ""
    after: str = ""

    @property
    def place(self) -> str:
        """Name the place: form, field and choice, event."""
        if self.kind is Kind.MISSING_CODES:
            return "project"
        at = " · ".join(part for part in (self.form, self.field, self.code and f"choice {self.code}") if part)
        return f"{at} in {self.event}" if self.event else at

    @property
    def names(self) -> frozenset[str]:
        """Names by which a loss is accepted: of the field, else of the form, else of the event as a whole."""
        return frozenset({self.field or self.form or self.event})


@dataclass(frozen=True, slots=True)
class Judged:
    """A difference with its effect and the ids of the records that hold what it touches.

    ``unseen``: there may be such records, but none of the project's can be seen.
    """

    difference: Difference
    effect: Effect
    records: tuple[str, ...] = ()
    unseen: bool = False


def judge(difference: Difference, records: tuple[str, ...], *, unseen: bool = False) -> Judged:
    """Class a difference by its kind and by the records that hold what it touches; what is unseen may be lost."""
    if difference.kind is Kind.COLLISION:
        return Judged(difference, Effect.LOSS, records)
    if difference.kind in _SAFE:
        return Judged(difference, Effect.SAFE)
    loses = difference.kind in MAY_LOSE and (records or unseen)
    return Judged(difference, Effect.LOSS if loses else Effect.DRAFT, records, unseen)


def differences(live: Project, target: Project, other_words: DataDictionary) -> Iterator[Difference]:
    """Give everything in which a live project differs from what it is to become.

    Args:
        live: The project as it is.
        target: What it is to become.
        other_words: Our dictionary in the other language, by the names in the study; a choice worded so means
            the same.
    """
    yield from _forms_and_fields(live.dictionary, target)
    for after in target.dictionary:
        if before := live.dictionary.by_name.get(after.name):
            for one in compare_fields(before, after):
                yield _of_field(one, after.form, after.name, other_words)
    yield from _orders(live.dictionary, target.dictionary)
    yield from _events(live, target)
    yield from _repeats(live, target)
    for form, label in target.form_labels.items():
        if form in live.form_labels and plain(live.form_labels[form]) != plain(label):
            yield Difference(Kind.FORM_LABEL, form, before=live.form_labels[form], after=label)
    yield from _missing_codes(live, target)
    yield from _missing_answers(live, target, other_words)


def _of_field(one: FieldDifference, form: str, field: str, other_words: DataDictionary) -> Difference:
    kind = _KINDS.get(one.aspect)
    if kind is None:
        translated = other_words[field].choices.get(one.code, "") if field in other_words else ""
        same = plain(one.before).casefold() in (plain(one.after).casefold(), plain(translated).casefold())
        kind = Kind.WORDING if same else Kind.CHOICE_MEANING
    return Difference(kind, form, field, code=one.code, before=one.before, after=one.after)


def _forms_and_fields(live: DataDictionary, project: Project) -> Iterator[Difference]:
    target = project.dictionary
    for form, fields in target.forms.items():
        if form not in live.forms:
            yield Difference(Kind.FORM_ADDED, form, after=_new_form(form, len(fields), project))
            continue
        for field in fields:
            if field.name not in live:
                yield Difference(Kind.FIELD_ADDED, form, field.name, after=field.type)
    for form, fields in live.forms.items():
        if form not in target.forms:
            yield Difference(Kind.FORM_GONE, form, before=f"{len(fields)} fields")
            continue
        for field in fields:
            if field.name not in target:
                yield Difference(Kind.FIELD_GONE, form, field.name, before=field.type)


def _new_form(form: str, fields: int, project: Project) -> str:
    """Say of a form that is added how many fields it has, in which events it stands, and whether it repeats."""
    events = [event.unique_name for event in project.events if project.longitudinal and form in event.forms]
    places = f", in {', '.join(events)}" if events else ""
    return f"{fields} fields{', repeating' * any(one.form == form for one in project.repeats)}{places}"


def _orders(live: DataDictionary, target: DataDictionary) -> Iterator[Difference]:
    for form, fields in target.forms.items():
        own, wanted = ([one.name for one in some] for some in (live.forms.get(form, ()), fields))
        if [name for name in own if name in set(wanted)] != [name for name in wanted if name in set(own)]:
            yield Difference(Kind.ORDER, form)
    was = [form for form in live.forms if form in target.forms]
    if was != [form for form in target.forms if form in live.forms]:
        yield Difference(Kind.ORDER, "", before=", ".join(was))


def _events(live: Project, target: Project) -> Iterator[Difference]:
    if not live.longitudinal:
        return
    was = {event.unique_name: frozenset(event.forms) for event in live.events}
    added: dict[str, list[str]] = {}
    for event in target.events:
        for form in event.forms:
            if form in live.dictionary.forms and form not in was.get(event.unique_name, ()):
                added.setdefault(form, []).append(event.unique_name)
        for form in sorted(was.get(event.unique_name, frozenset()) - set(event.forms)):
            if form in target.dictionary.forms:
                yield Difference(Kind.EVENT_GONE, form, event=event.unique_name)
    for form, events in added.items():
        yield Difference(Kind.EVENT_ADDED, form, after=", ".join(events))


def _repeats(live: Project, target: Project) -> Iterator[Difference]:
    was, is_now = _by_place(live.repeats), _by_place(target.repeats)
    for (form, event), repeat in is_now.items():
        before = was.get((form, event))
        if before is None and form in live.dictionary.forms:
            kind = Kind.REPEAT_ADDED if _stands(live, form, event) else Kind.REPEAT_NEW
            yield Difference(kind, form, event=event, after=repeat.custom_label)
        elif before is None:
            continue  # told with the form that is added
        elif plain(before.custom_label) != plain(repeat.custom_label):
            yield Difference(
                Kind.REPEAT_LABEL, form, event=event, before=before.custom_label, after=repeat.custom_label
            )
    for (form, event), repeat in was.items():
        gone = (form, event) not in is_now and (not form or form in target.dictionary.forms)
        if gone and _stands(target, form, event):
            yield Difference(Kind.REPEAT_GONE, form, event=event, before=repeat.custom_label)


def _stands(project: Project, form: str, event: str) -> bool:
    """Say whether a form is designated to an event; in a classic project every form is."""
    return not project.longitudinal or any(
        one.unique_name == event and (not form or form in one.forms) for one in project.events
    )


def _by_place(repeats: tuple[Repeat, ...]) -> dict[tuple[str, str], Repeat]:
    return {(one.form, one.event): one for one in repeats}


def _missing_codes(live: Project, target: Project) -> Iterator[Difference]:
    was, is_now = live.missing_data_codes, target.missing_data_codes
    if lacking := {code: label for code, label in is_now.items() if code not in was}:
        yield Difference(Kind.MISSING_CODES, "", before=format_choices(was), after=format_choices(lacking))


def _missing_answers(live: Project, target: Project, ours: DataDictionary) -> Iterator[Difference]:
    """Find answers of ours whose code REDCap takes for a missing value; columns of a checkbox know no capitals."""
    for field in target.dictionary:
        fold = str.lower if field.type is FieldType.CHECKBOX else str
        missing = {fold(code): label for code, label in live.missing_data_codes.items()}
        for code, label in field.choices.items() if field.name in ours else ():
            if fold(code) in missing:
                meant = missing[fold(code)]
                yield Difference(Kind.MISSING_ANSWER, field.form, field.name, code=code, before=meant, after=label)
