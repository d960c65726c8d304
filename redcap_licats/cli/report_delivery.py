"""Bring workbooks, and news of the queries that wait, to sites and monitors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from redcap_licats.api.token import read_secret
from redcap_licats.config import MailSettings, NotifySettings, ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.messages import Language
from redcap_licats.notify.digest import digest_mail
from redcap_licats.notify.mail import send
from redcap_licats.report.digest import digest_of
from redcap_licats.report.produce import Made
from redcap_licats.report.upload import upload
from redcap_licats.sync.running import client_of


def refuse_unconfigured(
    settings: ProjectSettings, notify: NotifySettings, *, uploads: bool, digests: bool
) -> None:
    """Make sure, before anything is written, that it is known where things go.

    Raises:
        ConfigError: It is not.
    """
    missing = (
        "[project.upload]" if uploads and not settings.upload else "",
        "[project.digest]" if digests and not settings.digest else "",
        "[notify.mail]" if digests and not notify.mail else "",
    )
    if names := " and ".join(filter(None, missing)):
        raise ConfigError(
            "REPORT-DELIVERY",
            f"The configuration has no table {names}",
            where=f"project '{settings.name}'",
            remedy="Add it; docs/readback.md has an example.",
        )


def upload_made(settings: ProjectSettings, made: Sequence[Made]) -> tuple[str, ...]:
    """Upload workbooks to the File Repository; give where they now are."""
    with client_of(settings) as client:
        return upload(client, settings, [(one.report.facts.site, one.path) for one in made])


def mail_digests(
    settings: ProjectSettings, notify: NotifySettings, made: Sequence[Made], language: Language
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Mail what waits to those who are configured, where there is anything to say.

    Returns:
        Whom it went to (a site's name, or ``monitors``), and what could not be sent.
    """
    post = notify.mail
    if post is None:
        return (), ()
    password = read_secret(post.password, "password of the mail server") if post.password else ""
    sent, troubles = [], []
    for whom, trouble in _mails(settings, post, password, made, language):
        if trouble:
            troubles.append(f"mail to {whom}: {trouble}")
        else:
            sent.append(whom)
    return tuple(sent), tuple(troubles)


def _mails(
    settings: ProjectSettings, post: MailSettings, password: str, made: Sequence[Made], language: Language
) -> Iterator[tuple[str, str]]:
    """Send one mail after the other; give whom it was for and what went wrong, '' if nothing."""
    if settings.digest is None:
        return
    words = settings.digest.language or language
    for one in made:
        site = one.report.facts.site
        to = settings.digest.sites.get(site, ()) if site else settings.digest.monitors
        digest = digest_of(one.report, words)
        if to and digest.says_something:
            yield site or "monitors", send(digest_mail(digest, post, to, language=words), post, password)
