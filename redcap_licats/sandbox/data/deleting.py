"""Deletion of records or parts of them: all that were named, or none.

Source: facts/redcap_api.md 1.1, E4.
"""

from __future__ import annotations

from dataclasses import dataclass

from redcap_licats.sandbox.data.saving import Author
from redcap_licats.sandbox.store.layout import Layout, RowKey
from redcap_licats.sandbox.store.log import Kind, forget_record, write_log
from redcap_licats.sandbox.store.records import (
    Record,
    delete_cell,
    delete_record,
    delete_rows,
    find_record,
    rows_of,
)
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.wire.params import Params
from redcap_licats.sandbox.wire.reply import ApiError


@dataclass(frozen=True, slots=True)
class Deletion:
    """What to delete: the records, or of them one arm, event, form or instance."""

    records: tuple[str, ...]
    arm: int | None = None
    event: str = ""
    form: str = ""
    instance: int | None = None
    with_log: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether the record itself may stay."""
        return bool(self.event or self.form or self.instance)


def read_deletion(params: Params, layout: Layout) -> Deletion:
    """Read the parameters of a deletion.

    Raises:
        ApiError: 400 for unknown names, a missing event, or no record at all.
    """
    wanted = Deletion(
        records=tuple(dict.fromkeys(params.array("records"))),
        arm=params.number("arm"),
        event=params.text("event"),
        form=params.text("instrument"),
        instance=params.number("repeat_instance"),
        with_log=params.flag("delete_logging"),
    )
    if not wanted.records:
        raise ApiError(400, "The parameter 'records' is missing: no record was named for deletion.")
    if wanted.arm is not None and wanted.arm not in {arm.number for arm in layout.project.arms}:
        raise ApiError(400, f"The arm number {wanted.arm} does not exist in the project.")
    if wanted.event and wanted.event not in layout.events:
        raise ApiError(400, f"The event '{wanted.event}' does not exist in the project.")
    if wanted.form and wanted.form not in layout.forms:
        raise ApiError(400, f"The instrument '{wanted.form}' does not exist in the project.")
    if wanted.form and layout.longitudinal and not wanted.event:
        raise ApiError(400, "The parameter 'event' is required to delete an instrument of a longitudinal project.")
    return wanted


def delete_records(session: Session, site: Site, author: Author, access_group: str, wanted: Deletion) -> int:
    """Delete what was asked for; give the number of records.

    Raises:
        ApiError: 400 if any record does not exist (for the user); nothing is deleted then.
    """
    found = [(name, find_record(session, site.id, name)) for name in wanted.records]
    missing = [
        name
        for name, record in found
        if record is None
        or (access_group and record.access_group != access_group)
        or not _is_in_arm(session, site, record, wanted.arm)
    ]
    if missing:
        raise ApiError(
            400,
            "One or more of the records provided cannot be deleted because they do not exist in the project."
            f" The following records do not exist: {', '.join(missing)}",
        )
    records = [record for _, record in found if record is not None]
    for record in records:
        _check_arm(session, site, record, wanted)
    for record in records:
        _delete(session, site, author, record, wanted)
    return len(records)


def _is_in_arm(session: Session, site: Site, record: Record, arm: int | None) -> bool:
    """Say whether a record has rows in an arm; a classic project has one arm for all."""
    return arm is None or any(site.layout.arm_of(key.event) == arm for key in rows_of(session, record.id))


def _check_arm(session: Session, site: Site, record: Record, wanted: Deletion) -> None:
    if wanted.arm is not None or wanted.is_partial or not site.layout.longitudinal:
        return
    arms = {site.layout.arm_of(key.event) for key in rows_of(session, record.id)}
    if len(arms) > 1:
        raise ApiError(400, f"The record '{record.name}' exists in several arms. The parameter 'arm' is required.")


def _delete(session: Session, site: Site, author: Author, record: Record, wanted: Deletion) -> None:
    layout = site.layout
    keys = rows_of(session, record.id)
    doomed = [key for key in keys if _is_meant(key, layout, wanted)]
    if not doomed:
        return
    for key in doomed:
        if wanted.form and not key.form:
            _delete_form(session, layout, record, key, wanted.form)
        else:
            delete_rows(session, record, key)
    whole = not rows_of(session, record.id)
    if whole:
        delete_record(session, record)
        if wanted.with_log:
            forget_record(session, site.id, record.name)
            return
    write_log(
        session,
        site.id,
        author.username,
        Kind.RECORD_DELETE if whole else Kind.RECORD_EDIT,
        f"{'Delete' if whole else 'Update'} record {author.route}".rstrip(),
        f"{layout.record_id} = '{record.name}'" if whole else _what(wanted),
        record=record.name,
        access_group=record.access_group,
    )


def _is_meant(key: RowKey, layout: Layout, wanted: Deletion) -> bool:
    if wanted.event and key.event != wanted.event:
        return False
    if wanted.arm is not None and layout.arm_of(key.event) != wanted.arm:
        return False
    if wanted.form and key.form not in ("", wanted.form):
        return False
    return wanted.instance is None or key.instance == wanted.instance


def _delete_form(session: Session, layout: Layout, record: Record, key: RowKey, form: str) -> None:
    """Remove one form's values from a row that holds several forms; the record id stays."""
    for column in layout.columns:
        if column.form == form and column.field != layout.record_id:
            delete_cell(session, record, key, column.field, column.code)


def _what(wanted: Deletion) -> str:
    parts = (
        ("arm", wanted.arm),
        ("event", wanted.event),
        ("instrument", wanted.form),
        ("instance", wanted.instance),
    )
    return "Delete " + ", ".join(f"{name} = '{value}'" for name, value in parts if value)
