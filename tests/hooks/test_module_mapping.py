"""Threads in a study with a longitudinal project of its own: prefix, own forms, events that repeat as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from one_address import one_address
from own_study import PREFIX, Entry, mapping_text, own_project
from small_redcap import SmallRedcap
from study import settings

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.threads import Spot
from redcap_licats.config import ProjectSettings
from redcap_licats.definition.odm import write_project
from redcap_licats.deploy.carry_out import deploy
from redcap_licats.deploy.placement import placement_of
from redcap_licats.deploy.plan import make_plan
from redcap_licats.forms.field_map import field_map
from redcap_licats.mapping import load_mapping
from redcap_licats.protocol import load_protocol
from redcap_licats.query.model import Query, State
from redcap_licats.query.rows import read_queries
from redcap_licats.query.threads import has_thread
from redcap_licats.sandbox.process import SandboxProcess
from redcap_licats.sync.running import client_of
from redcap_licats.sync.summary import RunSummary, ThreadCounts
from redcap_licats.sync.worker import sync
from redcap_licats.synth.cohort import synthesise

PROTOCOL = load_protocol()
RECORDS = ("1", "2")


@dataclass
class Own:
    """The study, and the small REDCap that knows its set-up and records."""

    live: RedcapClient
    redcap: SmallRedcap
    settings: ProjectSettings
    token: str

    def show(self) -> None:
        """Let the module see forms, events and records as they are now."""
        forms = {
            form: [field.name for field in fields] + [f"{form}_complete"]
            for form, fields in self.live.metadata().forms.items()
        }
        ids = self.live.event_ids()
        events = self.live.events()
        repeats = [one for one in self.live.repeating() if one.form]
        project = {
            "record_id": "study_id",
            "fields": forms,
            "groups": {"3": "site_a"},
            "longitudinal": True,
            "events": {str(ids[one.unique_name]): one.unique_name for one in events},
            "forms_of": {str(ids[one.unique_name]): one.forms for one in events},
            "repeating": {
                str(ids[one.unique_name]): [some.form for some in repeats if some.event == one.unique_name]
                for one in events
            },
        }
        places = {"redcap_event_name": "event", "redcap_repeat_instrument": "instrument"}
        places |= {"redcap_repeat_instance": "instance", "redcap_data_access_group": "group"}
        rows = [
            {places.get(name, name): cell for name, cell in row.items() if cell or name in places}
            for row in self.live.export_rows(RECORDS, groups=True)
        ]
        self.redcap.do("project", [project, rows])

    def run(self, *, full: bool = False) -> RunSummary:
        summary = sync(self.settings, PROTOCOL, full=full)
        assert (summary.error, summary.left_out) == (None, [])
        return summary

    def queries(self, record: str) -> tuple[Query, ...]:
        with client_of(self.settings) as client:
            return read_queries(client.export_rows([record]))

    def spots(self, status: str) -> set[Spot]:
        with self.redcap.client() as client:
            return {one.spot for one in client.module.threads(RECORDS) if one.status == status}


@pytest.fixture
def own(
    redcap: SmallRedcap, sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Own]:
    odm = write_project(own_project())
    token = create_project(sandbox.url, sandbox.super_token, title="Own", odm=odm, rate_per_minute=0)
    monkeypatch.setenv("LICATS_TEST_TOKEN", token)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(mapping_text(PROTOCOL))
    with one_address(sandbox.url, f"{redcap.url}/api/") as url:
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            project = settings(url, tmp_path / "state", client.project_info().project_id, answer_in="drw")
            project = project.model_copy(update={"mapping": mapping})
            plan = make_plan(client, PROTOCOL, placement_of(load_mapping(mapping, PROTOCOL), PROTOCOL))
            deploy(client, plan, project, accepted=(), folder=tmp_path / "backup")
            groups = ({"data_access_group_name": one, "unique_group_name": ""} for one in ("Site A", "Site B"))
            client.pycap.import_dags(list(groups))
        with RedcapClient(sandbox.url, token, rate_per_minute=0) as client:
            client.import_rows([*Entry(PROTOCOL).rows(dict(row) for row in synthesise(seed=1, patients=2).rows)])
            study = Own(client, redcap, project, token)
            study.show()
            yield study


@pytest.fixture
def named(own: Own, packed: Path) -> Iterator[Own]:
    """The study, with the field map that ``licats instruments diff`` writes for it in the module."""
    own.run()
    own.show()
    project_id = 7  # of the small REDCap
    with RedcapClient(own.live.url, own.token, rate_per_minute=0) as client:
        mapping = load_mapping(own.settings.mapping, PROTOCOL)
        plan = make_plan(client, PROTOCOL, placement_of(mapping, PROTOCOL))
        forms = mapping.read_from(client.dictionary)
    content = field_map(PROTOCOL, plan.names, project_id=project_id, own=forms)
    file = packed / f"field_map_{project_id}.json"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    try:
        yield own
    finally:
        file.unlink()


def test_the_module_knows_the_studys_names(named: Own) -> None:
    ids = named.live.event_ids()
    with client_of(named.settings) as client:
        rows = client.export_rows(RECORDS, forms=["licats_result", "licats_query"])
    results = [row for row in rows if row["res_key_d"]]
    assert results
    for row in results:
        organ, instance, event = row["res_key_d"].split("-")
        form = f"{PREFIX}licats_{organ}"
        html = json.loads(named.redcap.do("banner", [row["study_id"], form, ids[event], int(instance)]))
        said = f"Day {row['res_onset_day_d']}" if row["res_onset_day_d"] else "Onset day unknown"
        assert said in html
        asked = [
            one
            for one in rows
            if one["study_id"] == row["study_id"]
            and (one["qry_form_d"], one["qry_event_d"], one["qry_inst_d"]) == (form, event, instance)
            and one["qry_state_d"] in ("open", "answered", "back")
        ]
        assert html.count("<li>") == len(asked)
    assert json.loads(named.redcap.do("banner", ["1", "demographics", ids["screening_arm_1"], 1])) == ""
    for form in (
        "labs",
        "demographics",
        f"{PREFIX}licats_kidney",
        f"{PREFIX}licats_result",
        f"{PREFIX}licats_query",
    ):
        named.redcap.do("save", ["1", form, ids["treatment_arm_1"], 3, None, None, 1])
    with named.redcap.client() as client:
        listed = client.module.changes().changes
    assert [one.form for one in listed] == ["labs", "demographics", f"{PREFIX}licats_kidney"]
    assert {one.event for one in listed} == {"treatment_arm_1"}


def test_threads_stand_on_the_studys_own_places(own: Own) -> None:
    visits = [
        row
        for row in own.live.export_rows(["1"], forms=["labs"])
        if row["redcap_event_name"] == "visits_arm_1" and row["lab_crea_val"]
    ]
    row = visits[-1]
    instance = int(row["redcap_repeat_instance"])
    assert instance > 1
    place = {name: row[name] for name in ("study_id", "redcap_event_name", "redcap_repeat_instance")}
    own.live.import_rows([place | {"redcap_repeat_instrument": "", "lab_crea_val": "99999"}])
    # which event a monitor means his form does not ask, so this one is answered on the form
    by_hand = {"m_form": "labs", "m_field": "lab_crea_val", "m_text": "Which laboratory?"}
    keys = {"redcap_event_name": "treatment_arm_1", "redcap_repeat_instance": "50"}
    keys |= {"study_id": "1", "redcap_repeat_instrument": f"{PREFIX}licats_query_decision"}
    own.live.import_rows([keys | {f"{PREFIX}dec_{name}": cell for name, cell in by_hand.items()}])
    assert own.run().conflicts == []
    wanted = {
        Spot(record, one.event, one.form, one.instance, one.field)
        for record in RECORDS
        for one in own.queries(record)
        if one.state is State.OPEN and has_thread(one) and one.event
    }
    assert own.spots("OPEN") == wanted
    mistyped = Spot("1", "visits_arm_1", "labs", instance, "lab_crea_val")
    assert mistyped in wanted
    assert {one.form for one in wanted} & {f"{PREFIX}licats_{slug}" for slug in PROTOCOL.organs}
    full = own.run(full=True)
    assert (full.cells_written, full.threads, full.conflicts) == (0, ThreadCounts(), [])
    # the answer is read back from there, and concerns that place only
    event = own.live.event_ids()["visits_arm_1"]
    own.redcap.say("1", "lab_crea_val", response="OTHER", event=event, instance=instance)
    heard = own.run()
    assert heard.records_read == 1
    answered = [one for one in own.queries("1") if one.state is State.ANSWERED]
    places = {(one.event, one.form, one.instance, one.field) for one in answered}
    assert places == {("visits_arm_1", "labs", instance, "lab_crea_val")}
    own.live.import_rows([place | {"redcap_repeat_instrument": "", "lab_crea_val": row["lab_crea_val"]}])
    own.run()
    assert {one.state for one in own.queries("1") if one.id in {some.id for some in answered}} == {State.RESOLVED}
    assert mistyped in own.spots("OPEN")
    own.redcap.say("1", "lab_crea_val", "CLOSED", user=3, event=event, instance=instance)
    assert own.run().conflicts == []
    full = own.run(full=True)
    assert (full.cells_written, full.threads, full.conflicts) == (0, ThreadCounts(), [])
