"""Write a file whole or not at all; a report is readable only by the user who runs this."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def publish(path: Path, content: bytes) -> None:
    """Replace a file that holds no data of anybody, which others may read; its folder must exist."""
    save(path, content)
    path.chmod(0o644)


def save(path: Path, content: bytes) -> None:
    """Replace a file by new content; its folder must exist."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
