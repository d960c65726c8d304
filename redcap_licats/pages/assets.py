"""Style and behaviour of the pages, and the policy that lets a page run nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

BROWSER = Path(__file__).parent / "browser"

#: parts of the behaviour, in the order in which they need one another
_PARTS = (
    "values",
    "record",
    "computed",
    "pipe",
    "language",
    "check",
    "missing",
    "choices",
    "branching",
    "tags",
    "form",
)


def asset(name: str) -> str:
    """Read a file that goes to the browser."""
    return (BROWSER / name).read_text(encoding="utf-8")


STYLE = asset("form.css")
"""Style of a form; it keeps to elements inside ``.licats-form`` and the dialogs."""

BEHAVIOUR = "\n".join(asset(f"{part}.js") for part in _PARTS)
"""What every form does; it defines ``start`` and runs nothing. It stands inside a function of its own."""


def content_policy(*, scripts: Iterable[str] = (), styles: Iterable[str] = (), form_action: str = "'self'") -> str:
    """Forbid a page everything but the given scripts and styles, which stand in the page as they are here.

    Args:
        scripts: Contents of the <script> elements, to the letter.
        styles: Contents of the <style> elements, to the letter.
        form_action: Where forms may be sent.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(scripts)}",
            f"style-src {_hashes(styles)}",
            "img-src data:",  # the empty icon, so that no browser asks a server for one
            "base-uri 'none'",
            f"form-action {form_action}",
        )
    )


def _hashes(contents: Iterable[str]) -> str:
    digests = (hashlib.sha256(one.encode("utf-8")).digest() for one in contents)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests) or "'none'"
