"""The synthetic study, derived by the real rules, as the worker's rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest

from redcap_licats.cohort.model import Cohort
from redcap_licats.cohort.read import read_cohort
from redcap_licats.derive.model import Class, EventResult, SubjectResult
from redcap_licats.derive.subject import derive_subject
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.subject.model import Subject
from redcap_licats.subject.read import read_subject
from redcap_licats.synth import synthesise

Row = dict[str, str]
CODES = {Class.UNDETERMINED: "undet", Class.NOT_LICATS: "not"}


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
def worker_rows(derived: tuple[tuple[Subject, SubjectResult], ...]) -> list[Row]:
    return [row for subject, result in derived for row in _rows(subject, result)]


@pytest.fixture(scope="session")
def cohort(worker_rows: list[Row]) -> Cohort:
    return read_cohort(worker_rows)


def _rows(subject: Subject, result: SubjectResult) -> Iterator[Row]:
    enrolment = subject.enrolment
    assert enrolment is not None
    yield {
        "record_id": subject.record,
        "redcap_repeat_instrument": "",
        "redcap_repeat_instance": "",
        "sum_day0_d": str(subject.day_zero),
        "sum_age_d": _text(enrolment.age),
        "sum_sex_d": enrolment.sex or "",
        "sum_dx_d": enrolment.diagnosis,
        "sum_affected_d": " ".join(slug for slug, one in enrolment.organs.items() if one.affected == "yes"),
        "sum_crs_d": _text(result.crs_grade),
        "sum_icans_d": _text(result.icans_grade),
        "sum_apl_start_d": _text(result.aplasia.start),
        "sum_apl_end_d": _text(result.aplasia.end),
    }
    for instance, event in enumerate(result.events, start=1):
        yield _result(subject.record, instance, event)


def _result(record: str, instance: int, event: EventResult) -> Row:
    return {
        "record_id": record,
        "redcap_repeat_instrument": "licats_result",
        "redcap_repeat_instance": str(instance),
        "res_organ_d": event.event.organ,
        "res_onset_day_d": _text(event.onset_day),
        "res_timing_d": event.timing or "",
        "res_dur_d": _text(event.duration),
        "res_aplasia_d": {"unknown": "unk"}.get(event.bcells.aplasia, event.bcells.aplasia),
        "res_fin_class_d": CODES.get(event.final_classification, event.final_classification),
        "res_fin_grade_d": _text(event.final_grade),
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)
