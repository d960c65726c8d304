"""What a report has to tell by e-mail, and to whom. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from redcap_licats.messages import Language, Texts
from redcap_licats.notify.digest import Digest, SiteCount
from redcap_licats.protocol.models import Severity
from redcap_licats.report.facts import Audience
from redcap_licats.report.link import dashboard_url, project_url
from redcap_licats.report.model import QueryLine, Report


def digest_of(report: Report, language: Language) -> Digest:
    """Count what waits for those whom a report was made for: the site's own, or what monitors have to review."""
    facts = report.facts
    audience = facts.audience
    mine = [one for one in report.queries if one.waits_for == audience.value and _is_for(one, audience)]
    severities = Counter(one.severity for one in mine)
    words = report.wording.severities
    return Digest(
        study=facts.study,
        site=facts.site,
        at=facts.at,
        waiting=len(mine),
        overdue=sum(one.overdue for one in mine),
        oldest=_oldest(mine),
        priorities=tuple((words[one][language], severities[one]) for one in Severity if severities[one]),
        sites=_by_site(report, language) if audience is Audience.MONITOR else (),
        project=project_url(facts),
        dashboard=dashboard_url(facts),
    )


def _is_for(line: QueryLine, audience: Audience) -> bool:
    """A site never learns of medical queries, not even how many there are."""
    return audience is Audience.MONITOR or not line.medical


def _by_site(report: Report, language: Language) -> tuple[SiteCount, ...]:
    counts = []
    for site in report.sites:
        lines = [one for one in report.queries if one.site == site]
        waiting = Counter(one.waits_for for one in lines)
        counts.append(
            SiteCount(
                name=site or Texts(language)("digest.no_site"),
                at_site=waiting["site"],
                at_monitor=waiting["monitor"],
                overdue=sum(one.overdue for one in lines),
                oldest=_oldest(lines),
            )
        )
    return tuple(counts)


def _oldest(lines: Sequence[QueryLine]) -> int | None:
    return max((one.days_open for one in lines if one.days_open is not None), default=None)
