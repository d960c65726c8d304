"""Which protocol may write: the approved one, with who approved it, when, why, and what it moved.

An approval is a file beside the configuration, to be kept under version control like the study's overlay. It is
no part of the local state. Where there is none, REDCap tells: every result names the protocol that it was written
by, and only that protocol, or the first one of a study without results, may write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError, GuardError
from redcap_licats.protocol.content import Content, content_of, hash_of, protocol_of
from redcap_licats.protocol.models import Protocol
from redcap_licats.sync.cells import PROTOCOL_MARK, protocol_mark

_HOW = (
    "See what differs with 'licats protocol diff' and what would move with 'licats simulate'; "
    "then: licats protocol approve --by NAME --why TEXT"
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Approval(_Strict):
    """One approval. ``moved``: how much moved by kind, as :mod:`simulate` counted it then."""

    version: str
    hash: str
    by: Annotated[str, Field(min_length=1)]
    why: Annotated[str, Field(min_length=1)]
    at: str
    moved: Mapping[str, int]


class Approvals(_Strict):
    """The file: all approvals of a project, oldest first, and the content of the protocol approved last."""

    approvals: Annotated[tuple[Approval, ...], Field(min_length=1)]
    protocol: Content

    @property
    def last(self) -> Approval:
        """The approval in force."""
        return self.approvals[-1]

    def approved(self) -> Protocol | None:
        """Give the approved protocol; None where this version of the program can no longer read it."""
        try:
            return protocol_of(self.protocol)
        except ValidationError:
            return None


def read_approvals(path: Path) -> Approvals | None:
    """Read a project's approvals; None if there is no file.

    Raises:
        ConfigError: The file is damaged, or was edited by hand: its content does not have the approved hash.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, getattr(error, "strerror", "") or "it is not text") from error
    try:
        found = Approvals.model_validate_json(text)
    except ValidationError as error:
        reason = f"{error.error_count()} keys are missing, unknown or wrong"
        raise _damaged(path, reason) from error
    if hash_of(found.protocol) != found.last.hash:
        raise _damaged(path, "the protocol in it is not the one that was approved")
    return found


def _damaged(path: Path, reason: str) -> ConfigError:
    return ConfigError(
        "APPROVAL-FILE",
        f"The approval cannot be read: {reason}",
        where=str(path),
        remedy="Restore the file from a copy, or move it away and approve anew.",
    )


def record_approval(path: Path, protocol: Protocol, approval: Approval) -> None:
    """Add an approval to a project's file; the file is replaced whole, or not at all.

    Raises:
        ConfigError: The file that is there is damaged, or the folder cannot be written to.
    """
    before = read_approvals(path)
    earlier = before.approvals if before else ()
    content = Approvals(approvals=(*earlier, approval), protocol=content_of(protocol))
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_text(json.dumps(content.model_dump(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError(
            "APPROVAL-WRITE",
            f"The approval cannot be written: {error.strerror}",
            where=str(path),
            remedy="Check that you may write there, or name another file with the key 'approval'.",
        ) from error


def refuse_unapproved(
    client: RedcapClient, settings: ProjectSettings, protocol: Protocol, *, known: bool = False
) -> None:
    """Let no other protocol write than the approved one; without an approval, than the one REDCap names.

    Args:
        client: The project's client.
        settings: The project.
        protocol: The protocol.
        known: Whether the last run wrote by this protocol, so that REDCap need not be asked.

    Raises:
        GuardError: The protocol is not approved.
        ConfigError: The approval is damaged.
    """
    found = read_approvals(settings.approval)
    if found and found.last.hash == protocol.hash:
        return
    if found:
        last = found.last
        raise _unapproved(
            protocol,
            f"{last.version} ({last.hash[:12]}) was, by {last.by} on {last.at[:10]}",
            str(settings.approval),
        )
    mark = "" if known else first_mark(client)
    if mark not in ("", protocol_mark(protocol)):
        raise _unapproved(protocol, f"the results in REDCap were written by {mark}", f"project '{settings.name}'")


def first_mark(client: RedcapClient) -> str:
    """Find the protocol that the first result in REDCap names; '' if there is no result."""
    batches = client.export_batches(fields=(PROTOCOL_MARK,))
    return next((mark for batch in batches for row in batch if (mark := row.get(PROTOCOL_MARK, ""))), "")


def _unapproved(protocol: Protocol, instead: str, where: str) -> GuardError:
    return GuardError(
        "PROTOCOL-UNAPPROVED",
        f"Protocol {protocol.version} ({protocol.hash[:12]}) is not approved; {instead}",
        where=where,
        remedy=_HOW,
    )
