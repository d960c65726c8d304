"""Data queries through the external module DQ-API, the only remote way to REDCap's Data Resolution Workflow.

``POST /api/?type=module&prefix=…&page=export|import&pid=…``. Source: facts/redcap_api.md 4.8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.calls.call import NOT_VALID, Call
from redcap_licats.sandbox.store.queries import (
    Query,
    add_query,
    add_resolution,
    has_resolution,
    queries,
    query_at,
    resolutions,
    set_query_body,
)
from redcap_licats.sandbox.store.records import find_record
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.wire.reply import ApiError, Reply

_STATUS_KEYS = ("rule_id", "pd_rule_id", "non_rule", "status", "exclude", "query_status", "assigned_username")
_RESOLUTION_KEYS = (
    "ts",
    "response_requested",
    "response",
    "comment",
    "current_query_status",
    "upload_doc_id",
    "field_comment_edited",
    "username",
)
_INSTANCE = re.compile(r"[0-9]{1,5}")
_CLASSIC_EVENT = "event_1_arm_1"
Object = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Wanted:
    records: frozenset[str]
    user: str
    status: str


def module_call(call: Call, page: str) -> Reply:
    """Answer a page of the module."""
    if call.site.definition.settings.get("DataResolutionWorkflowEnabled", "0") not in ("1", "2"):
        raise ApiError(403, "The Data Resolution Workflow is not enabled in the project")
    match page:
        case "export":
            return export(call)
        case "import":
            return import_(call)
        case _:
            raise ApiError(400, NOT_VALID.format("page"))


def export(call: Call) -> Reply:
    """Give the queries as an object by number; where there is none, an empty list."""
    params = call.params
    wanted = _Wanted(frozenset(params.array("records")), params.text("user"), params.text("status"))
    found = {
        str(query.id): shown
        for query in queries(call.session, call.site.id)
        if (not wanted.records or query.record in wanted.records)
        and _may_see(call, query.record)
        and (shown := _shown(call, query, wanted)) is not None
    }
    return call.objects(found or [])


def _shown(call: Call, query: Query, wanted: _Wanted) -> Object | None:
    status = query.body.get("query_status")
    if wanted.status and status != wanted.status and not (wanted.status == "OPEN" and status is None):
        return None
    history = resolutions(call.session, query.id)
    if wanted.user and wanted.user not in {body.get("username") for _, body in history}:
        return None
    number = str(query.id)
    return {
        "status_id": number,
        **{name: query.body.get(name) for name in _STATUS_KEYS},
        "project_id": str(call.site.id),
        "record": query.record,
        "event_id": str(_event_number(call, query.event)),
        "field_name": query.field,
        "repeat_instrument": None,
        "instance": str(query.instance),
        "resolutions": {
            str(one): {
                "res_id": str(one),
                "status_id": number,
                **{name: body.get(name) for name in _RESOLUTION_KEYS},
            }
            for one, body in history
        },
    }


def import_(call: Call) -> Reply:
    """Add resolutions that are new; give their numbers. What has no place here is skipped without a word."""
    try:
        loaded: object = json.loads(call.params.text("data", "[]"))
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "The data could not be read") from error
    items = list(loaded.values()) if isinstance(loaded, dict) else loaded
    added: list[int] = []
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            added += _take(call, item)
    return call.objects(added)


def _take(call: Call, item: Object) -> list[int]:
    record, field = str(item.get("record", "")), str(item.get("field_name", ""))
    event = _event_name(call, str(item.get("event_id") or ""))
    instance = str(item.get("instance") or "1")
    if (
        event is None
        or field not in call.layout.known_fields
        or not _INSTANCE.fullmatch(instance)
        or not _may_see(call, record)
    ):
        return []
    if str(item.get("project_id") or call.site.id) != str(call.site.id):
        return []
    history = item.get("resolutions")
    given = [one for one in history.values() if isinstance(one, dict)] if isinstance(history, dict) else []
    query = query_at(call.session, call.site.id, record, event, field, int(instance))
    if query is None:
        body = {name: _text(item.get(name)) for name in _STATUS_KEYS}
        query = add_query(call.session, call.site.id, Query(0, record, event, field, int(instance), body))
    added: list[int] = []
    for one in given:
        body = {name: _text(one.get(name)) for name in _RESOLUTION_KEYS}
        if has_resolution(call.session, query.id, body):
            continue
        latest = max((held.get("ts") or "" for _, held in resolutions(call.session, query.id)), default="")
        added.append(add_resolution(call.session, query.id, body))
        if body["current_query_status"] and (body["ts"] or "") >= latest:
            query = set_query_body(
                call.session, query, dict(query.body) | {"query_status": body["current_query_status"]}
            )
    return added


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _may_see(call: Call, name: str) -> bool:
    record = find_record(call.session, call.site.id, name)
    return record is not None and (not call.user.group or record.access_group == call.user.group)


def _event_number(call: Call, event: str) -> int:
    return call.session.number(call.site.id, Numbered.EVENT, event or _CLASSIC_EVENT)


def _event_name(call: Call, number: str) -> str | None:
    if not number:
        return call.layout.first_event
    return next((event for event in call.layout.events if str(_event_number(call, event)) == number), None)
