"""Queries in threads, from end to end: the worker, the module behind real PHP and MariaDB, a sandbox's data."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from one_address import one_address
from small_redcap import SmallRedcap
from study import Row, kidney_event, project_xml, repeat, settings, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.threads import Thread
from redcap_licats.config import ProjectSettings
from redcap_licats.protocol import load_protocol
from redcap_licats.query.model import Query
from redcap_licats.query.rows import read_queries
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.summary import RunSummary
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@dataclass
class Study:
    """A study that answers in threads: its data in the sandbox, its threads in the module's REDCap."""

    core: RedcapClient
    redcap: SmallRedcap
    project: ProjectSettings

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

    def say(self, field: str, status: str = "OPEN", response: str = "", user: int = 2) -> None:
        """Let a person take a step in the thread on a field of record 1."""
        at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
        said = f"'{response}'" if response else "null"
        which = f"(select status_id from redcap_data_quality_status where record = '1' and field_name = '{field}')"
        self.redcap.do(
            "sql",
            [
                "insert into redcap_data_quality_resolutions (status_id, ts, user_id, response, comment,"
                f" current_query_status) values ({which}, '{at}', {user}, {said}, 'ご確認ください', '{status}')"
            ],
        )
        self.redcap.do(
            "sql",
            [
                f"update redcap_data_quality_status set query_status = '{status}'"
                f" where record = '1' and field_name = '{field}'"
            ],
        )


@pytest.fixture
def study(
    redcap: SmallRedcap, sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Study]:
    token = create_project(sandbox.url, sandbox.super_token, title="LICATS", odm=project_xml(), rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    with (
        RedcapClient(sandbox.url, token, rate_per_minute=0) as client,
        one_address(sandbox.url, f"{redcap.url}/api/") as url,
    ):
        project = settings(url, tmp_path / "state", client.project_info().project_id, answer_in="drw")
        yield Study(client, redcap, project)


