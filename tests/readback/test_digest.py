"""The e-mail about queries that wait, over real SMTP."""

from __future__ import annotations

import datetime as dt
import email
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from readback_study import Study

from redcap_licats.config import MailSettings
from redcap_licats.messages import LANGUAGES, Language
from redcap_licats.notify.digest import Digest, SiteCount, digest_mail

AT = dt.datetime(2026, 3, 1, 11, 30, tzinfo=dt.timezone(dt.timedelta(hours=9), "JST"))
POST = MailSettings.model_validate(
    {"host": "127.0.0.1", "security": "none", "sender": "licats@example.org", "to": ["a@example.org"]}
)
HOSTILE = '<script>alert(1)</script>"\r\nBcc: x@example.org'


class Server(Controller):
    """A mail server on any free port that keeps what was delivered."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []
        super().__init__(self, "127.0.0.1", 0)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=default)))
        return "250 OK"

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.stop()


def configured(study: Study, server: Server) -> Study:
    study.configure(
        '[project.digest]\nmonitors = ["mon@example.org"]\n'
        'sites = { tokyo = ["t@example.org"], osaka = ["o@x.org"] }\n'
        f'[notify.mail]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
        'sender = "licats@example.org"\nto = ["ops@example.org"]\n'
    )
    return study


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Plain text and HTML."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def test_monitors_and_sites_are_told_what_waits_for_them(study: Study, server: Server) -> None:
    configured(study, server)
    assert study.told("report", "--out", "out", "--digest")["mailed"] == ["monitors"]
    assert study.told("report", "--out", "out", "--every-site", "--digest")["mailed"] == ["osaka", "tokyo"]
    assert [to for to, _ in server.mails] == [["mon@example.org"], ["o@x.org"], ["t@example.org"]]
    monitor, osaka, tokyo = (mail for _, mail in server.mails)
    # two answered ones and a medical one of each record
    assert monitor["Subject"] == "[trial] Queries that wait for review: 4"
    assert osaka["Subject"] == "[trial] osaka: queries that wait for an answer: 6"
    assert tokyo["Subject"] == "[trial] tokyo: queries that wait for an answer: 4"
    plain, html = parts(monitor)
    assert "Medical query: 2" in plain
    assert "tokyo | 4 | 3 |" in plain
    for mail in (osaka, tokyo):
        for text in parts(mail):
            assert "edical" not in text
    # counts and links, no values, no record ids, no wording of queries
    for mail in (monitor, osaka, tokyo):
        for text in parts(mail):
            for told in ("2026-01-15", "2026-01-20", "kidney", "&id=", "?id=", "TMA"):
                assert told not in text
            assert f"pid={study.project_id}" in text
    assert html.count("<a href=") == 2


def test_nothing_is_sent_where_nothing_waits(study: Study, server: Server) -> None:
    configured(study, server)
    query = {"record_id": "2", "redcap_repeat_instrument": "licats_query", "qry_state_d": "closed"}
    numbers = [str(number) for record, number in study.rows("licats_query") if record == "2"]
    done = [query | {"redcap_repeat_instance": number} for number in numbers]
    study.client.import_rows(done)
    assert study.told("report", "--out", "out", "--site", "osaka", "--digest")["mailed"] == []
    assert server.mails == []


def test_a_mail_server_that_is_not_there(study: Study, server: Server) -> None:
    configured(study, server)
    config = study.folder / "licats.toml"
    config.write_text(config.read_text().replace(f"port = {server.port}\n", "port = 9\n"))
    answer = study.told("report", "--out", "out", "--digest")
    assert (answer["exit"], answer["mailed"]) == (1, [])
    assert answer["not_mailed"] == ["mail to monitors: ConnectionRefusedError"]


def test_a_digest_without_a_mail_server_is_refused_first(study: Study) -> None:
    study.configure('[project.digest]\nmonitors = ["mon@example.org"]\n')
    answer = study.told("report", "--out", "out", "--digest")
    assert (answer["exit"], answer["error"]["code"]) == (2, "REPORT-DELIVERY")  # type: ignore[index]
    assert not (study.folder / "out").exists()


class Tags(HTMLParser):
    """Names of the tags of a page, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_words_stay_words(language: Language) -> None:
    counts = SiteCount(HOSTILE, 1, 2, 3, None)
    digest = Digest(
        HOSTILE,
        HOSTILE,
        AT,
        5,
        1,
        9,
        ((HOSTILE, 5),),
        (counts,),
        "javascript:alert(1)",
        "https://r.example.org/?a=1&b=2",
    )
    mail = digest_mail(digest, POST, ["t@example.org"], language=language)
    read = email.message_from_bytes(mail.as_bytes(), policy=default)
    assert isinstance(read, EmailMessage)
    assert read["Bcc"] is None
    assert read["To"] == "t@example.org"
    plain, html = parts(read)
    page = Tags(html)
    assert "script" not in page.tags
    assert page.links == ["https://r.example.org/?a=1&b=2"]
    assert "javascript:" not in plain
    assert "{" not in plain
    assert read["Auto-Submitted"] == "auto-generated"
    assert ("ueries" in str(read["Subject"])) == (language == "en")


def test_a_digest_that_says_nothing() -> None:
    quiet = Digest("s", "", AT, 0, 0, None, (), (SiteCount("a", 4, 0, 0, 3),), "", "")
    assert not quiet.says_something
    late = Digest("s", "", AT, 0, 0, None, (), (SiteCount("a", 4, 0, 1, 30),), "", "")
    assert late.says_something
