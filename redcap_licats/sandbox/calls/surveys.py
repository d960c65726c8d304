"""content=surveyLink, surveyQueueLink, surveyReturnCode, surveyAccessCode, participantList.

Links and codes are derived from the server's secret, so that every call gives the same.
Source: facts/redcap_api.md 1.8.
"""

from __future__ import annotations

import hashlib
import hmac
import string

from redcap_licats.sandbox.calls.call import Call
from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.records import Record, all_records, find_record, rows_of
from redcap_licats.sandbox.wire.reply import ApiError, Reply, Row, text

_SIGNS = string.ascii_uppercase + string.digits
_LINK_LENGTH, _RETURN_LENGTH, _ACCESS_LENGTH = 16, 8, 9
_COLUMNS = (
    "email",
    "email_occurrence",
    "identifier",
    "record",
    "invitation_sent_status",
    "invitation_send_time",
    "response_status",
    "survey_access_code",
    "survey_link",
    "survey_queue_link",
)


def link(call: Call) -> Reply:
    """Give the survey link of a record."""
    record, key = _survey(call)
    call.log_export("survey link")
    return text(_link(call, record, key, call.params.text("instrument")))


def queue_link(call: Call) -> Reply:
    """Give the survey-queue link of a record."""
    record = _record(call)
    call.log_export("survey queue link")
    return text(_queue_link(call, record))


def return_code(call: Call) -> Reply:
    """Give the code by which a participant returns to a survey."""
    record, key = _survey(call)
    call.log_export("survey return code")
    return text(_code(call, "return", _RETURN_LENGTH, record, key, call.params.text("instrument")))


def access_code(call: Call) -> Reply:
    """Give the code that opens a survey."""
    record, key = _survey(call)
    call.log_export("survey access code")
    return text(_code(call, "access", _ACCESS_LENGTH, record, key, call.params.text("instrument")))


def participants(call: Call) -> Reply:
    """List the participants of a survey: every record is one, without an e-mail address."""
    form, event = _form_and_event(call)
    people: list[Row] = []
    for record in all_records(call.session, call.site.id, call.user.group):
        key = RowKey(event, form if form in call.layout.repeating_forms[event] else "")
        people.append(
            {
                "email": "",
                "email_occurrence": 1,
                "identifier": record.survey_identifier,
                "record": record.name,
                "invitation_sent_status": 0,
                "invitation_send_time": "",
                "response_status": _response_status(call, record, key, form),
                "survey_access_code": _code(call, "access", _ACCESS_LENGTH, record, key, form),
                "survey_link": _link(call, record, key, form),
                "survey_queue_link": _queue_link(call, record),
            }
        )
    call.log_export("survey participant list")
    return call.table(people, _COLUMNS)


def _response_status(call: Call, record: Record, key: RowKey, form: str) -> int:
    """0 none, 1 begun, 2 completed."""
    stamp = rows_of(call.session, record.id).get(key, {}).get(f"{form}_timestamp", "")
    return 0 if not stamp else 1 if stamp.startswith("[") else 2


def _record(call: Call) -> Record:
    name = call.params.text("record")
    record = find_record(call.session, call.site.id, name)
    if record is None or (call.user.group and record.access_group != call.user.group):
        raise ApiError(400, f"The record '{name}' does not exist")
    return record


def _form_and_event(call: Call) -> tuple[str, str]:
    layout, form = call.layout, call.params.text("instrument")
    if form not in layout.survey_forms:
        raise ApiError(400, f"The instrument '{form}' is not enabled as a survey")
    event = (call.params.text("event") or layout.first_event) if layout.longitudinal else ""
    if event not in layout.events or form not in layout.events[event].forms:
        raise ApiError(400, f"The instrument '{form}' is not designated for the event '{event}'")
    return form, event


def _survey(call: Call) -> tuple[Record, RowKey]:
    form, event = _form_and_event(call)
    repeating = form in call.layout.repeating_forms[event]
    instance = call.params.number("repeat_instance") or 1
    return _record(call), RowKey(event, form if repeating else "", instance)


def _link(call: Call, record: Record, key: RowKey, form: str) -> str:
    return f"{call.base_url}/surveys/?s={_code(call, 'link', _LINK_LENGTH, record, key, form)}"


def _queue_link(call: Call, record: Record) -> str:
    return f"{call.base_url}/surveys/?sq={_code(call, 'queue', _LINK_LENGTH, record, RowKey(), '')}"


def _code(call: Call, purpose: str, length: int, record: Record, key: RowKey, form: str) -> str:
    place = f"{purpose} {call.site.id} {record.id} {key.event} {form} {key.instance}"
    digest = hmac.digest(call.server.super_token.encode(), place.encode(), hashlib.sha256)
    return "".join(_SIGNS[byte % len(_SIGNS)] for byte in digest[:length])
