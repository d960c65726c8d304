"""Entering data on the pages, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from sandbox_helpers import Api
from visited_project import visited
from visitor import Visitor, notices

from redcap_licats.definition.model import Project, Repeat

Visit = Callable[[Api, str], Visitor]


def values(api: Api, **wanted: object) -> dict[str, object]:
    (row,) = [row for row in api.rows(**wanted) if not row.get("redcap_repeat_instrument")]
    return row


def test_the_list_leads_to_signing_in(study: Api) -> None:
    visitor = Visitor(study.url.removesuffix("api/"), study.project_id)
    first = visitor.web.get(visitor.base, timeout=30).text
    assert "It is not REDCap" in first
    assert f'href="/projects/{study.project_id}/"' in first
    reply = visitor.get("record", id="1")
    assert urlsplit(reply.url).path.endswith("/sign-in")
    assert "It is not REDCap" in reply.text
    for name in ("site_north", "site_south", "reader", "chief"):
        assert f'value="{name}"' in reply.text
    (back,) = parse_qs(urlsplit(reply.url).query)["next"]
    assert visitor.post("sign-in", user="reader", next=back).status_code == 404  # no such record
    assert "Signed in as" in visitor.get("").text


def test_a_record_is_numbered_made_logged_and_calculated(study: Api, visit: Visit) -> None:
    north = visit(study, "site_north")
    reply = north.post("records")
    (name,) = parse_qs(urlsplit(reply.url).query)["id"]
    assert study.rows(fields=["record_id"]) == []
    reply = north.save(name, "basics", q_new="1", name="Ann", born="31-12-1980", race___b="1", basics_complete="2")
    assert f"Record {name} was made" in notices(reply)
    row = values(study)
    assert (row["record_id"], row["name"], row["born"]) == (name, "Ann", "1980-12-31")
    assert (row["race___1"], row["race___b"], row["basics_complete"]) == ("0", "1", "2")
    north.save(name, "labs", height="2", weight="80.0", bmi="999", fever="1")
    (labs,) = [one for one in study.rows() if one["redcap_repeat_instrument"] == "labs"]
    assert (labs["bmi"], labs["tag"]) == ("20", "hot")
    assert study.rows("record", exportDataAccessGroups="true")[0]["redcap_data_access_group"] == "north"
    created = study.rows("log", logtype="record_add")[0]
    assert (created["username"], created["action"].strip()) == ("site_north", f"Create record {name}")
    assert "2 cm Yes" in north.get("record", id=name).text


def test_a_value_that_cannot_be_stored_keeps_everything_on_the_page(study: Api, visit: Visit) -> None:
    north = visit(study, "site_north")
    reply = north.save("7", "basics", q_new="1", name="Bea", born="30-02-1980", sex="9")
    assert reply.status_code == 422
    told = notices(reply)
    assert "Nothing was saved" in told
    assert "Born:" in told
    assert "Sex:" in told
    assert 'value="Bea"' in reply.text
    assert study.rows() == []


def test_what_another_stored_meanwhile_is_named(study: Api, visit: Visit) -> None:
    study.put([{"record_id": "1", "name": "old", "sex": "0"}])
    chief, other = visit(study, "chief"), visit(study, "sandbox_admin")
    page = chief.get("form", id="1", form="basics").text
    other.save("1", "basics", name="theirs", sex="0")
    reply = chief.save("1", "basics", page=page, name="mine", sex="0")
    told = notices(reply)
    assert "sandbox_admin" in told
    assert "Name: «theirs» → «mine»" in told
    assert "Sex" not in told
    assert values(study)["name"] == "mine"
    again = chief.save("1", "basics", name="mine too", sex="0")
    assert "«" not in notices(again)


def test_a_record_that_was_deleted_meanwhile_does_not_come_back_unnoticed(study: Api, visit: Visit) -> None:
    study.put([{"record_id": "7", "name": "Ann"}])
    chief = visit(study, "chief")
    opened = chief.get("form", id="7", form="basics").text
    visit(study, "chief").post("record/delete", {"id": "7"}, sure="7")
    again = chief.save("7", "basics", page=opened, name="Bea")
    assert again.status_code == 422
    assert "7 was deleted meanwhile" in notices(again)
    assert 'value="Bea"' in again.text
    assert study.rows() == []
    assert "was made" in notices(chief.save("7", "basics", page=again.text, name="Bea"))
    assert values(study)["name"] == "Bea"


def test_two_who_add_at_once_lose_nothing(study: Api, visit: Visit) -> None:
    one, two = visit(study, "site_north"), visit(study, "chief")
    name = parse_qs(urlsplit(one.post("records").url).query)["id"][0]
    page = two.get("form", id=name, form="basics", new="1").text
    one.save(name, "basics", q_new="1", name="first")
    reply = two.save(name, "basics", page=page, q_new="1", name="second")
    assert "took the record's number" in notices(reply)
    assert sorted(str(row["name"]) for row in study.rows()) == ["first", "second"]
    page = two.get("form", id=name, form="labs", instance=1).text
    one.save(name, "labs", height="1")
    reply = two.save(name, "labs", page=page, q_instance="1", height="2")
    assert "yours is now instance 2" in notices(reply)
    labs = {row["redcap_repeat_instance"]: row["height"] for row in study.rows() if row["height"]}
    assert labs == {1: "1", 2: "2"}


def test_required_fields_do_not_trap_but_are_named(study: Api, visit: Visit) -> None:
    chief = visit(study, "chief")
    chief.save("1", "basics", q_new="1", name="x")
    reply = chief.save("1", "held", secret="s")
    assert "Must" in notices(reply)
    assert values(study)["secret"] == "s"


def test_a_locked_form_is_closed_on_the_page_and_in_the_api(study: Api, visit: Visit) -> None:
    chief = visit(study, "chief")
    chief.save("1", "basics", q_new="1", name="x")
    place = {"id": "1", "form": "basics"}
    page = chief.get("form", **place).text
    reply = chief.post("form/lock", place, locked="1")
    assert "This form is locked" in notices(reply)
    assert 'class="entry-form"' not in reply.text
    assert chief.save("1", "basics", page=page, name="y").status_code == 409
    assert chief.post("form/delete", place).status_code == 409
    assert chief.post("record/delete", {"id": "1"}, sure="1").status_code == 409
    assert study.put([{"record_id": "1", "name": "z"}]).status_code == 400
    chief.post("form/lock", place, locked="0")
    assert "Saved" in notices(chief.save("1", "basics", name="y"))
    chief.post("record/lock", {"id": "1"}, locked="1")
    assert chief.save("1", "labs", page=page, height="1").status_code == 409
    assert study.put([{"record_id": "1", "name": "z"}]).status_code == 400


def test_instances_and_records_are_deleted(study: Api, visit: Visit) -> None:
    chief = visit(study, "chief")
    chief.save("1", "basics", q_new="1", name="x")
    chief.save("1", "labs", height="1")
    chief.save("1", "labs", q_instance="2", height="2")
    chief.post("form/delete", {"id": "1", "form": "labs", "instance": "1"})
    assert [row["redcap_repeat_instance"] for row in study.rows() if row["redcap_repeat_instrument"]] == [2]
    assert chief.post("record/delete", {"id": "1"}, sure="2").status_code == 400
    assert chief.post("record/delete", {"id": "1"}, sure="1").status_code == 200
    assert study.rows() == []
    (deleted,) = study.rows("log", logtype="record_delete")
    assert (deleted["username"], deleted["action"].strip()) == ("chief", "Delete record 1")


def test_a_longitudinal_project_has_columns_arms_and_repeating_events(
    create: Callable[[Project], Api], visit: Visit
) -> None:
    api = create(
        visited(longitudinal=True, repeats=[Repeat("", "visit_1_arm_1"), Repeat("labs", "enrollment_arm_2")])
    )
    api.control("people")
    admin = visit(api, "sandbox_admin")
    admin.save("5", "basics", q_new="1", q_event="enrollment_arm_1", name="x")
    admin.save("5", "labs", q_event="visit_1_arm_1", height="1")
    admin.save("5", "labs", q_event="visit_1_arm_1", q_instance="2", height="2")
    assert admin.get("form", id="5", form="basics", event="visit_1_arm_1").status_code == 404
    home = admin.get("record", id="5").text
    assert "Visit 1 (Arm 1: Drug A) (#2)" in home
    assert "instance=3" in home
    rows = {(row["redcap_event_name"], row["redcap_repeat_instance"]): row["height"] for row in api.rows()}
    assert rows == {("enrollment_arm_1", ""): "", ("visit_1_arm_1", 1): "1", ("visit_1_arm_1", 2): "2"}
    assert "5</a>" in admin.get("", arm=1).text
    assert "5</a>" not in admin.get("", arm=2).text
    admin.save("6", "labs", q_new="1", q_event="enrollment_arm_2", height="3")
    assert "6</a>" in admin.get("", arm=2).text


def test_the_trigger_is_told_of_a_save(study: Api, visit: Visit) -> None:
    told: list[dict[str, list[str]]] = []
    came = threading.Event()

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()))
            self.send_response(204)
            self.end_headers()
            came.set()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Ear) as ear:
        threading.Thread(target=ear.serve_forever, daemon=True).start()
        study.control("behaviour", trigger_url=f"http://127.0.0.1:{ear.server_port}/t")
        north = visit(study, "site_north")
        north.save("1-9", "labs", q_new="1", q_instance="2", height="1", labs_complete="1")
        assert came.wait(30)
        ear.shutdown()
    (form,) = told
    base = study.url.removesuffix("api/")
    assert {name: value[0] for name, value in form.items()} == {
        "project_id": str(study.project_id),
        "username": "site_north",
        "instrument": "labs",
        "record": "1-9",
        "labs_complete": "1",
        "redcap_data_access_group": "north",
        "redcap_repeat_instance": "2",
        "redcap_repeat_instrument": "labs",
        "redcap_url": base,
        "project_url": f"{base}redcap_v16.0.8/index.php?pid={study.project_id}",
    }


def test_links_out_of_a_workbook_lead_to_the_form(study: Api, visit: Visit) -> None:
    chief = visit(study, "chief")
    chief.save("a/b", "basics", q_new="1", name="x")
    version = f"{chief.base}redcap_v16.0.8/"
    place = f"pid={study.project_id}&id=a%2Fb"
    for path, shown in (
        (f"DataEntry/index.php?{place}&page=basics&instance=1", "Basics"),
        (f"DataEntry/record_home.php?{place}", "Record home page: a/b"),
        (f"index.php?pid={study.project_id}", "Record status dashboard"),
    ):
        reply = chief.web.get(version + path, timeout=30)
        assert reply.status_code == 200
        assert shown in reply.text


def test_a_choice_that_is_no_more_stays_until_it_is_changed(study: Api, visit: Visit) -> None:
    study.put([{"record_id": "7", "sex": "1"}])
    rows = study.ok("metadata", format="json").json()
    (sex,) = [row for row in rows if row["field_name"] == "sex"]
    sex["select_choices_or_calculations"] = "0, Female | 3, Other"
    study.ok("metadata", format="json", data=json.dumps(rows))
    chief = visit(study, "chief")
    assert 'name="sex" value="1" checked' in chief.get("form", id="7", form="basics").text
    assert "Saved" in notices(chief.save("7", "basics", sex="1", name="Ann"))
    assert values(study)["sex"] == "1"
    assert "cannot be stored" in notices(chief.save("7", "basics", sex="4"))
    chief.save("7", "basics", sex="3")
    assert values(study)["sex"] == "3"
