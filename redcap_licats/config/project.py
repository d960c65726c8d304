"""``[[project]]``: one study on one server."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationInfo

from redcap_licats.config.base import PathBeside, Strict, beside_the_file, checked_url, machine_state
from redcap_licats.config.delivery import DigestSettings, UploadSettings
from redcap_licats.config.token import TokenSource

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def _state(value: str, info: ValidationInfo) -> str:
    """Leave a database URL as it is; read anything else as a folder."""
    return value if "://" in value else str(beside_the_file(Path(value), info))


def _approval(path: Path, info: ValidationInfo) -> Path:
    """Name the file after the project unless another is given."""
    named = path.name or f"{info.data.get('name', 'project')}.approved.json"
    return beside_the_file(path.parent / named, info)


def _form(value: str) -> str:
    if value == "drw":
        raise ValueError("answers in the Data Resolution Workflow are not read yet; take the key out")
    return value


def _zone(name: str) -> str:
    if name in (known := available_timezones()):
        return name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "give a name such as Asia/Tokyo or Europe/Berlin"
    raise ValueError(f"there is no such time zone; {hint}")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("letters, digits, '-' and '_' only, at most 60 of them, a letter or digit first")
    return name


class ProjectSettings(Strict):
    """One ``[[project]]``.

    Attributes:
        name: Short name by which the project is called.
        url: Address of the API.
        project_id: Project id that the token must belong to.
        token: Where the token is kept.
        overlay: Folder with the study's changes to the protocol.
        approval: File with the protocol that was approved, by whom and why; beside the configuration by default.
        mapping: File that says which forms of the study's own stand in for ours, and how ours are called there.
        state: Folder, or SQLAlchemy URL, of the local state; a folder beside the configuration by default.
        answer_in: Where sites answer queries; ``drw`` is refused as long as it has no effect.
        data_cut: Last date of data that count.
        frozen: Whether nothing may be written any more.
        release_days: Days until a query on an incomplete form is released; the protocol's if missing.
        max_changes: Most cells that one run may change; no limit if missing.
        max_records: Most records that one run may change; no limit if missing.
        rate_per_minute: Requests per minute to the server, shared by its projects and by all runs of this user on
            this machine; 0 is no limit.
        full_pass_every: Days between two passes over all records.
        user: The worker's user name in REDCap, whose saves start nothing; see ``licats serve``.
        module: Whether the project has the REDCap module, whose list of changes ``licats serve`` fetches.
        report_key: Where the secret is kept that binds rows of workbooks to their queries; made at first use in
            the state folder if missing.
        monitor_token: Where the token is kept with which decisions from workbooks are written; the project's own
            if missing, the author then is only claimed.
        answers_in_excel: Whether sites may answer queries in their workbooks.
        upload: Folders of the File Repository that workbooks are uploaded to; nothing is uploaded if missing.
        digest: Who gets an e-mail about queries that wait; nobody if missing.
        time_zone: IANA name of the zone whose calendar date is "today"; this machine's zone if missing.
    """

    name: Annotated[str, AfterValidator(_name)]
    url: Annotated[str, AfterValidator(checked_url)]
    project_id: Annotated[int, Field(gt=0)]
    token: TokenSource
    overlay: PathBeside | None = None
    approval: Annotated[Path, AfterValidator(_approval), Field(validate_default=True)] = Path()
    mapping: PathBeside | None = None
    state: Annotated[str, AfterValidator(_state), Field(validate_default=True)] = "licats-state"
    answer_in: Annotated[Literal["form", "drw"], AfterValidator(_form)] = "form"
    data_cut: dt.date | None = None
    frozen: bool = False
    release_days: Annotated[int, Field(ge=0)] | None = None
    max_changes: Annotated[int, Field(gt=0)] | None = None
    max_records: Annotated[int, Field(gt=0)] | None = None
    rate_per_minute: Annotated[int, Field(ge=0)] = 120
    full_pass_every: Annotated[int, Field(gt=0)] = 1
    user: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    module: bool = False
    report_key: TokenSource | None = None
    monitor_token: TokenSource | None = None
    answers_in_excel: bool = False
    upload: UploadSettings | None = None
    digest: DigestSettings | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None

    @property
    def state_folder(self) -> Path:
        """Folder of the local state; it holds the lock even where the journal is a database elsewhere."""
        return machine_state() if "://" in self.state else Path(self.state)

    @property
    def report_key_file(self) -> Path:
        """File of the secret of the workbooks where no other place is configured."""
        return self.state_folder / f"{self.key}.report-key"

    @property
    def key(self) -> str:
        """Name that no other project has, whatever it is called in the configuration; fit to name a file."""
        return f"{re.sub(r'[^A-Za-z0-9.-]', '_', self.installation)}-{self.project_id}"

    @property
    def installation(self) -> str:
        """The REDCap that the project is one of: a server may have several, each below a path of its own."""
        return f"{self.server}{urlsplit(self.url).path.removesuffix('/api/')}"

    @property
    def server(self) -> str:
        """Host and port of the server, by which requests are limited."""
        return urlsplit(self.url).netloc.lower()

    def local(self, instant: dt.datetime) -> dt.datetime:
        """Give an instant by the clocks of the project's zone; by this machine's if it has none."""
        return instant.astimezone(ZoneInfo(self.time_zone) if self.time_zone else None)
