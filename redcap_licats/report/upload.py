"""Upload workbooks to the project's File Repository, each only into a folder that nobody else can open."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redcap_licats.api.calls import read_csv
from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings, UploadSettings
from redcap_licats.errors import ConfigError, GuardError, ServerError

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder as it must be: its name, and the access group ('' for none) and role it is restricted to."""

    name: str
    group: str
    role: str


def shelf_of(site: str, settings: UploadSettings) -> Shelf:
    """Name the folder for the workbook of a site, or of the monitors where none is named."""
    if not site:
        return Shelf(settings.monitor_folder, "", settings.monitor_role)
    return Shelf(settings.site_folder.format(site=site), site, settings.site_role)


def upload(client: RedcapClient, settings: ProjectSettings, books: Sequence[tuple[str, Path]]) -> tuple[str, ...]:
    """Upload workbooks; nothing is uploaded unless every folder is as it must be.

    Args:
        client: The project.
        settings: The project's settings, with ``upload``.
        books: Site ('' for the monitors' workbook) and file.

    Returns:
        Where each now is, as folder and name.

    Raises:
        ConfigError: Uploading is not configured.
        GuardError: A folder is missing, or is not restricted to the group and the role.
        ServerError: REDCap refuses, or does not hold afterwards what was uploaded.
    """
    if settings.upload is None:
        raise ConfigError(
            "UPLOAD-UNSET",
            "It is not configured where workbooks are uploaded to",
            where=f"project '{settings.name}'",
            remedy="Add a table [project.upload]; see docs/readback.md.",
        )
    top = _listing(client)
    shelves = [shelf_of(site, settings.upload) for site, _ in books]
    names = _names_of_groups(client) if any(one.group for one in shelves) else {}
    folders = [find_folder(top, one, names.get(one.group, frozenset())) for one in shelves]
    for (_, path), folder in zip(books, folders, strict=True):
        _put(client, path, folder)
    return tuple(f"{shelf.name}/{path.name}" for shelf, (_, path) in zip(shelves, books, strict=True))


def find_folder(top: Sequence[Row], shelf: Shelf, names: frozenset[str] = frozenset()) -> int:
    """Find a folder at the top of the File Repository and make sure that it is restricted as it must be.

    Args:
        top: The listing of the top.
        shelf: The folder.
        names: Further names of its access group: its label and its number.

    Raises:
        GuardError: It is not there or not unique, or anybody else could open it.
    """
    found = [row for row in top if row.get("folder_id") and row.get("name") == shelf.name]
    whose = f"the role '{shelf.role}'" + (f" and the Data Access Group '{shelf.group}'" if shelf.group else "")
    how = (
        f"Let an administrator make one folder '{shelf.name}' at the top of the File Repository, for {whose} only."
    )
    if len(found) != 1:
        what = "There is no folder" if not found else "There are several folders"
        raise GuardError("UPLOAD-FOLDER", f"{what} '{shelf.name}' in the File Repository", remedy=how)
    role, group = found[0].get("role", ""), found[0].get("dag", "")
    if role != shelf.role or (group if not shelf.group else group not in {shelf.group, *names}):
        raise GuardError(
            "UPLOAD-OPEN",
            f"The folder '{shelf.name}' of the File Repository is not restricted to {whose}; nothing was uploaded",
            where=f"REDCap names the role '{role}' and the group '{group}'",
            remedy=how,
        )
    return int(found[0]["folder_id"])


def _listing(client: RedcapClient, folder: int | None = None) -> list[dict[str, str]]:
    """List a folder; in CSV, where an empty one may come as nothing at all."""
    text = client.pycap.export_file_repository(folder_id=folder, format_type="csv", return_format_type="json")
    return read_csv(str(text)) or []


def _names_of_groups(client: RedcapClient) -> Mapping[str, frozenset[str]]:
    """Give label and number of every group by its unique name; nothing where the token's user may not know."""
    try:
        groups = client.pycap.export_dags()
    except ServerError as error:
        if not error.code.startswith("API-RIGHT"):
            raise
        return {}
    return {
        str(one["unique_group_name"]): frozenset(
            str(one[key]) for key in ("data_access_group_name", "data_access_group_id") if one.get(key)
        )
        for one in groups
        if isinstance(one, dict)
    }


def _put(client: RedcapClient, path: Path, folder: int) -> None:
    """Put a file into a folder in the place of others of its name, once it is known to be there."""
    content = path.read_bytes()
    before = _documents(client, folder, path.name)
    if any(_holds(client, one, content) for one in before):
        return
    client.pycap.import_file_into_repository(path.name, io.BytesIO(content), folder_id=folder)
    now = [one for one in _documents(client, folder, path.name) if one not in before]
    if not any(_holds(client, one, content) for one in now):
        raise ServerError(
            "UPLOAD-LOST",
            "REDCap does not hold the workbook that was uploaded",
            where=path.name,
            remedy="Look into the File Repository, and upload it once more.",
        )
    for one in before:
        client.pycap.delete_file_from_repository(one)


def _documents(client: RedcapClient, folder: int, name: str) -> list[int]:
    rows = _listing(client, folder)
    return [int(row["doc_id"]) for row in rows if row.get("doc_id") and row.get("name") == name]


def _holds(client: RedcapClient, document: int, content: bytes) -> bool:
    held, _ = client.pycap.export_file_from_repository(document)
    return bool(held == content)
