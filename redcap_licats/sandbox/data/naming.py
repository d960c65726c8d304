"""Names for new records.

Source: facts/redcap_api.md 1.1 (generateNextRecordName).
"""

from __future__ import annotations

from redcap_licats.sandbox.store.records import all_records
from redcap_licats.sandbox.store.session import Numbered, Session
from redcap_licats.sandbox.store.site import Site


def next_record_name(session: Session, site: Site, access_group: str) -> str:
    """Give the next free name: the highest number plus one; in an access group behind the group's number.

    Names that are not numbers do not count, so a project of such names answers 1.
    """
    prefix = f"{session.number(site.id, Numbered.GROUP, access_group)}-" if access_group else ""
    names = (record.name for record in all_records(session, site.id))
    numbers = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    highest = max((int(one) for one in numbers if one.isascii() and one.isdigit()), default=0)
    return f"{prefix}{highest + 1}"
