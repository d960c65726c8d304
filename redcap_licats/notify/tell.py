"""Tell of runs in all the ways the configuration names. Whatever fails here, the run goes on."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from redcap_licats.config import NotifySettings, TokenSource
from redcap_licats.errors import RUN_LOCKED, ConfigError
from redcap_licats.notify.log import log_begin, log_outcome
from redcap_licats.notify.mail import failure_mail, send
from redcap_licats.notify.metrics import write_metrics
from redcap_licats.notify.model import Outcome
from redcap_licats.notify.ping import ping
from redcap_licats.notify.repeated import not_yet_mailed, remember

_LOG = logging.getLogger(__name__)


def tell_begin(settings: NotifySettings, projects: Sequence[str]) -> tuple[str, ...]:
    """Tell that a run begins; give what could not be told, in words."""
    log_begin(projects)
    watch = settings.ping
    trouble = ping(watch.start, watch.timeout) if watch and watch.start else ""
    return _logged([f"health check: {trouble}"] if trouble else [])


def tell_end(
    settings: NotifySettings,
    outcomes: Sequence[Outcome],
    *,
    projects: Collection[str],
    memory: Path,
    secret: Callable[[TokenSource], str],
    at: dt.datetime,
) -> tuple[str, ...]:
    """Tell how runs ended; give what could not be told, in words.

    Args:
        settings: Where to tell.
        outcomes: How the runs ended.
        projects: All projects of the configuration, of which metrics are kept.
        memory: Folder where it is remembered what was mailed.
        secret: Fetches the password of the mail server; only asked when a mail goes out.
        at: Now; aware.
    """
    for one in outcomes:
        log_outcome(one)
    # where another run is going on, that one tells how it ended
    ended = [one for one in outcomes if not (one.error and one.error.code == RUN_LOCKED)]
    if not ended:
        return ()
    return _logged(
        [
            *_metrics(settings, ended, projects),
            *_ping(settings, ended),
            *_mail(settings, ended, memory, secret, at),
        ]
    )


def _metrics(settings: NotifySettings, outcomes: Sequence[Outcome], projects: Collection[str]) -> Iterator[str]:
    if settings.metrics:
        try:
            write_metrics(settings.metrics, outcomes, projects=projects)
        except OSError as error:
            yield f"metrics: {error.strerror} ({settings.metrics})"


def _ping(settings: NotifySettings, outcomes: Sequence[Outcome]) -> Iterator[str]:
    watch = settings.ping
    well = not any(one.exit for one in outcomes)
    url = watch and (watch.success if well else watch.fail)
    if watch and url and (trouble := ping(url, watch.timeout)):
        yield f"health check: {trouble}"


def _mail(
    settings: NotifySettings,
    outcomes: Sequence[Outcome],
    memory: Path,
    secret: Callable[[TokenSource], str],
    at: dt.datetime,
) -> Iterator[str]:
    post = settings.mail
    if post is None:
        return
    if failed := not_yet_mailed(memory, outcomes, at.date()):
        mail = failure_mail(failed, post, language=settings.language, at=at)
        try:
            trouble = send(mail, post, secret(post.password) if post.password else "")
        except ConfigError as error:
            trouble = str(error)
        if trouble:
            yield f"mail: {trouble}"
            return
    remember(memory, outcomes, at.date())


def _logged(troubles: Sequence[str]) -> tuple[str, ...]:
    for trouble in troubles:
        _LOG.warning("not told", extra={"facts": {"trouble": trouble}})
    return tuple(troubles)
