"""Mail over real SMTP: a server with STARTTLS, TLS from the start, and passwords."""

from __future__ import annotations

import datetime as dt
import email
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from told_runs import FUSE, outcome

from redcap_licats.config import MailSettings
from redcap_licats.messages import LANGUAGES, Language
from redcap_licats.notify.mail import failure_mail, send
from redcap_licats.notify.model import Outcome

AT = dt.datetime(2026, 3, 1, 11, 30, tzinfo=dt.timezone(dt.timedelta(hours=9), "JST"))
PASSWORD = "s3cret"


class Post:
    """Keep what was delivered, and whether it came encrypted and with a password."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


class MailServer(Controller):
    """A mail server on any free port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object) -> AuthResult:
    assert isinstance(login, LoginPassword)
    return AuthResult(success=login == LoginPassword(b"licats", PASSWORD.encode()), handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Certificate of a mail server on this machine, from an authority that this process trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return context


Serve = Callable[..., int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a mail server; give its port."""
    running: list[MailServer] = []

    def start(post: Post, **options: object) -> int:
        server = MailServer(post, "127.0.0.1", 0, **options)
        server.start()
        running.append(server)
        return server.port

    yield start
    for server in running:
        server.stop()


def settings(port: int, security: str, **more: object) -> MailSettings:
    plain = {"sender": "licats@example.org", "to": ["a@example.org", "b@example.org"], "timeout": 5}
    return MailSettings.model_validate({"host": "127.0.0.1", "port": port, "security": security, **plain, **more})


def mail(*outcomes: Outcome, language: Language = "en") -> EmailMessage:
    return failure_mail(outcomes, settings(25, "none"), language=language, at=AT)


def test_starttls_with_a_password(serve: Serve, certificate: ssl.SSLContext) -> None:
    post = Post()
    port = serve(post, authenticator=knows, tls_context=certificate, require_starttls=True, auth_required=True)
    ours = settings(port, "starttls", user="licats", password={"env": "X"})
    assert send(mail(outcome(error=FUSE)), ours, PASSWORD) == ""
    assert post.encrypted == [True]
    assert post.mails[0]["To"] == "a@example.org, b@example.org"
    assert send(mail(outcome(error=FUSE)), ours, "wrong") == "SMTPAuthenticationError"
    assert len(post.mails) == 1


def test_tls_from_the_start(serve: Serve, certificate: ssl.SSLContext) -> None:
    post = Post()
    port = serve(post, ssl_context=certificate)
    assert send(mail(outcome(error=FUSE)), settings(port, "tls"), "") == ""
    assert len(post.mails) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(
    serve: Serve, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    post = Post()
    port = serve(post, tls_context=certificate)
    assert send(mail(outcome(error=FUSE)), settings(port, "starttls"), "") == "SSLCertVerificationError"
    assert post.mails == []


def test_a_server_without_starttls_gets_nothing(serve: Serve) -> None:
    post = Post()
    port = serve(post)
    assert send(mail(outcome(error=FUSE)), settings(port, "starttls"), "") == "SMTPNotSupportedError"
    assert post.mails == []
    assert send(mail(outcome(error=FUSE)), settings(port, "none"), "") == ""
    assert post.encrypted == [False]


def test_no_server_there() -> None:
    assert send(mail(outcome(error=FUSE)), settings(9, "none"), "") == "ConnectionRefusedError"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_mail_says(language: Language) -> None:
    written = mail(outcome("tokyo", error=FUSE), outcome("osaka", exit=1, left_out=3), language=language)
    text = written.get_content()
    assert "GUARD-FUSE" in str(written["Subject"])
    assert "tokyo" in str(written["Subject"])
    for word in ("It would change 900 cells", "project 'tokyo'", "See --dry-run.", "osaka", "40", "licats doctor"):
        assert word in text
    assert "{" not in text
    assert "&" not in text
    assert ("Records read" in text) == (language == "en")
    assert written["Auto-Submitted"] == "auto-generated"
    assert written["Date"] == "Sun, 01 Mar 2026 11:30:00 +0900"


def test_a_mail_of_records_left_out_says_so() -> None:
    written = mail(outcome(exit=1, left_out=3))
    assert written["Subject"] == "[licats] tokyo: records left out"
    assert "3 of 40 records were left out" in written.get_content()
