"""An export from request to pieces of text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from redcap_licats.sandbox.data.eav import eav_table
from redcap_licats.sandbox.data.filtering import RowFilter, make_filter
from redcap_licats.sandbox.data.flat import flat_table
from redcap_licats.sandbox.data.options import Options
from redcap_licats.sandbox.data.plan import Plan, make_plan
from redcap_licats.sandbox.data.rows import DataRow, chosen_records, data_rows
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was checked and only needs to be written."""

    site: Site
    user: User
    options: Options
    plan: Plan
    row_filter: RowFilter | None

    def pieces(self, session: Session) -> Iterator[str]:
        """Give the body piece by piece; reads one record at a time."""
        table = eav_table if self.options.eav else flat_table
        return table(session, self.site, self.plan, self.options, self.rows(session))

    def rows(self, session: Session) -> Iterator[list[DataRow]]:
        """Give the rows of the export, record by record."""
        fields = self._fields()
        for record in chosen_records(session, self.site, self.options, self.user.group):
            rows = data_rows(session, self.site, record, self.options, fields)
            yield rows if self.row_filter is None else self.row_filter.kept(session, record, rows)

    def _fields(self) -> Collection[str] | None:
        """Names of the stored fields to read; None where it is not worth picking."""
        wanted = self.plan.fields
        if len(wanted) * 2 > len(self.site.layout.dictionary):
            return None if self.plan.with_record else wanted
        return wanted | {self.site.layout.record_id} if self.plan.with_record else wanted


def prepare(session: Session, site: Site, user: User, options: Options) -> Export:
    """Check an export request and choose its columns.

    Raises:
        ApiError: 400 if the filter logic cannot be read.
    """
    plan = make_plan(session, site, user, options)
    return Export(site, user, options, plan, make_filter(site, user, options.filter_logic))
