"""Putting our forms into a live project by the API: in development status only, with a backup, read back.

Every step is worked out from what the project holds, so a run that was killed is finished by the next one. A step
that REDCap refuses takes the steps before it back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.compare import compare_fields
from redcap_licats.definition.dictionary import fields_from_rows
from redcap_licats.deploy.backup import save_backup
from redcap_licats.deploy.live import Layout, Live, Rows, read_live, write_fields, write_mapping, write_repeats
from redcap_licats.deploy.plan import Plan
from redcap_licats.errors import GuardError, LicatsError, RetriableError, ServerError
from redcap_licats.sync.finding import some
from redcap_licats.sync.guards import place

_RESTORE = "licats instruments restore {folder} --apply"


@dataclass(frozen=True, slots=True)
class _Step:
    """One request that writes: what it writes, and how the rows that are there are looked up."""

    what: str
    rows: Callable[[Layout], Rows]
    write: Callable[[RedcapClient, Rows], None]
    key: Sequence[str]


_STEPS = (
    _Step("data dictionary", lambda layout: layout.fields, write_fields, ()),
    _Step(
        "mapping of forms to events",
        lambda layout: layout.mapping,
        write_mapping,
        ("unique_event_name", "form"),
    ),
    _Step(
        "repeating set-up",
        lambda layout: layout.repeats,
        write_repeats,
        ("event_name", "form_name", "custom_form_label"),
    ),
)


@dataclass(frozen=True, slots=True)
class Deployed:
    """What was done: the folder of the backup, and the steps that wrote something."""

    backup: Path
    steps: tuple[str, ...]


def refuse_production(live: Live, settings: ProjectSettings) -> None:
    """Never change a project that is in production.

    Raises:
        GuardError: It is.
    """
    if live.info.in_production:
        raise GuardError(
            "DEPLOY-PRODUCTION",
            "The project is in production: its dictionary is changed by people, in draft mode",
            where=place(settings),
            remedy="Write the dictionary with 'licats instruments diff --out FILE.csv', upload it in draft mode, "
            "and let the changes be reviewed.",
        )


def refuse_losses(plan: Plan, accepted: Collection[str], settings: ProjectSettings) -> None:
    """Refuse what takes names of the study, and what loses data that nobody has given up by name.

    Raises:
        GuardError: There is something of the kind.
    """
    if plan.collisions:
        names = some(one.difference.place for one in plan.collisions)
        raise GuardError(
            "DEPLOY-NAMES",
            f"The study uses {len(plan.collisions)} names of ours for something else: {names}",
            where=place(settings),
            remedy=f'Write prefix = "{plan.proposed_prefix}" into the mapping.',
        )
    if lost := plan.losses(accepted):
        records = {record for one in lost for record in one.records}
        fields = sorted({name for one in lost for name in one.difference.names})
        raise GuardError(
            "DEPLOY-LOSS",
            f"{len(lost)} differences would lose data of {len(records)} records: {some(fields)}",
            where=place(settings),
            remedy="They are those of the class 'loses data'. If the data may go, name each: "
            + " ".join(f"--accept-loss {name}" for name in fields),
        )


def refuse_without_rights(client: RedcapClient, settings: ProjectSettings) -> None:
    """Make sure, before anything is written, that the token's user may write what is to be written.

    Raises:
        GuardError: A right is missing.
    """
    lacking = []
    tried: tuple[tuple[str, Callable[[], object]], ...] = (
        ("API Import/Update", lambda: client.pycap.import_records([])),
        ("Project Design and Setup", lambda: client.pycap.export_repeating_instruments_events()),
    )
    for right, call in tried:
        try:
            call()
        except ServerError as error:
            if error.code.startswith("API-RIGHT"):
                lacking.append(right)
            # asked for when nothing repeats, and given no records, REDCap refuses for another reason
            elif error.code != "API-REFUSED":
                raise
    if lacking:
        raise GuardError(
            "DEPLOY-RIGHTS",
            f"The token's user lacks the right {' and '.join(lacking)}",
            where=place(settings),
            remedy="Deploy with the token of a user who may design the project. The worker needs no such right.",
        )


def refuse_changed(client: RedcapClient, plan: Plan, settings: ProjectSettings) -> None:
    """Make sure that the project is still in development and as it was compared.

    Raises:
        GuardError: It is not.
    """
    now = read_live(client)
    refuse_production(now, settings)
    if now.layout != plan.live.layout:
        raise GuardError(
            "DEPLOY-CHANGED",
            "Somebody changed the project while it was compared; nothing was written",
            where=place(settings),
            remedy="Run it again.",
        )


def deploy(
    client: RedcapClient, plan: Plan, settings: ProjectSettings, *, accepted: Collection[str], folder: Path | None
) -> Deployed:
    """Save a backup, write what differs step by step, read each step back.

    Raises:
        GuardError: The project is in production, a right is missing, or something would be lost.
        ServerError: REDCap refuses a step, which takes back those before it, or does not hold what was written.
    """
    refuse_production(plan.live, settings)
    refuse_losses(plan, accepted, settings)
    refuse_without_rights(client, settings)
    backup = save_backup(client, plan.live, settings, folder)
    # last, since a backup with all data takes its time
    refuse_changed(client, plan, settings)
    return Deployed(backup, write_layout(client, plan.live, plan.layout, settings, backup))


def restore(
    client: RedcapClient, plan: Plan, settings: ProjectSettings, *, accepted: Collection[str]
) -> tuple[str, ...]:
    """Put a backup's set-up back; name the steps that wrote something.

    Raises:
        GuardError: The project is in production, a right is missing, or what was entered since would be lost.
        ServerError: As :func:`deploy`.
    """
    refuse_production(plan.live, settings)
    refuse_losses(plan, accepted, settings)
    refuse_without_rights(client, settings)
    refuse_changed(client, plan, settings)
    return write_layout(client, plan.live, plan.layout, settings, None)


def write_layout(
    client: RedcapClient, live: Live, wanted: Layout, settings: ProjectSettings, backup: Path | None
) -> tuple[str, ...]:
    """Write what differs of a layout, each step read back.

    Raises:
        ServerError: REDCap refuses a step, or does not hold what was written.
    """
    done: list[str] = []
    now = live.layout
    for step in _STEPS:
        if _same(step, now, wanted):
            continue
        try:
            now = _write(client, step, wanted)
        except ServerError as error:
            raise _taken_back(client, live.layout, error, step, settings, backup) from error
        done.append(step.what)
    return tuple(done)


def _write(client: RedcapClient, step: _Step, wanted: Layout) -> Layout:
    """Write one step and read the project back; give what it holds.

    Raises:
        ServerError: It was refused, or is not there afterwards.
    """
    failure: LicatsError | None = None
    try:
        step.write(client, step.rows(wanted))
    except RetriableError as error:
        # nobody knows whether the server did it
        failure = error
    now = read_live(client).layout
    if _same(step, now, wanted):
        return now
    if failure:
        raise ServerError(failure.code, failure.message, where=failure.where, remedy=failure.remedy) from failure
    unlike = some(_unlike(step, now, wanted))
    raise ServerError(
        "DEPLOY-READBACK",
        f"REDCap took the {step.what} but holds it otherwise: {unlike}",
        where=client.url,
        remedy="Look at these places in REDCap; it may allow less than this program knows.",
    )


def _same(step: _Step, one: Layout, other: Layout) -> bool:
    return not _unlike(step, one, other)


def _comparable(step: _Step, layout: Layout) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(row.get(key, "") for key in step.key) for row in step.rows(layout))


def _unlike(step: _Step, now: Layout, wanted: Layout) -> list[str]:
    """Name where two layouts differ in a step; the dictionary counts in its order, the others do not."""
    if step.key:
        return [" ".join(key) for key in sorted(_comparable(step, now) ^ _comparable(step, wanted))]
    one, other = fields_from_rows(now.fields), fields_from_rows(wanted.fields)
    names = [field.name for field in other if field.name not in one or any(compare_fields(one[field.name], field))]
    names += [field.name for field in one if field.name not in other]
    return names or ([] if [*one.by_name] == [*other.by_name] else ["the order of the fields"])


def _taken_back(
    client: RedcapClient,
    before: Layout,
    error: ServerError,
    step: _Step,
    settings: ProjectSettings,
    backup: Path | None,
) -> ServerError:
    """Put everything back as it was before a step was refused, and say how that went."""
    how = _RESTORE.format(folder=backup) if backup else "licats instruments restore FOLDER --apply"
    try:
        for one in _STEPS:
            now = read_live(client).layout
            if not _same(one, now, before):
                one.write(client, one.rows(before))
        now = read_live(client).layout
        whole = all(_same(one, now, before) for one in _STEPS)
    except LicatsError:
        whole = False
    state = "the project is as it was before" if whole else f"the project is half-written; put it back with: {how}"
    return ServerError(
        error.code,
        f"The {step.what} was not written ({error.message}); {state}",
        where=place(settings),
        remedy=error.remedy if whole else f"Run: {how}",
    )
