"""Our forms compared with projects of real servers: whatever they hold stays as it is, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded_projects import load

from redcap_licats.api.client import RedcapClient
from redcap_licats.forms.compare import Effect
from redcap_licats.forms.expand import expand_forms
from redcap_licats.forms.place import Placement
from redcap_licats.protocol import load_protocol
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.deploy_plan import make_plan
from redcap_licats.sync.live import read_live, write_fields, write_mapping, write_repeats

PROTOCOL = load_protocol()
OPTIONAL = frozenset(form.name for form in expand_forms(PROTOCOL) if not form.instrument.core)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


def test_every_recorded_project_can_take_our_forms(sandbox: SandboxProcess, conformance: Path) -> None:
    folders = sorted(folder for folder in (conformance / "projects").iterdir() if folder.is_dir())
    assert folders
    for folder in folders:
        loaded = load(sandbox, folder)
        with RedcapClient(loaded.url, loaded.token, rate_per_minute=0) as client:
            live = read_live(client)
            first = tuple(event.unique_name for event in live.project.events[:1])
            placement = Placement(prefix="lic_", left_out=OPTIONAL, elsewhere=first)
            plan = make_plan(client, PROTOCOL, placement)
            assert {one.effect for one in plan.judged} == {Effect.SAFE}, folder.name
            own = [row for row in plan.layout.fields if not row["field_name"].startswith("lic_")]
            assert own == [*live.layout.fields], folder.name
            assert set(_pairs(live.layout.mapping)) <= set(_pairs(plan.layout.mapping)), folder.name
            if folder.name != "longitudinal":
                continue
            write_fields(client, plan.layout.fields)
            write_mapping(client, plan.layout.mapping)
            write_repeats(client, plan.layout.repeats)
            assert not make_plan(client, PROTOCOL, placement).to_write


def _pairs(mapping: tuple[dict[str, str], ...]) -> list[tuple[str, str]]:
    return [(row["unique_event_name"], row["form"]) for row in mapping]
