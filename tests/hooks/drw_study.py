"""A study that answers in threads: the worker, the module behind real PHP and MariaDB, a sandbox's data."""

from __future__ import annotations

from dataclasses import dataclass

from small_redcap import SmallRedcap
from study import Row, kidney_event, sample, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.threads import Thread
from redcap_licats.config import ProjectSettings
from redcap_licats.protocol import load_protocol
from redcap_licats.query.model import Query
from redcap_licats.query.rows import read_queries
from redcap_licats.sync.summary import RunSummary, ThreadCounts
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
WRONG = kidney_event("1", kidney_onset="2026-01-02", kidney_sx_start="2026-01-01")
RIGHT = kidney_event("1")
SEROLOGY = {"lab_c3_val": "90", "lab_c4_val": "20", "lab_dsdna_val": "5"}
REST = [*subject("1")[:2], sample("1", 2, "2026-01-21", "1.2", **SEROLOGY), subject("1")[3]]

#: the workflow, and field comments in its place
ON = "update redcap_projects set data_resolution_enabled = 2"
OFF = "update redcap_projects set data_resolution_enabled = 1"


@dataclass
class Study:
    """A study that answers in threads: its data in the sandbox, its threads in the module's REDCap."""

    core: RedcapClient
    redcap: SmallRedcap
    project: ProjectSettings
    token: str

    def run(self, *, exit_code: int = 0, full: bool = False, dry_run: bool = False) -> RunSummary:
        summary = sync(self.project, PROTOCOL, full=full, dry_run=dry_run)
        assert summary.exit == exit_code, (summary.error, summary.left_out)
        return summary

    def enter(self, *rows: Row) -> None:
        self.core.import_rows(rows, overwrite=True)

    def queries(self, record: str = "1") -> dict[str, Query]:
        return {one.rule: one for one in read_queries(self.core.export_rows([record])) if not one.medical}

    def threads(self, *records: str) -> tuple[Thread, ...]:
        with self.redcap.client() as client:
            return client.module.threads(records or ("1",))

    def thread(self, field: str) -> Thread:
        (found,) = (one for one in self.threads() if one.field == field)
        return found

    def switch(self, *, on: bool) -> None:
        """Switch the Data Resolution Workflow of the project."""
        self.redcap.do("sql", [ON if on else OFF])

    def say(self, field: str, status: str = "OPEN", response: str = "", user: str = "2", **more: str) -> None:
        """Let a person take a step in the thread on a field of record 1."""
        self.redcap.say("1", field, status, response, int(user), **more)  # type: ignore[arg-type]


def at_rest(study: Study) -> None:
    """A run over everything right after another does nothing."""
    summary = study.run(full=True)
    assert (summary.cells_written, summary.threads, summary.conflicts) == (0, ThreadCounts(), [])
