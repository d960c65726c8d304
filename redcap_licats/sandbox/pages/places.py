"""Addresses of the pages. Names of records hold any sign, so they travel as parameters and never as a path."""

from __future__ import annotations

from urllib.parse import urlencode

from redcap_licats.sandbox.data.entering import FormPlace

NEW = "new"


def project_path(project: int) -> str:
    """Give the address of a project's dashboard."""
    return f"/projects/{project}/"


def record_path(project: int, record: str, *, arm: int = 0, new: bool = False) -> str:
    """Give the address of a record's home page."""
    given = {"id": record, "arm": str(arm) if arm > 1 else "", NEW: "1" if new else ""}
    return f"/projects/{project}/record?{_encoded(given)}"


def form_path(project: int, record: str, place: FormPlace, *, new: bool = False) -> str:
    """Give the address of a form."""
    given = {
        "id": record,
        "event": place.event,
        "form": place.form,
        "instance": str(place.instance) if place.instance > 1 else "",
        NEW: "1" if new else "",
    }
    return f"/projects/{project}/form?{_encoded(given)}"


def _encoded(given: dict[str, str]) -> str:
    return urlencode({name: value for name, value in given.items() if value})
