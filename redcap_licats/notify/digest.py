"""The e-mail about queries that wait: counts, the oldest, and links; never values or record ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from redcap_licats.config import MailSettings
from redcap_licats.messages import Language, Texts


@dataclass(frozen=True, slots=True)
class SiteCount:
    """Queries of one site: waiting for the site, for a monitor, overdue, days that the oldest is open."""

    name: str
    at_site: int
    at_monitor: int
    overdue: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells.

    Attributes:
        study: Name of the study.
        site: Name of the site; '' in a digest for monitors.
        at: When it was counted; aware.
        waiting: Queries that wait for whom it is sent to.
        overdue: How many of them are overdue.
        oldest: Days that the oldest of them is open.
        priorities: How many of them there are of each priority, in words.
        sites: Counts by site; only for monitors.
        project, dashboard: Addresses in REDCap; '' where not known.
    """

    study: str
    site: str
    at: dt.datetime
    waiting: int
    overdue: int
    oldest: int | None
    priorities: tuple[tuple[str, int], ...]
    sites: tuple[SiteCount, ...]
    project: str
    dashboard: str

    @property
    def says_something(self) -> bool:
        """Whether there is anything to tell."""
        return self.waiting > 0 or any(one.overdue for one in self.sites)


def digest_mail(digest: Digest, settings: MailSettings, to: Sequence[str], *, language: Language) -> EmailMessage:
    """Write the mail, in plain text and in HTML.

    Args:
        digest: What it tells.
        settings: From whom.
        to: Addresses.
        language: Of its words.
    """
    texts = Texts(language)
    kind = "site" if digest.site else "monitor"
    named = {"study": digest.study, "site": digest.site, "count": digest.waiting}
    links = ((texts("digest.project"), digest.project), (texts("digest.dashboard"), digest.dashboard))
    counts = ((texts("digest.count"), digest.waiting), (texts("digest.overdue"), digest.overdue))
    oldest = ((texts("digest.oldest"), digest.oldest),) if digest.oldest is not None else ()
    told = {
        "subject": _one_line(texts(f"digest.subject_{kind}", **named)),
        "language": language,
        "words": texts,
        "intro": _one_line(texts(f"digest.intro_{kind}", **named)),
        "facts": (*counts, *oldest),
        "priorities": digest.priorities,
        "sites": digest.sites,
        # whatever stands in a file of settings, nothing but an address of the web becomes a link
        "links": [(name, url) for name, url in links if url.startswith(("https://", "http://"))],
        "as_of": texts("digest.as_of", at=f"{digest.at:%Y-%m-%d %H:%M} {digest.at.tzname()}"),
    }
    environment = Environment(
        loader=PackageLoader("redcap_licats.notify"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    mail = EmailMessage()
    mail["Subject"] = told["subject"]
    mail["From"] = settings.sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(digest.at)
    mail["Message-ID"] = make_msgid(domain=settings.sender.partition("@")[2])
    # nobody's out-of-office reply is wanted
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(environment.get_template("digest.txt.j2").render(told))
    mail.add_alternative(environment.get_template("digest.html.j2").render(told), subtype="html")
    return mail


def _one_line(text: str) -> str:
    return " ".join(text.split())
