"""The guards that every run goes through. Each yields what it finds; none asks the server anything."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from redcap_licats.api.imports import GROUP
from redcap_licats.api.model import ProjectInfo
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import DataDictionary, Event, Repeat
from redcap_licats.errors import GuardError
from redcap_licats.protocol.models import Instrument
from redcap_licats.sync.finding import Finding, Harm, some
from redcap_licats.sync.needs import Needs
from redcap_licats.sync.setup import Setup

_DICTIONARY = "the data dictionary that 'licats instruments build' writes"


def place(settings: ProjectSettings) -> str:
    """Name the project as the place of a finding."""
    return f"project '{settings.name}'"


def frozen_study(settings: ProjectSettings) -> Iterator[Finding]:
    """Never write into a frozen study."""
    if settings.frozen:
        yield Finding(
            "STUDY-FROZEN",
            Harm.WRITING,
            "The study is frozen; nothing is written any more",
            place(settings),
            "Use --dry-run, or take 'frozen' out of the configuration.",
            GuardError,
        )


def data_cut(settings: ProjectSettings, today: dt.date) -> Iterator[Finding]:
    """Say what a data cut does and what it cannot do: REDCap gives values as they are, never as they were."""
    cut = settings.data_cut
    if cut is None:
        return
    if cut > today:
        what = f"The data cut {cut} has not come; until then nothing is cut"
        yield Finding("DATA-CUT-AHEAD", Harm.HARMLESS, what, place(settings), "None needed, if it is meant so.")
        return
    yield Finding(
        "DATA-CUT",
        Harm.HARMLESS,
        f"Rows and dates after {cut} are left out, whenever they were entered. What has no date of its own "
        "(answers without a date, choices, numbers on a row that had begun by then) and REDCap's log count as "
        "they are now",
        place(settings),
        "For an analysis of what had been entered on that day, lock the records or copy the project on that day.",
    )


def other_project(info: ProjectInfo, settings: ProjectSettings) -> Iterator[Finding]:
    """Make sure that the token belongs to the project that the configuration names."""
    if info.project_id != settings.project_id:
        yield Finding(
            "GUARD-PROJECT",
            Harm.READING,
            f"The token belongs to project {info.project_id}, not to project {settings.project_id}",
            place(settings),
            "Correct 'project_id', or give the token of the right project.",
            GuardError,
        )


def missing_fields(
    live: DataDictionary,
    wanted: DataDictionary,
    forms: Mapping[str, Instrument],
    absent: Collection[str],
    settings: ProjectSettings,
) -> Iterator[Finding]:
    """Name the instruments and fields of the protocol that the project does not have.

    The record id is the project's own first field, whatever its name.
    """
    lacking = [form for form in wanted.forms if form not in live.forms and form not in absent]
    if lacking:
        yield Finding(
            "SETUP-FORMS",
            _harm(lacking, forms),
            f"The project lacks {len(lacking)} instruments: {some(lacking)}",
            place(settings),
            "Bring them in with 'licats instruments diff' and 'deploy', or upload their zips, which 'licats"
            " instruments build' writes, in REDCap's Online Designer.",
        )
    missing = [
        field
        for field in wanted
        if field.form not in (*absent, *lacking)
        and field.name not in live
        and field.name != wanted.record_id_field
    ]
    if missing:
        yield Finding(
            "SETUP-FIELDS",
            _harm([field.form for field in missing], forms),
            f"The project lacks {len(missing)} fields: {some(field.name for field in missing)}",
            place(settings),
            f"Add them as they stand in {_DICTIONARY}.",
        )


def other_definitions(
    live: DataDictionary, wanted: DataDictionary, worker: Collection[str], settings: ProjectSettings
) -> Iterator[Finding]:
    """Make sure that the worker's own fields take the worker's values."""
    wrong = [
        field.name
        for form in worker
        for field in wanted.forms[form]
        if (here := live.by_name.get(field.name))
        and (
            (here.form, here.type, here.validation) != (form, field.type, field.validation)
            or not field.choices.keys() <= here.choices.keys()
        )
    ]
    if wrong:
        yield Finding(
            "SETUP-DEFINITION",
            Harm.WRITING,
            f"{len(wrong)} of the worker's fields are defined otherwise than in the protocol: {some(wrong)}",
            place(settings),
            f"Give them form, type, validation and choices as they stand in {_DICTIONARY}.",
        )


def other_repeats(
    repeats: Sequence[Repeat], forms: Mapping[str, Instrument], settings: ProjectSettings, *, longitudinal: bool
) -> Iterator[Finding]:
    """Make sure that exactly those of our instruments repeat that the protocol lets repeat."""
    repeating = {one.form for one in repeats}
    wrong = {
        name: f"{name} must repeat" if one.repeats else f"{name} must not repeat"
        for name, one in forms.items()
        if one.repeats != (name in repeating)
        # in a longitudinal study a site's form may repeat with its events instead
        and not (longitudinal and one.writer != "worker")
    }
    if wrong:
        yield Finding(
            "SETUP-REPEATS",
            _harm(list(wrong), forms),
            f"The repeating set-up differs from the protocol: {some(wrong.values())}",
            place(settings),
            "Correct 'Repeating instruments and events' on the project's set-up page.",
        )


def first_events(form: str, events: Sequence[Event]) -> dict[int, str]:
    """Give the first event of each arm that an instrument is designated to."""
    found: dict[int, str] = {}
    for event in events:
        if form in event.forms:
            found.setdefault(event.arm, event.unique_name)
    return found


def no_event(
    worker: Collection[str],
    events: Sequence[Event],
    settings: ProjectSettings,
    *,
    longitudinal: bool,
    read: Collection[str] = (),
) -> Iterator[Finding]:
    """Make sure that in a longitudinal project the worker's instruments have an event in each arm that counts.

    An arm counts if one of the forms that are read stands in it.
    """
    arms = {event.arm for event in events if not read or any(form in read for form in event.forms)} or {0}
    homeless = [form for form in worker if longitudinal and not arms <= first_events(form, events).keys()]
    if homeless:
        yield Finding(
            "SETUP-EVENTS",
            Harm.WRITING,
            f"{len(homeless)} of the worker's instruments are designated to no event of an arm "
            f"that holds our forms: {some(homeless)}",
            place(settings),
            "Designate each to one event of every such arm on the page 'Designate Instruments for My Events'.",
        )


#: of these a subject has one, wherever it is entered
_ONE = ("enrolment", "disposition")


def several_events(setup: Setup, needs: Needs, settings: ProjectSettings) -> Iterator[Finding]:
    """Make sure that of a form of which a subject has one, an arm has one as well."""
    for form in _ONE:
        of_arm = Counter(event.arm for event in setup.events if form in event.forms and form in needs.here)
        if any(times > 1 for times in of_arm.values()):
            yield Finding(
                "SETUP-ONE-EVENT",
                Harm.READING,
                f"The form {form} stands in several events of an arm; a subject can have only one of it",
                place(settings),
                "Designate it to one event of each arm on the page 'Designate Instruments for My Events'.",
            )


def worker_in_group(
    row: Mapping[str, str], settings: ProjectSettings, *, access_groups: bool
) -> Iterator[Finding]:
    """Make sure that the worker sees the records of every site.

    Asked for Data Access Groups, REDCap gives their column only to users that are in none; where it is missing,
    the project must have no groups.
    """
    if GROUP not in row and access_groups:
        yield in_group(settings)


def in_group(settings: ProjectSettings) -> Finding:
    """Say that the worker sees one site only."""
    return Finding(
        "GUARD-GROUP",
        Harm.READING,
        "The token's user is in a Data Access Group and sees the records of one site only",
        place(settings),
        "Take the worker's user out of the group on the page 'Data Access Groups'.",
        GuardError,
    )


def _harm(touched: Collection[str], forms: Mapping[str, Instrument]) -> Harm:
    """Forms that only the worker writes can be read without; the others cannot."""
    return Harm.WRITING if all(forms[form].writer == "worker" for form in touched) else Harm.READING
