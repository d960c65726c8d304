"""Carry one request to REDCap and bring back a reply that has been checked."""

from __future__ import annotations

import datetime as dt
import io
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import IO
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError

from redcap_licats.api.limit import Limiter
from redcap_licats.api.reply import Each, Expected, Reply, check
from redcap_licats.config import checked_url, is_loopback
from redcap_licats.errors import ConfigError, RetriableError, ServerError

Upload = Mapping[str, tuple[str, IO[bytes]]]

_TOKEN = re.compile(r"[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{32})?")
_CHUNK = 1 << 16


class _TooLargeError(Exception):
    """A body is larger than is taken."""


class _NoAuthentication(AuthBase):
    """Send no password, so that requests does not look for one in ``~/.netrc``."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _unclear(error: Exception, where: str) -> RetriableError:
    """Name a failure after which nobody knows whether the server did what was asked."""
    # requests tells "no connection" and "lost connection" apart only by what it wraps
    reason = error.args[0] if error.args else None
    if isinstance(error, requests.exceptions.Timeout | ReadTimeoutError):
        return RetriableError(
            "API-TIMEOUT", "The server did not answer in time", where=where, remedy="Try again later."
        )
    if isinstance(reason, MaxRetryError):
        return RetriableError(
            "API-UNREACHABLE",
            "The server cannot be reached",
            where=where,
            remedy="Check the key 'url', the network and whether the server is up.",
        )
    return RetriableError(
        "API-BROKEN", "The reply broke off or cannot be decoded", where=where, remedy="Try again later."
    )


class Transport:
    """One server and one token: own sessions, certificates verified, no redirects, everything counted.

    Threads may share it; each has a session of its own, since those of requests must not be shared.

    Attributes:
        url: Address of the API.
        requests: Requests made so far, failed ones included.
        server_time: The server's clock at its last reply (``Date`` header), in UTC; None before the first.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        limiter: Limiter,
        connect_timeout: float = 10.0,
        read_timeout: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            self.url = checked_url(url)
        except ValueError as error:
            raise ConfigError(
                "API-URL", f"The server is not called: {error}", where="url", remedy="Correct the address."
            ) from error
        if not _TOKEN.fullmatch(token):
            raise ConfigError(
                "API-TOKEN-SHAPE",
                "The token does not look like one: it must be 32 hexadecimal characters",
                where=self.url,
                remedy="Copy it again from REDCap's page 'API'.",
            )
        self._token = token
        self._limiter = limiter
        self._timeouts = (connect_timeout, read_timeout)
        self._clock = clock
        self._mine = threading.local()
        self._sessions: list[requests.Session] = []
        self._counting = threading.Lock()
        self.requests = 0
        self.server_time: dt.datetime | None = None

    @property
    def _session(self) -> requests.Session:
        """The session of this thread."""
        if not hasattr(self._mine, "session"):
            session = requests.Session()
            session.auth = _NoAuthentication()
            # proxies and private certificates come from the environment, but a request to this machine
            # itself must not leave it
            session.trust_env = not is_loopback(urlsplit(self.url).hostname or "")
            self._mine.session = session
            self._sessions.append(session)
        found: requests.Session = self._mine.session
        return found

    def close(self) -> None:
        """Close the connections to the server."""
        for session in self._sessions:
            session.close()

    def send(
        self,
        payload: Mapping[str, object],
        expected: Expected,
        *,
        upload: Upload | None = None,
        each: Each | None = None,
        most: int | None = None,
    ) -> Reply:
        """Send one request, once.

        Args:
            payload: Form fields without the token.
            expected: What the answer must be.
            upload: A file to send along.
            each: What is to stand for every item of the answer, if that is a JSON list.
            most: Size of the answer that is still taken, in bytes; None for any.

        Raises:
            RetriableError, ServerError, ImportRejected: See :func:`redcap_licats.api.reply.check`.
            ServerError: The answer is larger than is taken (``API-LARGE``); the rest of it was not read.
        """
        where = f"{self.url}, content={payload.get('content', '')}"
        self._limiter.wait()
        with self._counting:
            self.requests += 1
        try:
            reply = replace(self._post(payload, upload, most), each=each)
        except _TooLargeError as error:
            raise ServerError(
                "API-LARGE", f"The reply is larger than {most} bytes", where=where, remedy="Ask for less at once."
            ) from error
        except requests.exceptions.SSLError as error:
            raise ServerError(
                "API-TLS",
                "There is no encrypted connection to the server that can be trusted",
                where=where,
                remedy="Let the administrator mend the certificate, or name your authority in REQUESTS_CA_BUNDLE.",
            ) from error
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise _unclear(error, where) from error
        check(reply, expected, where=where)
        return reply

    def _post(self, payload: Mapping[str, object], upload: Upload | None, most: int | None) -> Reply:
        """Post the form and read the whole body within the read time-out, however slowly it trickles."""
        deadline = self._clock() + sum(self._timeouts)
        with self._session.post(
            self.url,
            data={"token": self._token, **payload},
            files=upload,
            timeout=self._timeouts,
            allow_redirects=False,
            verify=True,
            stream=True,
        ) as response:
            body = io.BytesIO()
            # read1 gives what is there, so that the deadline is looked at however little comes at a time
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body.write(chunk)
                if most is not None and body.tell() > most:
                    raise _TooLargeError
                if self._clock() > deadline:
                    raise requests.exceptions.ReadTimeout("the body took too long")
            self._read_clock(response.headers.get("Date", ""))
            content_type = response.headers.get("Content-Type", "")
            # a server that quotes the request in its error must not bring the token into our messages
            told = body.getvalue().replace(self._token.encode(), b"[token]")
            return Reply(response.status_code, content_type, told)

    def _read_clock(self, date: str) -> None:
        try:
            self.server_time = parsedate_to_datetime(date).astimezone(dt.UTC)
        except ValueError:
            return
