"""Find ``licats.toml``, read it, and say in one sentence what is wrong with it."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from redcap_licats.config.base import Strict
from redcap_licats.config.delivery import DigestSettings, UploadSettings
from redcap_licats.config.notify import MailSettings, NotifySettings, PingSettings
from redcap_licats.config.project import ProjectSettings
from redcap_licats.config.service import ServiceSettings
from redcap_licats.config.token import TokenSource
from redcap_licats.errors import ConfigError

FILE = "licats.toml"
VARIABLE = "LICATS_CONFIG"


class Config(Strict):
    """The whole file."""

    path: Path
    project: Annotated[tuple[ProjectSettings, ...], Field(min_length=1)]
    notify: NotifySettings = NotifySettings()
    service: ServiceSettings = ServiceSettings()

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
                remedy="Name one with --project, or give --all where the command has it.",
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


#: every table of the file by its path
_TABLES: Mapping[tuple[str, ...], type[Strict]] = {
    (): Config,
    ("project",): ProjectSettings,
    ("project", "token"): TokenSource,
    ("service",): ServiceSettings,
    ("service", "secrets"): TokenSource,
    ("project", "report_key"): TokenSource,
    ("project", "monitor_token"): TokenSource,
    ("project", "upload"): UploadSettings,
    ("project", "digest"): DigestSettings,
    ("notify",): NotifySettings,
    ("notify", "ping"): PingSettings,
    ("notify", "mail"): MailSettings,
    ("notify", "mail", "password"): TokenSource,
}

#: what a value must be, by the kind of complaint
_WORDS: Mapping[str, str] = {
    "missing": "it is missing",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "greater_than": "it must be greater than {gt}",
    "greater_than_equal": "it must be greater than or equal to {ge}",
    "less_than": "it must be less than {lt}",
    "less_than_equal": "it must be less than or equal to {le}",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "string_type": "it must be a text in quotes",
    "path_type": "it must be a path in quotes",
    "date_type": "it must be a date such as 2026-12-31, without quotes",
    "date_parsing": "it must be a date such as 2026-12-31, without quotes",
    "date_from_datetime_parsing": "it must be a date such as 2026-12-31, without quotes",
    "date_from_datetime_inexact": "it must be a date such as 2026-12-31, without a time of day",
    "tuple_type": "it must be a list",
    "model_type": "it must be a table",
    "literal_error": "it must be {expected}",
}


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
    if len(location) > 1 and location[0] == "project" and isinstance(location[1], int):
        name = raw["project"][location[1]].get("name", location[1] + 1)
        place += f", project '{name}'"
    names = tuple(one for one in location if isinstance(one, str))
    key = ".".join(names[1:] if names[:1] == ("project",) else names) or "project"
    if first["type"] == "extra_forbidden":
        known = [one for one in _TABLES[names[:-1]].model_fields if one != "path"]
        near = difflib.get_close_matches(names[-1], known, n=1, cutoff=0.5)
        return ConfigError(
            "CONFIG-KEY",
            f"Unknown key '{key}'",
            where=place,
            remedy=f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(known)}.",
        )
    remedy = "Correct the value of the key named."
    if key == "project" and first["type"] in ("missing", "tuple_type"):
        remedy = "Begin each project with a line [[project]], in two brackets; 'licats init' writes one."
    if names[-1:] in (("token",), ("monitor_token",), ("report_key",), ("password",), ("secrets",)):
        source = '[{ env = "NAME" }]' if names[-1] == "secrets" else '{ env = "NAME" }'
        remedy = f"Write where it is kept, such as {names[-1]} = {source}; never the {names[-1]} itself."
    words = _WORDS.get(first["type"])
    message = words.format_map(first.get("ctx", {})) if words else first["msg"].removeprefix("Value error, ")
    return ConfigError("CONFIG-VALUE", f"Key '{key}': {message}", where=place, remedy=remedy)
