"""Who may give a hint, and what of it is believed: that a record of one of our projects is worth a look.

A Data Entry Trigger has no signature, and its address is known to many. So nothing of it is used as data; whoever
forges one makes work and changes nothing. Source: facts/redcap_hooks.md 4.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.mapping import load_mapping
from redcap_licats.protocol.models import Protocol

#: the most that a trigger may measure; real ones have some hundred bytes
MOST_BYTES = 16 * 1024
#: the most fields that a trigger may have; real ones have a dozen
_MOST_FIELDS = 40
#: characters that hold 128 bits, in the alphabet that an address needs no quoting for
_SECRET = re.compile(r"[A-Za-z0-9_-]{22,200}")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_FORM = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MOST_NAME = 100
_PORTS = {"http": 80, "https": 443}


class Verdict(StrEnum):
    """What became of a request."""

    ACCEPTED = "accepted"
    OWN = "own"
    STRANGER = "stranger"
    TOO_LARGE = "too_large"
    NO_FORM = "no_form"
    MALFORMED = "malformed"
    ELSEWHERE = "elsewhere"
    TOO_MANY = "too_many"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Site:
    """A project that may be hinted at.

    Attributes:
        key: Key of the project in the journal.
        server: Host and port.
        project_id: Its number there.
        own_forms: The worker's instruments, whose saves start nothing.
        own_user: The worker's user name, whose saves start nothing; '' if not known.
    """

    key: str
    server: tuple[str, int]
    project_id: int
    own_forms: frozenset[str]
    own_user: str

    def is_own(self, instrument: str, user: str) -> bool:
        """Whether a save is the worker's own."""
        return instrument in self.own_forms or bool(self.own_user and user == self.own_user)


def site_of(settings: ProjectSettings, protocol: Protocol) -> Site:
    """Give what a hint at a project is held against."""
    prefix = load_mapping(settings.mapping, protocol).prefix
    own = {
        f"{prefix}{one.name.format_map({'slug': slug})}"
        for one in protocol.instruments.values()
        if one.writer == "worker"
        for slug in (protocol.organs if one.each else ("",))
    }
    return Site(settings.key, _server(settings.url), settings.project_id, frozenset(own), settings.user or "")


def checked_secrets(secrets: Sequence[str]) -> tuple[bytes, ...]:
    """Refuse secrets that could be guessed or would not stand in an address.

    Raises:
        ConfigError: One is too short or has other characters.
    """
    if not all(map(_SECRET.fullmatch, secrets)):
        raise ConfigError(
            "SERVICE-SECRET",
            "A secret of the trigger's address is too short, or has characters that an address cannot hold",
            where="[service] secrets",
            remedy="Use 32 or more letters and digits by chance, such as: openssl rand -hex 32",
        )
    return tuple(one.encode() for one in secrets)


class Gate:
    """Judges requests.

    Args:
        secrets: Those that are valid.
        sites: The projects of the configuration.
    """

    def __init__(self, secrets: Sequence[bytes], sites: Sequence[Site]) -> None:
        self._secrets = tuple(secrets)
        # two installations on one server may have projects of the same number; both are looked at then
        self._sites: dict[tuple[tuple[str, int], int], list[Site]] = {}
        for one in sites:
            self._sites.setdefault((one.server, one.project_id), []).append(one)

    def opens(self, secret: str) -> bool:
        """Whether a secret is valid, in a time that does not tell how much of it is right."""
        given = secret.encode("utf-8", "surrogatepass")
        fits = [hmac.compare_digest(given, one) for one in self._secrets]
        return any(fits)

    def judge(self, body: bytes) -> tuple[Verdict, tuple[str, ...], str]:
        """Read a trigger: the verdict, and if accepted the keys of the projects it may mean, and the record."""
        refused: tuple[Verdict, tuple[str, ...], str] = (Verdict.MALFORMED, (), "")
        try:
            pairs = parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=True,
                errors="strict",
                max_num_fields=_MOST_FIELDS,
            )
            form = dict(pairs)
            place = _server(form.get("redcap_url", ""))
        except ValueError:
            return refused
        number, name = form.get("project_id", ""), form.get("record", "")
        instrument = form.get("instrument", "")
        if len(form) != len(pairs) or not _NUMBER.fullmatch(number) or not _FORM.fullmatch(instrument):
            return refused
        if not 0 < len(name) <= _MOST_NAME or not name.isprintable() or name != name.strip():
            return refused
        sites = self._sites.get((place, int(number)), [])
        if not sites:
            return Verdict.ELSEWHERE, (), ""
        user = form.get("username", "")
        keys = tuple(one.key for one in sites if not one.is_own(instrument, user))
        return (Verdict.ACCEPTED, keys, name) if keys else (Verdict.OWN, (), "")


def _server(url: str) -> tuple[str, int]:
    """Give host and port of an address.

    Raises:
        ValueError: It is none.
    """
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 0)
    if not parts.hostname or not port:
        raise ValueError("no address of a server")
    return parts.hostname, port
