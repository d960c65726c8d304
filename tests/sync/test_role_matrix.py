"""Who writes which form: the roles of the project XML obey it, and whoever does not is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from study import settings

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.forms.build import build_dictionary, build_project
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.doctor import examine_project
from redcap_licats.sync.finding import Harm
from redcap_licats.sync.granted import ROLE, Rights, rights_of_role, rights_of_user
from redcap_licats.sync.matrix import matrix, short_in_threads, short_roles
from redcap_licats.sync.needs import needs_of
from redcap_licats.sync.rights import no_module

PROTOCOL = load_protocol()
NEEDS = needs_of(PROTOCOL, build_dictionary(PROTOCOL, "en"))
ROLES = [rights_of_role(one) for one in build_project(PROTOCOL).roles]
PROJECT = settings("http://127.0.0.1:9/api/", Path(), 1)
NOBODY = Rights("somebody", frozenset(), frozenset(), frozenset(), frozenset())


def forms(*writers: str) -> frozenset[str]:
    return frozenset(form for form, one in NEEDS.here.items() if one.writer in writers)


def of_role(name: str) -> Rights:
    return next(one for one in ROLES if one.role == name)


def codes(others: Iterable[Rights]) -> list[str]:
    found = list(matrix(others, NEEDS, PROJECT))
    assert all(one.harm is Harm.HARMLESS and one.remedy for one in found)
    return [one.code for one in found]


def test_the_roles_of_the_project_xml_obey_the_matrix() -> None:
    assert codes(one for one in ROLES if one.role != ROLE) == []
    assert list(short_roles(ROLES, NEEDS, PROJECT)) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"edits": forms("worker")}, ["RIGHTS-WORKERS-FORMS"]),
        ({"edits": frozenset({"licats_summary"})}, ["RIGHTS-WORKERS-FORMS"]),
        ({"edits": forms("site")}, []),
        ({"edits": forms("site", "monitor")}, ["RIGHTS-SEVERAL-WRITERS"]),
        ({"edits": frozenset({"licats_query_decision", "licats_adjudication"})}, ["RIGHTS-SEVERAL-WRITERS"]),
        ({"edits": forms("site", "worker")}, ["RIGHTS-WORKERS-FORMS"]),
        ({"edits": forms("site"), "sees": frozenset({"licats_medical_query"})}, ["RIGHTS-SITE-SEES"]),
        ({"edits": forms("site"), "sees": frozenset({"licats_query", "licats_result"})}, []),
        ({"edits": forms("monitor"), "sees": frozenset({"licats_medical_query"})}, []),
        ({"edits": frozenset({"a_form_of_the_studys_own"}), "sees": frozenset({"licats_medical_query"})}, []),
    ],
)
def test_whoever_may_write_what_is_anothers_is_named(more: dict[str, frozenset[str]], code: list[str]) -> None:
    somebody = replace(NOBODY, **more)
    assert codes([NOBODY, somebody]) == code
    for one in matrix([somebody], NEEDS, PROJECT):
        assert "somebody" in one.what


def test_a_role_that_may_not_do_its_work_is_named() -> None:
    less = replace(of_role("Coordinator"), edits=forms("site") - {"labs"})
    (found,) = short_roles([less, of_role("Monitor")], NEEDS, PROJECT)
    assert found.code == "RIGHTS-ROLE-SHORT"
    assert "'Coordinator'" in found.what
    assert "labs" in found.what


@pytest.mark.parametrize(
    ("view", "export", "sees"), [(0, 0, False), (128, 0, False), (2, 0, True), (129, 2, True)]
)
def test_seeing_is_viewing_or_exporting(view: int, export: int, sees: bool) -> None:
    form = "licats_medical_query"
    user = rights_of_user({"username": "a", "forms": {form: view}, "forms_export": {form: export}})
    role = rights_of_role(
        {"data_entry": f"[{form},{view}]", "data_export_instruments": f"[{form},{export}]"},
    )
    assert (bool(user.sees), bool(role.sees)) == (sees, sees)


def test_other_users_are_looked_at_where_they_can_be_listed(
    client: RedcapClient, project: ProjectSettings, order: Callable[..., dict[str, str]]
) -> None:
    order("users", username="powerful")  # with all rights on all forms
    found = {one.code: one for one in examine_project(project, PROTOCOL).findings}
    for code in ("RIGHTS-WORKERS-FORMS", "RIGHTS-SEVERAL-WRITERS", "RIGHTS-SITE-SEES"):
        assert "the user 'powerful'" in found[code].what
        assert "sandbox_admin" not in found[code].what
    assert "(adjudicator, monitor, site)" in found["RIGHTS-SEVERAL-WRITERS"].what


def test_roles_that_cannot_do_their_part_in_threads_are_named_where_queries_are_answered_there() -> None:
    drw = PROJECT.model_copy(update={"answer_in": "drw"})
    assert list(short_in_threads(ROLES, drw)) == []
    less = [replace(one, resolution={"Coordinator": 1, "Monitor": 5}.get(one.role, 3)) for one in ROLES]
    (found,) = short_in_threads(less, drw)
    assert found.what.endswith("Coordinator, Monitor")
    assert list(short_in_threads(less, PROJECT)) == []


def test_the_worker_without_the_rights_for_the_module_is_named() -> None:
    worker = of_role(ROLE)
    drw, module = (PROJECT.model_copy(update=one) for one in ({"answer_in": "drw"}, {"module": True}))
    assert [list(no_module(worker, one)) for one in (drw, module, PROJECT)] == [[], [], []]
    (found,) = no_module(NOBODY, drw)
    assert "External Modules" in found.what
    assert "open, close" in found.what
    (found,) = no_module(NOBODY, module)
    assert "open, close" not in found.what
    assert list(no_module(NOBODY, PROJECT)) == []
