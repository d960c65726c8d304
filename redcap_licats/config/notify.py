"""``[notify]``: where runs are told of."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from redcap_licats.config.base import PathBeside, Strict, is_loopback
from redcap_licats.config.token import TokenSource

Security = Literal["starttls", "tls", "none"]

#: usual ports of a mail server
_PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}

#: seconds that nobody has to wait longer for
_Seconds = Annotated[float, Field(gt=0, le=60)]


def _watch(url: str) -> str:
    """Refuse an address that is not https although the server is another machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the address must begin with https://")
    if parts.username or parts.password:
        raise ValueError("the address must hold no user name and no password")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("http:// is allowed only to this machine itself")
    return url


_Watch = Annotated[str, AfterValidator(_watch)]


def _mailbox(address: str) -> str:
    if len(address) > _LONGEST or not _MAILBOX.fullmatch(address):
        raise ValueError("it must be an address such as data-manager@example.org, and nothing else")
    return address


_MAILBOX = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_LONGEST = 254
Address = Annotated[str, AfterValidator(_mailbox)]


class PingSettings(Strict):
    """``[notify.ping]``: addresses of a health-check service, called at the start and at the end of a run.

    Attributes:
        start: Called when a run begins.
        success: Called when a run ended with exit code 0.
        fail: Called when it ended otherwise.
        timeout: Seconds until a call is given up.
    """

    start: _Watch | None = None
    success: _Watch | None = None
    fail: _Watch | None = None
    timeout: _Seconds = 10

    @model_validator(mode="after")
    def _at_least_one(self) -> PingSettings:
        if not (self.start or self.success or self.fail):
            raise ValueError("give at least one address: start, success, fail")
        return self


class MailSettings(Strict):
    """``[notify.mail]``: a mail when a run does not end well.

    Attributes:
        host, port: The mail server; the port is the usual one if missing.
        security: ``starttls`` or ``tls``; ``none`` only where the mail server is this machine.
        user, password: For the mail server, if it wants them.
        sender, to: From whom and to whom.
        timeout: Seconds until the mail server is given up.
    """

    host: Annotated[str, StringConstraints(min_length=1)]
    port: Annotated[int, Field(gt=0, lt=65536)] | None = None
    security: Security = "starttls"
    user: str | None = None
    password: TokenSource | None = None
    sender: Address
    to: Annotated[tuple[Address, ...], Field(min_length=1)]
    timeout: _Seconds = 20

    @model_validator(mode="after")
    def _nothing_unencrypted(self) -> MailSettings:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError('security = "none" is allowed only where the mail server is this machine itself')
        if (self.user is None) != (self.password is None):
            raise ValueError("give user and password together")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or _PORTS[self.security]


class NotifySettings(Strict):
    """``[notify]``.

    Attributes:
        language: Of the mails.
        log: File that gets one JSON object per line.
        metrics: File that is replaced after each run, for the textfile collector of Prometheus' node exporter.
        ping: Health check.
        mail: Mail on failure.
    """

    language: Literal["en", "ja"] = "en"
    log: PathBeside | None = None
    metrics: PathBeside | None = None
    ping: PingSettings | None = None
    mail: MailSettings | None = None
