"""Computing calculated fields again after their inputs changed.

Source: facts/redcap_api.md 3.3, 3.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from redcap_licats.sandbox.data.context import Context
from redcap_licats.sandbox.data.formulas import Formula, formulas
from redcap_licats.sandbox.data.saving import Author, RowChange, save_rows
from redcap_licats.sandbox.store.layout import RowKey
from redcap_licats.sandbox.store.locks import locked_forms
from redcap_licats.sandbox.store.records import Record, rows_of
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User

_ROUTE = "(Auto calculation)"


def recalculate(session: Session, site: Site, user: User, record: Record, touched: frozenset[str]) -> None:
    """Compute what depends on changed fields, and what depends on that, on the rows that exist."""
    if not site.state.behaviour.calculate:
        return
    known = formulas(site.layout)
    locked = locked_forms(session, record)
    # A formula that depends on itself in a circle would go on for ever.
    for _ in range(len(known)):
        due = [one for one in known if not touched.isdisjoint(one.inputs)]
        if not due:
            return
        rows = rows_of(session, record.id)
        now = session.clock.stamp()
        changes = [
            RowChange(key, {site.layout.by_column[formula.field.name]: value})
            for formula in due
            for key in _places(site, formula, rows)
            if RowKey(key.event, formula.field.form, key.instance) not in locked
            and (value := formula.value(Context(site, user, record, rows, key, now).scope()))
            != rows[key].get(formula.field.name, "")
        ]
        touched = save_rows(session, site, Author(user.username, _ROUTE), record, changes)


def _places(site: Site, formula: Formula, rows: dict[RowKey, dict[str, str]]) -> Iterator[RowKey]:
    """Rows on which the field stands."""
    for key in rows:
        if site.layout.exists(key) and formula.field.form in site.layout.forms_in(key.event, key.form):
            yield key
