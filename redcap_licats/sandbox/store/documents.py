"""Uploaded files: those in file fields and those in the File Repository.

Source: facts/redcap_api.md 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass

from redcap_licats.definition.model import StoredFile
from redcap_licats.sandbox.store.session import Session


@dataclass(frozen=True, slots=True)
class Document:
    """A stored file."""

    id: int
    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the File Repository; access group and role restrict who sees it, '' for nobody left out."""

    id: int
    parent: int | None
    name: str
    access_group: str = ""
    role: str = ""


def add_document(
    session: Session, project: int, file: StoredFile, *, folder: int | None = None, repository: bool = False
) -> int:
    """Store a file; give its number."""
    cursor = session.connection.execute(
        "INSERT INTO documents (project, name, mime_type, content, in_repository, folder)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (project, file.name, file.mime_type, file.content, repository, folder),
    )
    return int(cursor.lastrowid or 0)


def document(session: Session, project: int, number: int, *, repository: bool = False) -> Document | None:
    """Give a file that was not deleted."""
    found = session.connection.execute(
        "SELECT id, name, mime_type, content FROM documents"
        " WHERE project = ? AND id = ? AND in_repository = ? AND deleted = ''",
        (project, number, repository),
    ).fetchone()
    return None if found is None else Document(*found)


def document_name(session: Session, project: int, number: str) -> str:
    """Give the name of the file whose number a file field holds."""
    found = session.connection.execute(
        "SELECT name FROM documents WHERE project = ? AND id = ?", (project, number)
    ).fetchone()
    return "[document]" if found is None else str(found[0])


def discard_document(session: Session, number: int) -> None:
    """Put a file into the recycle bin."""
    session.connection.execute("UPDATE documents SET deleted = ? WHERE id = ?", (session.clock.stamp(), number))


def folder_of(session: Session, number: int) -> int | None:
    """Give the folder of a file, None for the top."""
    found = session.connection.execute("SELECT folder FROM documents WHERE id = ?", (number,)).fetchone()
    return None if found is None or found[0] is None else int(found[0])


def add_folder(session: Session, project: int, folder: Folder) -> int:
    """Create a folder; give its number."""
    cursor = session.connection.execute(
        "INSERT INTO folders (project, parent, name, access_group, role) VALUES (?, ?, ?, ?, ?)",
        (project, folder.parent, folder.name, folder.access_group, folder.role),
    )
    return int(cursor.lastrowid or 0)


def find_folder(session: Session, project: int, number: int) -> Folder | None:
    """Give a folder by number."""
    found = session.connection.execute(
        "SELECT id, parent, name, access_group, role FROM folders WHERE project = ? AND id = ?", (project, number)
    ).fetchone()
    return None if found is None else Folder(*found)


def folders_in(session: Session, project: int, parent: int | None) -> list[Folder]:
    """Give the folders of a folder, of the top for None."""
    found = session.connection.execute(
        "SELECT id, parent, name, access_group, role FROM folders WHERE project = ? AND parent IS ? ORDER BY name",
        (project, parent),
    )
    return [Folder(*row) for row in found]


def documents_in(session: Session, project: int, folder: int | None) -> list[tuple[int, str]]:
    """Give number and name of the repository files of a folder, of the top for None."""
    found = session.connection.execute(
        "SELECT id, name FROM documents"
        " WHERE project = ? AND in_repository = 1 AND deleted = '' AND folder IS ? ORDER BY name",
        (project, folder),
    )
    return [(number, name) for number, name in found]
