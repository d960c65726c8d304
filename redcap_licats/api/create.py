"""Create a project from a project XML with a super token."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from redcap_licats.api.limit import limiter_for
from redcap_licats.api.reply import Expected
from redcap_licats.api.transport import Transport
from redcap_licats.errors import ServerError

_TOKEN_AT_END = re.compile(r"[0-9A-Fa-f]{32}$")


def create_project(url: str, super_token: str, *, title: str, odm: str, rate_per_minute: int = 120) -> str:
    """Create a project and give its token. Never repeated, since each call makes another project.

    Args:
        url: Address of the API.
        super_token: The 64 characters that an administrator grants.
        title: Title of the new project.
        odm: The project XML.
        rate_per_minute: Requests per minute and server; 0 switches the limit off.

    Raises:
        LicatsError: REDCap refuses or cannot be reached.
    """
    transport = Transport(url, super_token, limiter=limiter_for(urlsplit(url).netloc.lower(), rate_per_minute))
    payload = {
        "content": "project",
        "format": "json",
        "returnFormat": "json",
        "data": json.dumps([{"project_title": title, "purpose": "0"}]),
        "odm": odm,
    }
    text = transport.send(payload, Expected.TEXT).text.strip().strip('"')
    transport.close()
    # a server may print other text before the token (facts/redcap_api.md 1.4)
    found = _TOKEN_AT_END.search(text)
    if not found:
        raise ServerError(
            "API-CREATE",
            "REDCap answered the creation of a project without a token",
            where=transport.url,
            remedy="Look on REDCap's page 'My Projects' whether the project was made.",
        )
    return found.group()
