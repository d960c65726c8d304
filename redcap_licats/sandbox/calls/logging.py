"""content=log: the project log, newest first.

Source: facts/redcap_api.md 1.6.
"""

from __future__ import annotations

import re

from redcap_licats.sandbox.calls.call import NOT_VALID, Call
from redcap_licats.sandbox.store.log import RECORD_KINDS, Kind, LogFilter, read_log
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.wire.reply import ApiError, Reply, Row

_COLUMNS = ("timestamp", "username", "action", "details", "record")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2})(:\d{2})?")
_ALL_RECORD_ROWS = "record"


def export(call: Call) -> Reply:
    """Export the log; times are minutes, both ends included."""
    params = call.params
    wanted = LogFilter(
        kinds=_kinds(params.text("logtype")),
        user=params.text("user"),
        record=params.text("record"),
        access_group=call.user.group or _group(call, params.text("dag")),
        begin=_minute(params.text("beginTime"), "beginTime"),
        end=_minute(params.text("endTime"), "endTime"),
    )
    log: list[Row] = [
        {
            "timestamp": row.time[:16],
            "username": row.username,
            "action": row.action,
            "details": row.details,
            "record": row.record,
        }
        for row in read_log(call.session, call.site.id, wanted)
    ]
    call.log(Kind.MANAGE, "Manage/Design", "Export Logging (API)")
    return call.table(log, _COLUMNS)


def _kinds(logtype: str) -> tuple[str, ...]:
    if not logtype:
        return ()
    if logtype == _ALL_RECORD_ROWS:
        return RECORD_KINDS
    if logtype not in set(Kind):
        raise ApiError(400, NOT_VALID.format("logtype"))
    return (logtype,)


def _group(call: Call, given: str) -> str:
    """Give the unique name of a group that was named by number or unique name."""
    number = call.params.number("dag") if given.isascii() and given.isdigit() else None
    name = None if number is None else call.session.numbered(call.site.id, Numbered.GROUP, number)
    return name or given


def _minute(given: str, name: str) -> str:
    if not given:
        return ""
    found = _TIME.fullmatch(given)
    if found is None:
        raise ApiError(400, NOT_VALID.format(name))
    return found[1]
