"""A classic study whose forms of ours carry a prefix: just deployed, they are as the protocol has them."""

from __future__ import annotations

from redcap_licats.config import ProjectSettings
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project
from redcap_licats.forms.build import build_project
from redcap_licats.forms.merge import merge
from redcap_licats.forms.place import Placement, place
from redcap_licats.mapping.model import Mapping
from redcap_licats.mapping.names import Names
from redcap_licats.mapping.ours import ours_of
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.finding import Finding
from redcap_licats.sync.needs import needs_of
from redcap_licats.sync.preflight import setup_findings
from redcap_licats.sync.setup import Setup

PROTOCOL = load_protocol()
SETTINGS = ProjectSettings.model_validate(
    {"name": "own", "url": "https://redcap.example.org/api/", "project_id": 1, "token": {"env": "TOKEN"}}
)
OWN = Project("", DataDictionary((Field("record_id", "demo", FieldType.TEXT),)), {"demo": ""})
DEPLOYED = merge(OWN, place(build_project(PROTOCOL), Placement(prefix="lic_"), OWN).project, ())


def found(dictionary: DataDictionary) -> list[Finding]:
    names = Names(Mapping(prefix="lic_"), ours_of(PROTOCOL), dictionary, ())
    setup = Setup(False, dictionary, DEPLOYED.repeats, (), False).in_our_words(names)
    return list(setup_findings(setup, needs_of(PROTOCOL, setup.dictionary, names), SETTINGS, names))


def test_nothing_differs_after_a_deployment() -> None:
    assert found(DEPLOYED.dictionary) == []


def test_what_is_missing_is_named_as_the_study_names_it() -> None:
    fewer = DataDictionary(tuple(one for one in DEPLOYED.dictionary if one.name != "lic_kidney_onset"))
    lacks = [one.what for one in found(fewer) if one.code == "SETUP-FIELDS"]
    assert lacks == ["The project lacks 1 fields: lic_kidney_onset"]
