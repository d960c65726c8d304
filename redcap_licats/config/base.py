"""What all tables of the configuration share: strictness, paths, addresses."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo


class Strict(BaseModel):
    """A frozen table that refuses unknown keys and never shows what it was given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Read a relative path from the folder of the configuration file."""
    folder: Path = info.context["folder"] if info.context else Path()
    return (folder / path.expanduser()).absolute()


PathBeside = Annotated[Path, AfterValidator(beside_the_file)]


def machine_state() -> Path:
    """Give the folder for what all runs of this user on this machine share."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "licats"


def is_loopback(host: str) -> bool:
    """Whether a host name can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(url: str) -> str:
    """Give the address of a REDCap API with its slash at the end.

    Raises:
        ValueError: Not an API address, or not https although the server is another machine.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the address must hold a server and a path only, no user name, password, '?' or '#'")
    address = url if url.endswith("/") else f"{url}/"
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.endswith("/api/"):
        raise ValueError("the address must be that of a REDCap API, such as https://redcap.example.org/api/")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("the token would travel unencrypted; http:// is allowed only to this machine itself")
    return address
