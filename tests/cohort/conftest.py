"""The synthetic study, derived by the real rules, as the rows that the worker writes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest

from redcap_licats.cohort.model import Cohort
from redcap_licats.cohort.read import read_cohort
from redcap_licats.derive.model import SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.model import Subject
from redcap_licats.subject.read import read_subject
from redcap_licats.sync.cells import RESULT, result_cells, summary_cells
from redcap_licats.synth import synthesise

Row = dict[str, str]


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return load_protocol()


@pytest.fixture(scope="session", params=[1, 7], ids="seed {}".format)
def derived(request: pytest.FixtureRequest, protocol: Protocol) -> tuple[tuple[Subject, SubjectResult], ...]:
    study = synthesise(seed=request.param)
    subjects = [
        read_subject(list(rows), protocol) for _, rows in groupby(study.rows, key=lambda row: row["record_id"])
    ]
    return tuple((subject, derive_subject(subject, protocol)) for subject in subjects)


@pytest.fixture(scope="session")
def worker_rows(derived: tuple[tuple[Subject, SubjectResult], ...], protocol: Protocol) -> list[Row]:
    return [row for subject, result in derived for row in _rows(subject, result, protocol)]


@pytest.fixture(scope="session")
def cohort(worker_rows: list[Row]) -> Cohort:
    return read_cohort(worker_rows)


def _rows(subject: Subject, result: SubjectResult, protocol: Protocol) -> Iterator[Row]:
    yield {
        "record_id": subject.record,
        "redcap_repeat_instrument": "",
        "redcap_repeat_instance": "",
        **{name: cell.value for name, cell in summary_cells(subject, result, (), protocol).items()},
    }
    for instance, event in enumerate(result.events, start=1):
        yield {
            "record_id": subject.record,
            "redcap_repeat_instrument": RESULT,
            "redcap_repeat_instance": str(instance),
            **{name: cell.value for name, cell in result_cells(event, (), protocol).items()},
        }
