"""Nothing of a medical query stands where sites read."""

from __future__ import annotations

import shutil

from study import Row, kidney_event, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.forms import build_project, expand_forms
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.protocol.models import Severity
from redcap_licats.sync.worker import sync

PROTOCOL = load_protocol()
HIDDEN = {form.name for form in expand_forms(PROTOCOL) if not form.instrument.site_reads}
FIELDS = {field.name: field.form for field in build_project(PROTOCOL).dictionary}


def without_medical_checks() -> Protocol:
    checks = {name: one for name, one in PROTOCOL.checks.items() if one.severity is not Severity.MEDICAL}
    return PROTOCOL.model_copy(update={"checks": checks})


def read_by_sites(client: RedcapClient) -> list[Row]:
    """Give what stands on forms that sites read, row by row."""
    return [
        {name: value for name, value in row.items() if FIELDS.get(name) not in HIDDEN and "medical" not in name}
        for row in client.export_rows(["1"])
        if row["redcap_repeat_instrument"] not in HIDDEN
    ]


def test_sites_read_the_same_whether_or_not_medical_checks_fire(
    client: RedcapClient, project: ProjectSettings
) -> None:
    client.import_rows([*subject("1")[:-1], kidney_event("1", kidney_ac_infection="1", kidney_inv_grade="1")])
    assert sync(project, without_medical_checks()).error is None
    before = read_by_sites(client)
    shutil.rmtree(project.state)  # so that the record is worked out again
    run = sync(project, PROTOCOL)
    assert run.error is None
    medical = [
        row for row in client.export_rows(["1"]) if row["redcap_repeat_instrument"] == "licats_medical_query"
    ]
    assert medical
    assert read_by_sites(client) == before
