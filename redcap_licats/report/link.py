"""Links into REDCap."""

from __future__ import annotations

from urllib.parse import urlencode

from redcap_licats.report.facts import RunFacts
from redcap_licats.subject.model import Place


def form_url(facts: RunFacts, record: str, form: str, instance: int, event: str = "") -> str:
    """Give the address of one instance of a form of ours; '' where REDCap's version or event's id is not known."""
    if facts.names:
        (form, instance, event), _ = facts.names.theirs(Place(form, instance, event), "")
    return place_url(facts, record, form, instance, event)


def place_url(facts: RunFacts, record: str, form: str, instance: int, event: str = "") -> str:
    """Give the address of one instance of a form as the project names it."""
    if not facts.redcap_version or (event and event not in facts.event_ids):
        return ""
    place: dict[str, str | int] = {"pid": facts.project_id, "id": record}
    if event:
        place["event_id"] = facts.event_ids[event]
    place |= {"page": form, "instance": instance}
    return f"{_versioned(facts)}/DataEntry/index.php?{urlencode(place)}"


def record_url(facts: RunFacts, record: str) -> str:
    """Give the address of a record's home page; '' where REDCap's version is not known."""
    place = urlencode({"pid": facts.project_id, "id": record})
    return f"{_versioned(facts)}/DataEntry/record_home.php?{place}" if facts.redcap_version else ""


def project_url(facts: RunFacts) -> str:
    """Give the address of the project's home page; '' where REDCap's version is not known."""
    return f"{_versioned(facts)}/index.php?{urlencode({'pid': facts.project_id})}" if facts.redcap_version else ""


def dashboard_url(facts: RunFacts) -> str:
    """Give the address of the record status dashboard; '' where REDCap's version is not known."""
    place = urlencode({"pid": facts.project_id})
    return f"{_versioned(facts)}/DataEntry/record_status_dashboard.php?{place}" if facts.redcap_version else ""


def _versioned(facts: RunFacts) -> str:
    base = facts.url.rstrip("/").removesuffix("/api")
    return f"{base}/redcap_v{facts.redcap_version}"
