"""content=fileRepository: folders and files of the project.

Source: facts/redcap_api.md 1.7, E11.
"""

from __future__ import annotations

from redcap_licats.sandbox.calls.call import NOT_VALID, Call
from redcap_licats.sandbox.calls.files import uploaded
from redcap_licats.sandbox.store.documents import (
    Document,
    Folder,
    add_document,
    add_folder,
    discard_document,
    document,
    documents_in,
    find_folder,
    folder_of,
    folders_in,
)
from redcap_licats.sandbox.store.log import Kind
from redcap_licats.sandbox.store.session import Numbered
from redcap_licats.sandbox.wire.reply import EMPTY, ApiError, CellValue, Reply, blob

_LIST = ("folder_id", "doc_id", "name", "role", "dag")
_LONGEST_NAME = 150


def create_folder(call: Call) -> Reply:
    """Create a folder; answers its number."""
    name = call.params.text("name").strip()
    if not name or len(name) > _LONGEST_NAME:
        raise ApiError(400, NOT_VALID.format("name"))
    group = _name_of(call, Numbered.GROUP, "dag_id")
    role = _name_of(call, Numbered.ROLE, "role_id")
    folder = Folder(0, _folder(call), name, group, role)
    number = add_folder(call.session, call.site.id, folder)
    call.log(Kind.MANAGE, "Manage/Design", f"Create folder in File Repository (API): {name}")
    return call.table([{"folder_id": number}], ("folder_id",))


def list_(call: Call) -> Reply:
    """List folders, then files, of a folder or of the top; json rows name only what they have.

    That restrictions are named by the role's label and the group's unique name is an inference: the columns are
    recorded, their contents are not.
    """
    parent = _folder(call)
    entries: list[dict[str, CellValue]] = [
        {"folder_id": folder.id, "name": folder.name, **_restriction(call, folder)}
        for folder in folders_in(call.session, call.site.id, parent)
        if _may_see(call, folder)
    ]
    entries += [
        {"doc_id": number, "name": name} for number, name in documents_in(call.session, call.site.id, parent)
    ]
    call.log_export("list of files and folders in File Repository")
    if call.style == "json":
        return call.objects(entries)
    return call.table(entries, _LIST)


def _restriction(call: Call, folder: Folder) -> dict[str, CellValue]:
    """Name the role and the group that a folder is restricted to, only where there is one."""
    labels = {role.unique_name: role.label for role in call.site.state.roles}
    named = {"role": labels.get(folder.role, folder.role), "dag": folder.access_group}
    return {key: name for key, name in named.items() if name}


def export(call: Call) -> Reply:
    """Give a file."""
    held = _document(call)
    call.log_export("file from File Repository")
    return blob(held.name, held.content, held.mime_type)


def import_(call: Call) -> Reply:
    """Store a file."""
    upload = uploaded(call)
    folder = _folder(call)
    add_document(call.session, call.site.id, upload, folder=folder, repository=True)
    call.log(Kind.MANAGE, "Manage/Design", f"Upload document to File Repository (API): {upload.name}")
    return EMPTY


def delete(call: Call) -> Reply:
    """Put a file into the recycle bin."""
    held = _document(call)
    discard_document(call.session, held.id)
    call.log(Kind.MANAGE, "Manage/Design", f"Delete document from File Repository (API): {held.name}")
    return EMPTY


def _folder(call: Call) -> int | None:
    number = call.params.number("folder_id")
    if number is None:
        return None
    folder = find_folder(call.session, call.site.id, number)
    if folder is None or not _may_see(call, folder):
        raise ApiError(
            400,
            f"The File Repository folder folder_id={number} does not exist or else you do not have permission to"
            " that folder because it is DAG-restricted or Role-restricted.",
        )
    return number


def _document(call: Call) -> Document:
    number = call.params.number("doc_id")
    held = document(call.session, call.site.id, number, repository=True) if number is not None else None
    parent = None if held is None else folder_of(call.session, held.id)
    folder = None if parent is None else find_folder(call.session, call.site.id, parent)
    if held is None or (folder is not None and not _may_see(call, folder)):
        raise ApiError(400, f"The File Repository file doc_id={number or ''} does not exist.")
    return held


def _may_see(call: Call, folder: Folder) -> bool:
    """A folder of a group or role is closed to users of others; users of none see every folder."""
    other_group = bool(folder.access_group and call.user.group and folder.access_group != call.user.group)
    other_role = bool(folder.role and call.user.role and folder.role != call.user.role)
    return not other_group and not other_role


def _name_of(call: Call, kind: Numbered, param: str) -> str:
    number = call.params.number(param)
    if number is None:
        return ""
    if kind is Numbered.ROLE:
        for role in call.site.state.roles:
            call.session.number(call.site.id, kind, role.unique_name)
    name = call.session.numbered(call.site.id, kind, number)
    if name is None:
        raise ApiError(400, NOT_VALID.format(param))
    return name
