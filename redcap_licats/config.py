"""Settings of the runs, read from ``licats.toml``. Nothing in it can change a clinical result."""

from __future__ import annotations

import datetime as dt
import difflib
import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from redcap_licats.errors import ConfigError

FILE = "licats.toml"
VARIABLE = "LICATS_CONFIG"


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


def machine_state() -> Path:
    """Give the folder for what all runs of this user on this machine share."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "licats"


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Read a relative path from the folder of the configuration file."""
    folder: Path = info.context["folder"] if info.context else Path()
    return (folder / path.expanduser()).absolute()


def _state(value: str, info: ValidationInfo) -> str:
    """Leave a database URL as it is; read anything else as a folder."""
    return value if "://" in value else str(_beside_the_file(Path(value), info))


def _approval(path: Path, info: ValidationInfo) -> Path:
    """Name the file after the project unless another is given."""
    named = path.name or f"{info.data.get('name', 'project')}.approved.json"
    return _beside_the_file(path.parent / named, info)


PathBeside = Annotated[Path, AfterValidator(_beside_the_file)]


class Strict(BaseModel):
    """A frozen table that refuses unknown keys and never shows what it was given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TokenSource(Strict):
    """Where a project's token is kept: exactly one of environment, file, keyring. Never the token itself."""

    env: str | None = None
    file: PathBeside | None = None
    keyring: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> TokenSource:
        if sum(one is not None for one in (self.env, self.file, self.keyring)) != 1:
            raise ValueError("give exactly one of env, file, keyring")
        return self


class ProjectSettings(Strict):
    """One ``[[project]]``.

    Attributes:
        name: Short name by which the project is called.
        url: Address of the API.
        project_id: Project id that the token must belong to.
        token: Where the token is kept.
        overlay: Folder with the study's changes to the protocol.
        approval: File with the protocol that was approved, by whom and why; beside the configuration by default.
        mapping: File that maps the study's own forms to our concepts.
        state: Folder, or SQLAlchemy URL, of the local state; a folder beside the configuration by default.
        answer_in: Where sites answer queries.
        data_cut: Last date of data that count.
        frozen: Whether nothing may be written any more.
        release_days: Days until a query on an incomplete form is released; the protocol's if missing.
        max_changes: Most cells that one run may change; no limit if missing.
        rate_per_minute: Requests per minute to the server, shared by its projects and by all runs of this user on
            this machine; 0 is no limit.
        full_pass_every: Days between two passes over all records.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
    url: Annotated[str, AfterValidator(checked_url)]
    project_id: Annotated[int, Field(gt=0)]
    token: TokenSource
    overlay: PathBeside | None = None
    approval: Annotated[Path, AfterValidator(_approval), Field(validate_default=True)] = Path()
    mapping: PathBeside | None = None
    state: Annotated[str, AfterValidator(_state), Field(validate_default=True)] = "licats-state"
    answer_in: Literal["form", "drw"] = "form"
    data_cut: dt.date | None = None
    frozen: bool = False
    release_days: Annotated[int, Field(ge=0)] | None = None
    max_changes: Annotated[int, Field(gt=0)] | None = None
    rate_per_minute: Annotated[int, Field(ge=0)] = 120
    full_pass_every: Annotated[int, Field(gt=0)] = 1

    @property
    def state_folder(self) -> Path:
        """Folder of the local state; it holds the lock even where the journal is a database elsewhere."""
        return machine_state() if "://" in self.state else Path(self.state)

    @property
    def server(self) -> str:
        """Host and port of the server, by which requests are limited."""
        return urlsplit(self.url).netloc.lower()


class Config(Strict):
    """The whole file."""

    path: Path
    project: Annotated[tuple[ProjectSettings, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> Config:
        names = [one.name for one in self.project]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two projects have the name '{twice[0]}'")
        return self

    def find(self, name: str | None) -> ProjectSettings:
        """Find a project by name; the only one if no name is given.

        Raises:
            ConfigError: No such project, or several and none named.
        """
        known = ", ".join(one.name for one in self.project)
        if name is None and len(self.project) == 1:
            return self.project[0]
        if name is None:
            raise ConfigError(
                "CONFIG-PROJECT",
                f"The configuration holds several projects: {known}",
                where=str(self.path),
                remedy="Name one with --project, or give --all.",
            )
        for one in self.project:
            if one.name == name:
                return one
        raise ConfigError(
            "CONFIG-PROJECT",
            f"There is no project '{name}' in the configuration",
            where=str(self.path),
            remedy=f"Known projects: {known}.",
        )


def load_config(path: Path | None = None) -> Config:
    """Read the configuration: the file given, else that of ``LICATS_CONFIG``, else ``licats.toml`` here.

    Raises:
        ConfigError: There is no file, or something in it is wrong; says what, where and what to do.
    """
    path = (path or Path(os.environ.get(VARIABLE) or FILE)).absolute()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            "CONFIG-MISSING",
            f"The configuration cannot be read: {error.strerror}",
            where=str(path),
            remedy="Write one with 'licats init', or name it with --config.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            "CONFIG-TOML", f"The file is not valid TOML: {error}", where=str(path), remedy="Mend the line named."
        ) from error
    try:
        return Config.model_validate({**raw, "path": path}, context={"folder": path.parent})
    except ValidationError as error:
        raise _explained(error, raw, path) from error


def _explained(error: ValidationError, raw: dict[str, Any], path: Path) -> ConfigError:
    """Turn the first complaint into our words; for an unknown key name the nearest known one."""
    first = error.errors(include_url=False, include_input=False)[0]
    location = list(first["loc"])
    place = str(path)
    if len(location) > 1 and isinstance(location[1], int):
        name = raw["project"][location[1]].get("name", location[1] + 1)
        place += f", project '{name}'"
    key = ".".join(str(one) for one in location if not isinstance(one, int) and one != "project") or "project"
    if first["type"] == "extra_forbidden":
        table = TokenSource if "token" in location else ProjectSettings if len(location) > 1 else Config
        known = [one for one in table.model_fields if one != "path"]
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        return ConfigError(
            "CONFIG-KEY",
            f"Unknown key '{key}'",
            where=place,
            remedy=f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(known)}.",
        )
    return ConfigError(
        "CONFIG-VALUE",
        f"Key '{key}': {first['msg'].removeprefix('Value error, ')}",
        where=place,
        remedy="Correct the value of the key named."
        if key != "token"
        else 'Write where the token is kept, such as token = { env = "REDCAP_TOKEN" }; never the token itself.',
    )
