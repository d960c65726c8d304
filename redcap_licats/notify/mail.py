"""Mail that a run did not end well."""

from __future__ import annotations

import datetime as dt
import smtplib
import socket
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from redcap_licats.config import MailSettings
from redcap_licats.messages import Language
from redcap_licats.notify.model import Outcome


def failure_mail(
    outcomes: Sequence[Outcome], settings: MailSettings, *, language: Language, at: dt.datetime
) -> EmailMessage:
    """Write the mail about runs that did not end well. It holds counts and errors, no record ids and no values.

    Args:
        outcomes: The runs; at least one.
        settings: From whom and to whom.
        language: Of the text.
        at: When it is sent; aware.
    """
    environment = Environment(
        loader=PackageLoader("redcap_licats.notify"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),  # of HTML only: in plain text it would show
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template(f"failure.{language}.txt.j2")
    subject, _, text = template.render(outcomes=outcomes, machine=socket.gethostname(), at=at).partition("\n")
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = settings.sender
    mail["To"] = ", ".join(settings.to)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=settings.sender.partition("@")[2])
    # nobody's out-of-office reply is wanted
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text.lstrip("\n"))
    return mail


def send(mail: EmailMessage, settings: MailSettings, password: str) -> str:
    """Send a mail and give what went wrong, '' if nothing; never raises."""
    try:
        with _connection(settings) as server:
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.user is not None:
                server.login(settings.user, password)
            server.send_message(mail)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return type(error).__name__
    return ""


def _connection(settings: MailSettings) -> smtplib.SMTP:
    host, port = settings.address
    if settings.security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=settings.timeout, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=settings.timeout)
