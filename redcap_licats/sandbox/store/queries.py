"""Data queries of the Data Resolution Workflow and what was said on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from redcap_licats.sandbox.store.session import Session

#: Attributes as the DQ-API module names them; REDCap gives text or null.
Body = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Query:
    """A query on one value of a record."""

    id: int
    record: str
    event: str
    field: str
    instance: int
    body: Body


def queries(session: Session, project: int) -> Iterator[Query]:
    """Give all queries of a project."""
    found = session.connection.execute(
        "SELECT id, record, event, field, instance, body FROM queries WHERE project = ? ORDER BY id", (project,)
    )
    return (
        Query(number, record, event, field, instance, json.loads(body))
        for number, record, event, field, instance, body in found
    )


def query_at(session: Session, project: int, record: str, event: str, field: str, instance: int) -> Query | None:
    """Give the query on a value."""
    found = session.connection.execute(
        "SELECT id, body FROM queries"
        " WHERE project = ? AND record = ? AND event = ? AND field = ? AND instance = ?",
        (project, record, event, field, instance),
    ).fetchone()
    return None if found is None else Query(found[0], record, event, field, instance, json.loads(found[1]))


def add_query(session: Session, project: int, query: Query) -> Query:
    """Store a new query; give it with its number."""
    cursor = session.connection.execute(
        "INSERT INTO queries (project, record, event, field, instance, body) VALUES (?, ?, ?, ?, ?, ?)",
        (project, query.record, query.event, query.field, query.instance, json.dumps(dict(query.body))),
    )
    return replace(query, id=int(cursor.lastrowid or 0))


def set_query_body(session: Session, query: Query, body: Body) -> Query:
    """Change a query's attributes."""
    session.connection.execute("UPDATE queries SET body = ? WHERE id = ?", (json.dumps(dict(body)), query.id))
    return replace(query, body=body)


def resolutions(session: Session, query: int) -> list[tuple[int, Body]]:
    """Give number and attributes of what was said on a query, in order."""
    found = session.connection.execute("SELECT id, body FROM resolutions WHERE query = ? ORDER BY id", (query,))
    return [(number, json.loads(body)) for number, body in found]


def has_resolution(session: Session, query: int, body: Body) -> bool:
    """Say whether the same user already said something at the same time."""
    said = {(held.get("ts"), held.get("username")) for _, held in resolutions(session, query)}
    return (body.get("ts"), body.get("username")) in said


def add_resolution(session: Session, query: int, body: Body) -> int:
    """Store a contribution to a query; give its number."""
    cursor = session.connection.execute(
        "INSERT INTO resolutions (query, body) VALUES (?, ?)", (query, json.dumps(dict(body)))
    )
    return int(cursor.lastrowid or 0)
