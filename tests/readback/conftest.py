from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from readback_study import CONFIG, Row, Study, subject_rows

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.definition.odm import write_project
from redcap_licats.forms.build import build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.query.identity import query_id
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.subject.model import Place


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


def identified(row: Row, project_id: int) -> Row:
    """Give the query of a row its identity in another project, of which the project's number is a part."""
    for stem in ("qry", "mqry"):
        if row.get(f"{stem}_id_d"):
            rule, form, field, number = (
                row.get(f"{stem}_{name}_d", "") for name in ("rule", "form", "field", "inst")
            )
            identity = query_id(project_id, row["record_id"], Place(form, int(number), ""), rule, field)
            return row | {f"{stem}_id_d": identity}
    return row


def new_study(sandbox: SandboxProcess, folder: Path, rows: Sequence[Row]) -> Study:
    """A fresh project that holds the rows, and a folder with its configuration."""
    odm = write_project(build_project(load_protocol()))
    token = create_project(sandbox.url, sandbox.super_token, title="Trial", odm=odm, rate_per_minute=0)
    client = RedcapClient(sandbox.url, token, rate_per_minute=0)
    project_id = client.project_info().project_id
    groups = [{"data_access_group_name": name, "unique_group_name": ""} for name in ("Tokyo", "Osaka")]
    client.pycap.import_dags(groups)
    client.import_rows([identified(row, project_id) for row in rows])
    (folder / "licats.toml").write_text(CONFIG.format(url=sandbox.url, project_id=project_id))
    (folder / "token").touch(0o600)
    (folder / "token").write_text(token)
    study = Study(folder, sandbox, client, project_id)
    approved = study.licats("protocol", "approve", "--by", "test", "--why", "test")
    assert approved.returncode == 0, approved.stderr
    return study


@pytest.fixture(scope="session")
def rows(sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Rows of a study with open, answered and medical queries, as runs of the worker left them."""
    study = new_study(
        sandbox, tmp_path_factory.mktemp("first"), [*subject_rows("1", "tokyo"), *subject_rows("2", "osaka")]
    )
    with study.client:
        study.sync()
        for number in (1, 2):
            study.answer("1", number)
        study.sync()
        return study.client.export_rows(groups=True)


@pytest.fixture
def study(sandbox: SandboxProcess, rows: list[Row], tmp_path: Path) -> Iterator[Study]:
    """Of record 1 two queries are answered, all others are open; each record has a medical one."""
    study = new_study(sandbox, tmp_path, [{name: cell for name, cell in row.items() if cell} for row in rows])
    with study.client:
        yield study
