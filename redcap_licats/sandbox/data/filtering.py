"""Filter logic of exports."""

from __future__ import annotations

from collections.abc import Callable

from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.data.rows import DataRow
from redcap_licats.sandbox.store.records import Record
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User
from redcap_licats.sandbox.wire.reply import ApiError

RowFilter = Callable[[Session, Record, list[DataRow]], list[DataRow]]


def make_filter(site: Site, user: User, options: Options) -> RowFilter | None:
    """Give the filter of an export, None if it has none."""
    if options.filter_logic:
        raise ApiError(400, f"The filter logic cannot be read ({site.id}, {user.username})")
    return None
