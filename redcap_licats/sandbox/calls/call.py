"""One authenticated API call, as every method gets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redcap_licats.sandbox.store.layout import Layout
from redcap_licats.sandbox.store.log import Kind, write_log
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.session import Session
from redcap_licats.sandbox.store.site import Site
from redcap_licats.sandbox.store.users import User
from redcap_licats.sandbox.wire.body import read_rows
from redcap_licats.sandbox.wire.params import Params
from redcap_licats.sandbox.wire.reply import MEDIA_TYPES, Reply, Row, json_text, rows, text

NOT_VALID = 'The value of the parameter "{}" is not valid'


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its caller.

    Attributes:
        server: For replies that go on reading after the call's transaction.
        session: The call's transaction; kept if the method returns, undone if it raises.
        base_url: Address of the server up to the path, such as ``http://127.0.0.1:8080``.
    """

    params: Params
    server: Server
    session: Session
    site: Site
    user: User
    base_url: str

    @property
    def layout(self) -> Layout:
        """Lookups over the project's definition."""
        return self.site.layout

    @property
    def style(self) -> str:
        """Format of data: csv, json or xml (the default)."""
        return self.params.choice("format", "xml", "json", "csv", "odm")

    @property
    def return_style(self) -> str:
        """Format of what an import answers."""
        return self.params.text("returnFormat") or self.style

    def log(self, kind: Kind, action: str, details: str, record: str | None = None, group: str = "") -> None:
        """Write a row into the project log."""
        write_log(
            self.session,
            self.site.id,
            self.user.username,
            kind,
            action,
            details,
            record=record,
            access_group=group,
        )

    def log_export(self, what: str) -> None:
        """Log that something other than data was exported, under the name the log has for it."""
        self.log(Kind.MANAGE, "Manage/Design", f"Export {what} (API)")

    def log_import(self, what: str) -> None:
        """Log that something other than data was imported."""
        self.log(Kind.MANAGE, "Manage/Design", f"Import {what} (API)")

    def table(self, items: Sequence[Row], columns: Sequence[str], *, root: str = "items") -> Reply:
        """Answer with a small table in the format asked for."""
        return rows(items, columns, self.style, root=root)

    def objects(self, value: object) -> Reply:
        """Answer in json with objects that need not have the same keys."""
        return text(json_text(value), MEDIA_TYPES["json"])

    def imported(self) -> list[dict[str, str]]:
        """Read the rows of the ``data`` parameter."""
        return read_rows(self.params.text("data"), self.style)


Method = Callable[[Call], Reply]
