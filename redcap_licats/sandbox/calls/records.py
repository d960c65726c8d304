"""content=record: export, import, delete, rename; content=generateNextRecordName.

Source: facts/redcap_api.md 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redcap_licats.definition.odm import write_project
from redcap_licats.sandbox.calls.call import NOT_VALID, Call
from redcap_licats.sandbox.data.deleting import delete_records, read_deletion
from redcap_licats.sandbox.data.importing import Importer
from redcap_licats.sandbox.data.incoming import read_import, read_incoming
from redcap_licats.sandbox.data.naming import next_record_name
from redcap_licats.sandbox.data.options import Options, read_options
from redcap_licats.sandbox.data.saving import Author
from redcap_licats.sandbox.data.snapshot import project_with_data
from redcap_licats.sandbox.data.streaming import Export, prepare
from redcap_licats.sandbox.store.log import Kind
from redcap_licats.sandbox.store.records import find_record, rename_record
from redcap_licats.sandbox.wire.reply import EMPTY, MEDIA_TYPES, XML_HEAD, ApiError, Reply, cdata, json_text, text

#: characters sent at once: each piece costs a change of threads, so small pieces would make wide rows slow
_CHUNK = 1 << 20


def export(call: Call) -> Reply:
    """Export records."""
    options = read_options(call.params, call.layout)
    return _odm(call, options) if options.style == "odm" else stream_export(call, options)


def _odm(call: Call, options: Options) -> Reply:
    """Answer with the project XML of the records asked for."""
    exported = prepare(call.session, call.site, call.user, options)
    project = project_with_data(call.session, call.site, exported, with_files=False)
    call.log(Kind.EXPORT, "Data Export (API)", "export_format: ODM")
    return text(write_project(project, exported.plan.fields), MEDIA_TYPES["odm"])


def stream_export(call: Call, options: Options) -> Reply:
    """Answer with records; they are read while they are sent, from a snapshot of their own."""
    exported = prepare(call.session, call.site, call.user, options)
    names = ", ".join([*exported.plan.leading, *dict.fromkeys(one.field for one in exported.plan.columns)])
    call.log(Kind.EXPORT, "Data Export (API)", f"export_format: {options.style.upper()}, fields: {names}")
    return Reply(_pieces(call, exported), MEDIA_TYPES[options.style])


def _pieces(call: Call, exported: Export) -> Iterator[bytes]:
    with call.server.snapshot() as session:
        yield from _chunks(exported.pieces(session))


def _chunks(pieces: Iterable[str]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        # one by one: a single letter beyond Latin would make the text of a whole chunk several times as large
        held.append(piece.encode())
        size += len(held[-1])
        if size >= _CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def import_(call: Call) -> Reply:
    """Import records: all or nothing, or in the background without a verdict."""
    options = read_import(call.params)
    rows = read_incoming(call.site, call.params.text("data"), options)
    importer = Importer(call.session, call.site, call.user, options)
    if options.background:
        importer.run_one_by_one(rows)
        return _success(call.return_style)
    result = importer.run(rows)
    match options.returns:
        case "nothing":
            return EMPTY
        case "count":
            return _count(len(result.names), call.return_style)
        case "auto_ids":
            return _ids([f"{new},{old}" for new, old in result.renamed], call.return_style)
        case _:
            return _ids(list(result.names), call.return_style)


def delete(call: Call) -> Reply:
    """Delete records or parts of them."""
    wanted = read_deletion(call.params, call.layout)
    author = Author(call.user.username)
    return text(delete_records(call.session, call.site, author, call.user.group, wanted))


def rename(call: Call) -> Reply:
    """Give a record another name."""
    old, new = call.params.text("record").strip(), call.params.text("new_record_name").strip()
    record = find_record(call.session, call.site.id, old)
    if record is None or (call.user.group and record.access_group != call.user.group):
        raise ApiError(400, f"The record '{old}' does not exist in the project.")
    if not new:
        raise ApiError(400, NOT_VALID.format("new_record_name"))
    if find_record(call.session, call.site.id, new) is not None:
        raise ApiError(400, f"The record name '{new}' is already in use.")
    rename_record(call.session, record, new, call.layout.record_id)
    details = f"{call.layout.record_id} = '{new}'"
    call.log(Kind.RECORD_EDIT, "Update record (API)", details, record=new, group=record.access_group)
    return text(1)


def next_name(call: Call) -> Reply:
    """Give the name the next record would get; it is not reserved."""
    return text(next_record_name(call.session, call.site, call.user.group))


def _success(style: str) -> Reply:
    match style:
        case "json":
            return text('{"success":true}', MEDIA_TYPES["json"])
        case "csv":
            return text("success\ntrue\n", MEDIA_TYPES["csv"])
        case _:
            return text(f"{XML_HEAD}<success>true</success>", MEDIA_TYPES["xml"])


def _count(count: int, style: str) -> Reply:
    match style:
        case "json":
            return text(json_text({"count": count}), MEDIA_TYPES["json"])
        case "csv":
            return text(count, MEDIA_TYPES["csv"])
        case _:
            return text(f"{XML_HEAD}<count>{count}</count>", MEDIA_TYPES["xml"])


def _ids(ids: list[str], style: str) -> Reply:
    match style:
        case "json":
            return text(json_text(ids), MEDIA_TYPES["json"])
        case "csv":
            cells = (f'"{one}"' if "," in one else one for one in ids)
            return text("id\n" + "".join(f"{cell}\n" for cell in cells), MEDIA_TYPES["csv"])
        case _:
            items = "".join(f"<id>{cdata(one)}</id>" for one in ids)
            return text(f"{XML_HEAD}<ids>{items}</ids>", MEDIA_TYPES["xml"])
