"""A project's set-up kept in a folder before it is changed, and read again to put it back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.dictionary import write_dictionary
from redcap_licats.deploy.live import Layout, Live
from redcap_licats.errors import ConfigError, GuardError, ServerError

_LAYOUT, _MANIFEST = "layout.json", "manifest.json"
_FORMAT = 1


def save_backup(client: RedcapClient, live: Live, settings: ProjectSettings, folder: Path | None) -> Path:
    """Save the set-up of a project, and its data where the token's user may export them, for this user only.

    The folder holds the dictionary as CSV, what the API can write back (``layout.json``), and the project XML
    without and with data. It is complete, or the folder is not there.

    Args:
        client: The project.
        live: Its set-up as just read.
        settings: Names the folder of backups where none is given.
        folder: A new folder.

    Raises:
        ConfigError: The folder is there already or cannot be written.
        ServerError: REDCap refuses or cannot be reached.
    """
    now = client.server_time
    stamp = f"{settings.local(now):%Y%m%d-%H%M%S}" if now else "backup"
    folder = folder or _unused(settings.state_folder / "backups" / f"{settings.key}-{stamp}")
    files: dict[str, bytes] = {
        "data_dictionary.csv": write_dictionary(live.project.dictionary).encode(),
        _LAYOUT: _json(
            {
                "fields": live.layout.fields,
                "mapping": live.layout.mapping,
                "repeats": live.layout.repeats,
            }
        ),
        "project.xml": client.project_xml(data=False),
    }
    try:
        files["project_with_data.xml"] = client.project_xml(data=True)
    except ServerError as error:
        if not error.code.startswith("API-RIGHT"):
            raise
    files[_MANIFEST] = _json(
        {
            "format": _FORMAT,
            "project": settings.name,
            "project_id": live.info.project_id,
            "installation": settings.installation,
            "title": live.info.title,
            "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        }
    )
    try:
        _write(folder, files)
    except OSError as error:
        raise ConfigError(
            "BACKUP-WRITE",
            f"The backup cannot be written: {error.strerror}; nothing was changed in the project",
            where=str(folder),
            remedy="Name a new folder with --backup, on a disk with space.",
        ) from error
    return folder


def read_backup(folder: Path, settings: ProjectSettings) -> Layout:
    """Read what a backup puts back.

    Raises:
        ConfigError: It is no backup, or was changed since.
        GuardError: It is that of another project.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        content = (folder / _LAYOUT).read_bytes()
        whole = manifest["files"][_LAYOUT] == hashlib.sha256(content).hexdigest()
        origin = (manifest["installation"], manifest["project_id"])
        known = manifest["format"] == _FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_backup(folder, "It is no backup of 'licats instruments deploy'") from error
    if not (whole and known):
        raise _no_backup(folder, "The backup was changed since it was made")
    if origin != (settings.installation, settings.project_id):
        raise GuardError(
            "BACKUP-PROJECT",
            f"The backup is that of project {origin[1]} at {origin[0]}",
            where=str(folder),
            remedy="Name a backup of this project.",
        )
    kept = json.loads(content)
    return Layout(*(tuple(kept[name]) for name in ("fields", "mapping", "repeats")))


def _no_backup(folder: Path, what: str) -> ConfigError:
    return ConfigError("BACKUP-READ", what, where=str(folder), remedy="Name the folder that 'deploy' printed.")


def _unused(folder: Path) -> Path:
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files for this user only, and let the folder appear when it is whole."""
    # one by one: made on the way, a folder would have the mode of all others
    for above in reversed([one for one in folder.parents if not one.exists()]):
        above.mkdir(mode=0o700, exist_ok=True)
    if folder.exists():
        raise FileExistsError(None, "the folder is there already", str(folder))
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    draft.mkdir(mode=0o700)
    try:
        for name, content in files.items():
            with os.fdopen(os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        draft.rename(folder)
    finally:
        # data of a backup that is none are not left lying about
        shutil.rmtree(draft, ignore_errors=True)


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
