"""Compare what is to stand on the worker's instruments with what REDCap holds. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, count

from redcap_licats.derive.model import SubjectResult
from redcap_licats.journal.model import Change
from redcap_licats.mapping.names import Names
from redcap_licats.protocol.models import Protocol
from redcap_licats.query.model import Query, Reconciled
from redcap_licats.query.place import in_their_words
from redcap_licats.query.rows import blank_cells, form_of, query_cells
from redcap_licats.subject.model import Place, Subject
from redcap_licats.sync.cells import KEY, RESULT, SUMMARY, Cells, Written, result_cells, summary_cells
from redcap_licats.sync.held import Held

Wanted = Mapping[Place, Cells]

_STATUS = f"{RESULT}_complete"


def wanted_cells(
    subject: Subject,
    derived: SubjectResult,
    reconciled: Reconciled,
    held: Held,
    events: Mapping[str, str],
    protocol: Protocol,
    names: Names | None = None,
) -> Wanted:
    """Give every row that is to stand on the worker's instruments.

    Args:
        subject: The record.
        derived: What was derived of it.
        reconciled: Its queries.
        held: What REDCap holds; decides on which instance an event's result stands.
        events: The REDCap event of each of the worker's instruments, '' in a classic project.
        protocol: The protocol.
        names: Names in the study's project, by which a query tells where it is; ours if missing.
    """
    wanted: dict[Place, Cells] = {
        Place(SUMMARY, 1, events[SUMMARY]): summary_cells(subject, derived, reconciled.queries, protocol)
    }
    results = {one.event.key: result_cells(one, reconciled.queries, protocol) for one in derived.events}
    for key, instance in result_instances(held, list(results)).items():
        place = Place(RESULT, instance, events[RESULT])
        wanted[place] = results.get(key) or _vanished(key, held[place])
    for query in reconciled.gone:
        form = form_of(medical=query.medical)
        wanted[Place(form, query.number, events[form])] = _by_rule(blank_cells(medical=query.medical), query.rule)
    for query in reconciled.queries:
        form = form_of(medical=query.medical)
        wanted[Place(form, query.number, events[form])] = _by_rule(
            query_cells(where_it_stands(query, names, protocol)), query.rule
        )
    # what stands on the worker's instruments beside all this was put there by somebody else
    return {place: dict.fromkeys(cells, Written("", "stray")) for place, cells in held.items()} | wanted


def where_it_stands(query: Query, names: Names | None, protocol: Protocol) -> Query:
    """Let a query name form, instance, event and field as the project has them, for links and threads."""
    if names is None:
        return query
    place, field = names.theirs(Place(query.form, query.instance, query.event), query.field)
    named = replace(query, form=place.form, instance=place.instance, event=place.event, field=field)
    if place.form in names.standing or place.form not in names.live.forms:
        return named
    return replace(named, where=in_their_words(place, field, names, protocol))


def where_it_is(query: Query, names: Names | None) -> Query:
    """Let a query that was stored name form, instance, event and field as we do."""
    if names is None:
        return query
    place, field = names.ours_of(Place(query.form, query.instance, query.event), query.field)
    return replace(query, form=place.form, instance=place.instance, event=place.event, field=field)


def result_instances(held: Held, keys: Sequence[str]) -> Mapping[str, int]:
    """Give the instance on ``licats_result`` of every event there is or ever was.

    An event keeps its instance for good. A new one gets a row that is blank, as an undone run leaves it, or else
    the next number after all that were ever used; a row that only lost its key is not blank.
    """
    rows = [(place, held[place]) for place in sorted(held) if place.form == RESULT]
    instances: dict[str, int] = {}
    for place, cells in rows:
        if cells.get(KEY):
            instances.setdefault(cells[KEY], place.instance)
    blank = [place.instance for place, cells in rows if not any(cells[one] for one in cells.keys() - {_STATUS})]
    free = chain(blank, count(max((place.instance for place, _ in rows), default=0) + 1))
    return instances | {key: next(free) for key in keys if key not in instances}


def plan_changes(record: str, held: Held, wanted: Wanted) -> tuple[Change, ...]:
    """List the cells that differ, in order of place. A blank form status is never written, only filled."""
    return tuple(
        Change(record, place.event, place.form, place.instance, field, old, new, written.rule)
        for place, cells in sorted(wanted.items(), key=lambda item: item[0])
        for field, written in cells.items()
        if written.value != (stands := held.get(place, {}).get(field, ""))
        and (new := evened(written.value)) != (old := evened(stands))
        and (new or not field.endswith("_complete"))
    )


def evened(value: str) -> str:
    """Even out what a form or the server may change without anybody's meaning to."""
    return value.replace("\r\n", "\n").strip()


def _vanished(key: str, cells: Mapping[str, str]) -> Cells:
    """Blank the row of an event that is gone from its form; the key stays, and with it the instance."""
    return {field: Written(key if field == KEY else "", "vanished") for field in sorted(cells)}


def _by_rule(cells: Mapping[str, str], rule: str) -> Cells:
    return {field: Written(value, rule) for field, value in cells.items()}
