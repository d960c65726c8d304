"""Calculated values."""

from __future__ import annotations

from collections.abc import Collection

from redcap_licats.sandbox.store.records import Record
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User


def recalculate(session: Session, site: Site, user: User, record: Record, touched: Collection[str]) -> None:
    """Compute again what depends on touched fields."""
