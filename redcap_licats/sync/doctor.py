"""Every guard there is, run to its end: all findings are named instead of the first that stands in the way."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.token import read_secret
from redcap_licats.config import ProjectSettings, is_loopback
from redcap_licats.errors import ConfigError, LicatsError
from redcap_licats.journal.journal import Journal
from redcap_licats.mapping.client import names_of
from redcap_licats.protocol.models import Protocol
from redcap_licats.sync.agenda import refuse_held
from redcap_licats.sync.approval import Approval, read_approvals, refuse_unapproved
from redcap_licats.sync.finding import Finding, Harm
from redcap_licats.sync.guards import data_cut, frozen_study, other_project, place, worker_in_group
from redcap_licats.sync.mapped import mapping_findings
from redcap_licats.sync.needs import Needs, needs_of
from redcap_licats.sync.preflight import setup_findings
from redcap_licats.sync.rights import rights_findings
from redcap_licats.sync.running import client_of
from redcap_licats.sync.setup import Setup, read_setup
from redcap_licats.sync.threads import Heard, workflow_of

Result = TypeVar("Result")

#: versions of REDCap of which the API's behaviour is known (facts/redcap_api.md 1.10)
KNOWN_VERSIONS = range(7, 17)
#: seconds by which two clocks may differ
_SKEW = 120
#: requests per minute that an administrator allows an address by default, before banning it
_BAN = 600
_DEFAULT_RATE = 120


@dataclass(slots=True)
class Examination:
    """What was found.

    Attributes:
        findings: In the order in which a run would meet them.
        redcap_version: Version of the server; '' if it did not answer.
        setup: The project's set-up; None if it could not be read.
        needs: What the protocol needs of it.
        approval: The approval of the protocol; None if there is none, or it is of another one.
    """

    findings: list[Finding] = field(default_factory=list)
    redcap_version: str = ""
    setup: Setup | None = None
    needs: Needs | None = None
    approval: Approval | None = None

    @property
    def worst(self) -> Finding | None:
        """The finding that decides: of those that stand in the way, the first with the highest exit code."""
        return max((one for one in self.findings if one.exit), key=lambda one: one.exit, default=None)

    @property
    def exit(self) -> int:
        """Exit code: 0 if all findings are harmless."""
        return self.worst.exit if self.worst else 0

    def attempt(self, harm: Harm, call: Callable[[], Result]) -> Result | None:
        """Make a call; an error becomes a finding."""
        try:
            return call()
        except LicatsError as error:
            self.findings.append(Finding.of(error, harm))
            return None

    def note(self, harm: Harm, guard: Callable[[], Iterator[Finding]]) -> None:
        """Run a guard to its end; an error becomes a finding as well."""
        self.findings += self.attempt(harm, lambda: list(guard())) or []


def examine_project(settings: ProjectSettings, protocol: Protocol) -> Examination:
    """Run all guards against the live project. Writes nothing to it; errors are among the findings."""
    found = Examination()
    for guard in (frozen_study, rate_limit, token_file):
        found.findings += guard(settings)
    found.findings += data_cut(settings, settings.local(dt.datetime.now(dt.UTC)).date())
    found.note(Harm.WRITING, lambda: state_folder(settings))
    found.note(Harm.HARMLESS, lambda: report_key(settings))
    found.approval = _approval(settings, protocol)
    client = found.attempt(Harm.READING, lambda: client_of(settings))
    if client is not None:
        with client:
            _examine_live(client, settings, protocol, found)
    return found


def _approval(settings: ProjectSettings, protocol: Protocol) -> Approval | None:
    """Give the approval of the protocol; a damaged one is found when it is needed."""
    try:
        approvals = read_approvals(settings.approval)
    except ConfigError:
        return None
    return approvals.last if approvals and approvals.last.hash == protocol.hash else None


def _examine_live(client: RedcapClient, settings: ProjectSettings, protocol: Protocol, found: Examination) -> None:
    info = found.attempt(Harm.READING, client.project_info)
    if info is None:
        return
    found.findings += other_project(info, settings)
    found.findings += clock_skew(client, settings, dt.datetime.now(dt.UTC))
    found.redcap_version = found.attempt(Harm.READING, client.version) or ""
    found.findings += server_version(found.redcap_version, settings)
    setup = found.setup = found.attempt(Harm.READING, lambda: read_setup(client, info))
    if setup is None:
        return
    names = names_of(client, protocol, setup.dictionary, setup.events)
    if names:
        found.note(Harm.READING, lambda: mapping_findings(names, settings))
        setup = setup.in_our_words(names)
    needs = found.needs = needs_of(protocol, setup.dictionary, names)
    found.findings += setup_findings(setup, needs, settings, names)
    found.note(Harm.READING, lambda: _groups(client, setup, settings))
    found.note(Harm.READING, lambda: rights_findings(client, client.project_definition(), needs, settings, names))
    if workflow := workflow_of(client, settings):
        found.attempt(Harm.WRITING, lambda: workflow.hear(Heard()))
    elif settings.module:
        # a run does without the list; only the service fetches it
        found.attempt(Harm.HARMLESS, client.module.changes)
    if "SETUP-FORMS" not in {one.code for one in found.findings}:
        found.attempt(Harm.WRITING, lambda: refuse_unapproved(client, settings, protocol))


def _groups(client: RedcapClient, setup: Setup, settings: ProjectSettings) -> Iterator[Finding]:
    """Export one record with its group and everything else, as a run would."""
    ids = client.record_ids()
    for row in client.export_rows(ids[:1], groups=True)[:1] if ids else []:
        yield from worker_in_group(row, settings, access_groups=setup.access_groups)
    if not ids and setup.access_groups:
        yield Finding(
            "GROUP-UNSEEN",
            Harm.HARMLESS,
            "No record is to be seen, so it cannot be told whether the token's user is in a Data Access Group",
            place(settings),
            "Make sure on the page 'Data Access Groups' that the worker's user is in none.",
        )


def rate_limit(settings: ProjectSettings) -> Iterator[Finding]:
    """Compare the limit of requests with what servers bear."""
    rate = settings.rate_per_minute
    if is_loopback(urlsplit(settings.url).hostname or "") or 0 < rate <= _DEFAULT_RATE:
        return
    what = (
        f"{rate} requests per minute are more than the default of {_DEFAULT_RATE}" if rate else "There is no limit"
    )
    yield Finding(
        "LIMIT-RATE",
        Harm.HARMLESS,
        f"{what}; a server bans an address that makes more than its administrator allows, by default {_BAN}",
        place(settings),
        "Ask the administrator, or take 'rate_per_minute' out of the configuration.",
    )


def token_file(settings: ProjectSettings) -> Iterator[Finding]:
    """Look who else may read the file that holds the token; whether everybody may is looked at when it is read."""
    path = settings.token.file
    if path and path.exists() and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXG:
        yield Finding(
            "TOKEN-FILE-GROUP",
            Harm.HARMLESS,
            "The group of the file that holds the token may read or change it",
            str(path),
            f"chmod 600 {path}, unless the group is meant to.",
        )


def state_folder(settings: ProjectSettings) -> Iterator[Finding]:
    """Look whether the local state can be written, and whether a run was undone there.

    Raises:
        ConfigError: The state is a database that cannot be opened.
        GuardError: The project is held.
    """
    folder = settings.state_folder
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        yield Finding(
            "STATE-OPEN",
            Harm.WRITING,
            "The state folder cannot be written to",
            str(folder),
            "Check the key 'state', and that the worker's user may write there.",
        )
        return
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(
            "STATE-MODE",
            Harm.HARMLESS,
            "Other users of this machine may look into the state folder, with its record ids and derived values",
            str(folder),
            f"chmod 700 {folder}",
        )
    if "://" in settings.state or any(folder.glob("*.sqlite")):
        with Journal(settings.state) as journal:
            refuse_held(journal.memory(settings.key))


def report_key(settings: ProjectSettings) -> Iterator[Finding]:
    """Look whether workbooks can be read back, where a study means to.

    Raises:
        ConfigError: The key of the workbooks is not where the configuration says.
    """
    if settings.report_key is not None:
        read_secret(settings.report_key, "key of the workbooks")
    elif (settings.monitor_token or settings.answers_in_excel) and not settings.report_key_file.exists():
        yield Finding(
            "REPORT-KEY",
            Harm.HARMLESS,
            "There is no key of the workbooks here: those made elsewhere or before cannot be read back",
            str(settings.report_key_file),
            "The next 'licats report' makes one. To keep the former one, bring its file back or set 'report_key'.",
        )


def clock_skew(client: RedcapClient, settings: ProjectSettings, now: dt.datetime) -> Iterator[Finding]:
    """Compare the server's clock with this machine's, right after a reply."""
    skew = (client.server_time - now).total_seconds() if client.server_time else 0.0
    if abs(skew) > _SKEW:
        way = "ahead of" if skew > 0 else "behind"
        yield Finding(
            "CLOCK-SKEW",
            Harm.HARMLESS,
            f"The server's clock is {dt.timedelta(seconds=round(abs(skew)))} {way} this machine's",
            place(settings),
            "Let both follow a time server. Dates are taken from the server's clock, waiting times from this one.",
        )


def server_version(version: str, settings: ProjectSettings) -> Iterator[Finding]:
    """Compare the server's version with those of which the behaviour is known."""
    major = version.partition(".")[0]
    if version and not (major.isdigit() and int(major) in KNOWN_VERSIONS):
        yield Finding(
            "SERVER-VERSION",
            Harm.HARMLESS,
            f"REDCap {version[:20]} is not among the known versions {KNOWN_VERSIONS[0]} to {KNOWN_VERSIONS[-1]}",
            place(settings),
            "Rehearse on a copy of the project first: licats sync --dry-run",
        )
