"""content=record, action=randomize: give a record the next allocation.

Source: facts/redcap_api.md 1.1.
"""

from __future__ import annotations

from dataclasses import replace

from redcap_licats.sandbox.calls.call import NOT_VALID, Call
from redcap_licats.sandbox.data.saving import Author, RowChange, save_rows
from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.records import find_record, rows_of
from redcap_licats.sandbox.store.site import Randomization
from redcap_licats.sandbox.wire.reply import ApiError, CellValue, Reply

_CONCEALED = "*"


def randomize(call: Call) -> Reply:
    """Randomize a record once; the code goes into the target field."""
    chosen = _randomization(call)
    name = call.params.text("record")
    record = find_record(call.session, call.site.id, name)
    if record is None or (call.user.group and record.access_group != call.user.group):
        raise ApiError(400, f"The record '{name}' does not exist")
    key = RowKey(chosen.event or call.layout.first_event)
    if rows_of(call.session, record.id).get(key, {}).get(chosen.field):
        raise ApiError(400, f"The record '{name}' has already been randomized")
    if not chosen.allocations:
        raise ApiError(400, "There is no allocation left for the record")
    (code, alternative), *left = chosen.allocations
    change = RowChange(key, {call.layout.by_column[chosen.field]: code})
    save_rows(call.session, call.site, Author(call.user.username), record, [change])
    _keep(call, replace(chosen, allocations=tuple(left)))
    answer: dict[str, CellValue] = {
        "randomization_id": chosen.id,
        "record": name,
        "target_field": _CONCEALED if chosen.concealed else code,
    }
    if not call.params.flag("returnAlt"):
        return _answer(call, answer)
    return _answer(call, answer | {"target_field_alt": _CONCEALED if chosen.concealed else alternative})


def _answer(call: Call, answer: dict[str, CellValue]) -> Reply:
    if call.return_style == "json":
        return call.objects(answer)
    return call.table([answer], tuple(answer))


def _randomization(call: Call) -> Randomization:
    number = call.params.number("randomization_id")
    for one in call.site.state.randomizations:
        if one.id == number:
            return one
    raise ApiError(400, NOT_VALID.format("randomization_id"))


def _keep(call: Call, changed: Randomization) -> None:
    state = call.site.state
    others = tuple(changed if one.id == changed.id else one for one in state.randomizations)
    call.session.save_site(replace(call.site, state=replace(state, randomizations=others)))
