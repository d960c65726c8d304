"""The worker finds the deliberate mistakes, and asks nothing where no mistake was made."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

import pytest

from redcap_licats.check.model import Context
from redcap_licats.check.run import run_checks
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import load_protocol
from redcap_licats.protocol.models import Severity
from redcap_licats.subject.read import read_subject
from redcap_licats.synth import Study, synthesise

TODAY = dt.date(2026, 1, 15)

#: asked although nothing was mistyped: a cause that the site left possible (two reactions of the plan)
EXPECTED = {"AC01": 2}


@pytest.fixture(scope="module")
def study() -> Study:
    return synthesise()


@pytest.fixture(scope="module")
def found(study: Study) -> dict[tuple[str, str], int]:
    """Findings that become queries, by record and check."""
    protocol = load_protocol()
    counted: dict[tuple[str, str], int] = {}
    for record, rows in groupby(study.rows, key=lambda row: row["record_id"]):
        subject = read_subject(list(rows), protocol)
        outcome = run_checks(Context(subject, derive_subject(subject, protocol), protocol, TODAY))
        for finding in outcome.findings:
            if protocol.checks[finding.check].severity is not Severity.INFO:
                counted[record, finding.check] = counted.get((record, finding.check), 0) + 1
    return counted


def test_every_listed_mistake_raises_its_check(study: Study, found: dict[tuple[str, str], int]) -> None:
    assert [one for one in study.errors if (one.record, one.check) not in found] == []


def test_nothing_else_is_asked(study: Study, found: dict[tuple[str, str], int]) -> None:
    listed = {(one.record, one.check) for one in study.errors}
    others: dict[str, int] = {}
    for (record, check), number in found.items():
        if (record, check) not in listed:
            others[check] = others.get(check, 0) + number
    assert others == EXPECTED
