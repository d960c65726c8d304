"""Who may do what, and what is done to requests that no page sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from sandbox_helpers import Api
from visited_project import visited
from visitor import Visitor, notices

from redcap_licats.definition.model import Project, Repeat
from redcap_licats.sandbox.app import create_app
from redcap_licats.sandbox.serve import is_loopback
from redcap_licats.sandbox.store.server import Server
from redcap_licats.sandbox.store.users import Rights

Visit = Callable[[Api, str], Visitor]

HOSTILE = "<script>window.broken=1</script>\"'><img src=x onerror=window.broken=1>"


@pytest.fixture
def filled(study: Api) -> Api:
    study.put([{"record_id": "s1", "name": "South", "secret": "hush", "redcap_data_access_group": "south"}])
    study.put([{"record_id": "n1", "name": "North", "secret": "hush", "redcap_data_access_group": "north"}])
    return study


def test_a_record_of_another_group_is_out_of_reach(filled: Api, visit: Visit) -> None:
    north = visit(filled, "site_north")
    own = north.get("form", id="n1", form="basics").text
    assert "s1" not in north.get("").text
    assert "s1" not in north.get("", group="south").text
    for reply in (
        north.get("record", id="s1"),
        north.get("form", id="s1", form="basics"),
        north.save("s1", "basics", page=own, name="stolen"),
        north.post("form/lock", {"id": "s1", "form": "basics"}, locked="1"),
        north.post("form/delete", {"id": "s1", "form": "basics"}),
        north.post("record/lock", {"id": "s1"}, locked="1"),
        north.post("record/delete", {"id": "s1"}, sure="s1"),
        north.post("record/group", {"id": "s1"}, group="north"),
    ):
        assert reply.status_code == 403
        assert "South" not in reply.text
    assert {row["name"] for row in filled.rows()} == {"North", "South"}


def test_a_form_without_right_is_neither_shown_nor_taken(filled: Api, visit: Visit) -> None:
    north = visit(filled, "site_north")
    own = north.get("form", id="n1", form="basics")
    assert "hush" not in own.text  # nor among what the page computes with
    assert "form=held" not in own.text
    assert north.get("form", id="n1", form="held").status_code == 403
    assert north.save("n1", "held", page=own.text, secret="mine").status_code == 403
    reader = visit(filled, "reader")
    page = reader.get("form", id="n1", form="held").text
    assert "hush" in page
    assert 'class="entry-form"' not in page
    assert reader.save("n1", "held", page=own.text, secret="mine", __whole="1").status_code == 403
    assert {row["secret"] for row in filled.rows()} == {"hush"}


@pytest.mark.parametrize(
    ("level", "sees", "edits"),
    [
        *((0, False, False), (1, True, True), (2, True, False), (3, True, True)),
        *((128, False, False), (129, True, False), (130, True, True), (145, True, False)),
    ],
)
def test_both_ways_of_telling_rights_on_forms_count(level: int, *, sees: bool, edits: bool) -> None:
    rights = Rights(forms={"basics": level})
    assert (rights.sees("basics"), rights.edits("basics")) == (sees, edits)


def test_no_label_shows_what_stands_on_a_form_without_right(
    create: Callable[[Project], Api], visit: Visit
) -> None:
    told = "[name] [secret]"
    study = create(visited(settings={"CustomRecordLabel": told}, repeats=[Repeat("labs", custom_label=told)]))
    study.control("people")
    study.put([{"record_id": "n1", "name": "Nora", "secret": "hush", "redcap_data_access_group": "north"}])
    study.put(
        [{"record_id": "n1", "redcap_repeat_instrument": "labs", "redcap_repeat_instance": 1, "height": "170"}]
    )
    for user, seen in (("site_north", False), ("reader", True)):
        visitor = visit(study, user)
        for page in ("", "record?id=n1", "form?id=n1&form=labs"):
            text = visitor.get(page).text
            assert ("Nora" in text, "hush" in text) == (True, seen), page


@pytest.mark.parametrize(
    ("path", "query", "posted"),
    [
        ("form/lock", {"id": "n1", "form": "basics"}, {"locked": "1"}),
        ("form/delete", {"id": "n1", "form": "basics"}, {}),
        ("record/lock", {"id": "n1"}, {"locked": "1"}),
        ("record/delete", {"id": "n1"}, {"sure": "n1"}),
        ("record/group", {"id": "n1"}, {"group": "south"}),
        ("languages", {}, {"file": "{}"}),
        ("languages/drop", {}, {"language": "ja"}),
    ],
)
def test_orders_need_their_right(
    filled: Api, visit: Visit, path: str, query: dict[str, object], posted: dict[str, str]
) -> None:
    assert visit(filled, "site_north").post(path, query, **posted).status_code == 403
    assert len(filled.rows()) == 2


def test_reading_users_make_no_records(filled: Api, visit: Visit) -> None:
    reader = visit(filled, "reader")
    assert reader.post("records").status_code == 403
    assert reader.get("form", id="new", form="basics").status_code == 404
    assert reader.save("new", "basics", page="data-entry", __whole="1", name="x").status_code == 404
    filled.control("status", status="inactive")
    chief = visit(filled, "chief")
    assert chief.save("n1", "basics", page="data-entry", __whole="1", name="x").status_code == 403
    assert len(filled.rows()) == 2


def test_a_post_needs_the_token_of_its_own_visit(filled: Api, visit: Visit) -> None:
    chief, other = visit(filled, "chief"), visit(filled, "sandbox_admin")
    place = {"id": "n1"}
    for token in ("", "x", other.csrf, "日本"):
        assert chief.post("record/delete", place, token=token, sure="n1").status_code == 403
    chief.get("")
    address = f"{chief.base}projects/{chief.project}/record/delete?id=n1"
    form = {"__csrf": chief.csrf, "sure": "n1"}
    foreign = chief.web.post(address, data=form, headers={"Origin": "http://evil.example"}, timeout=30)
    assert foreign.status_code == 403
    stranger = requests.post(address, data=form, timeout=30)
    assert stranger.status_code == 403
    assert len(filled.rows()) == 2
    own = chief.web.post(address, data=form, headers={"Origin": chief.base.rstrip("/")}, timeout=30)
    assert own.status_code == 200
    assert len(filled.rows()) == 1


def test_the_cookie_is_for_this_server_alone(filled: Api) -> None:
    reply = requests.get(f"{filled.url.removesuffix('api/')}projects/{filled.project_id}/sign-in", timeout=30)
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    wrong = requests.get(reply.url, headers={"Host": "evil.example"}, timeout=30)
    assert wrong.status_code == 400


def test_a_new_key_is_given_with_every_user(filled: Api, visit: Visit) -> None:
    visitor = Visitor(filled.url.removesuffix("api/"), filled.project_id)
    visitor.get("sign-in")
    before = visitor.web.cookies["licats_sandbox"]
    visitor.post("sign-in", user="chief")
    assert visitor.web.cookies["licats_sandbox"] != before
    address = f"{visitor.base}projects/{visitor.project}/"
    planted = requests.get(address, headers={"Cookie": f"licats_sandbox={before}"}, timeout=30)
    assert planted.url.partition("?")[0].endswith("/sign-in")
    visitor.get("sign-in")
    filled.control("users", username="gone", expiration="2001-01-01")
    assert visitor.post("sign-in", user="gone").status_code == 403
    assert visitor.post("sign-in", user="nobody").status_code == 404


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/projects/99/"])
def test_nobody_is_led_elsewhere(filled: Api, back: str) -> None:
    visitor = Visitor(filled.url.removesuffix("api/"), filled.project_id)
    visitor.get("sign-in")
    assert visitor.post("sign-in", user="chief", next=back).url == f"{visitor.base}projects/{visitor.project}/"
    visitor.get("")
    form = {"__csrf": visitor.csrf, "language": "ja", "back": back}
    moved = visitor.web.post(f"{visitor.base}language", data=form, allow_redirects=False, timeout=30)
    assert moved.headers["location"] in ("/", "/projects/99/")


@pytest.mark.parametrize(
    "place",
    [
        {"form": "../../etc/passwd"},
        {"form": "basics", "event": "../x"},
        {"form": "labs", "instance": "0"},
        {"form": "labs", "instance": "-1"},
        {"form": "labs", "instance": "100000"},
        {"form": "labs", "instance": "1e3"},
        {"form": "labs", "instance": "²"},
        {"form": "labs", "instance": "1;DROP TABLE data"},
        {"form": ""},
    ],
)
def test_places_that_are_none_are_not_found(filled: Api, visit: Visit, place: dict[str, str]) -> None:
    chief = visit(filled, "chief")
    assert chief.get("form", id="n1", **place).status_code == 404
    assert chief.post("form", {"id": "n1", **place}, __whole="1", name="x").status_code == 404


@pytest.mark.parametrize("number", ["0", "987654321", "9" * 30])
def test_a_project_that_is_none_is_not_found(filled: Api, visit: Visit, number: str) -> None:
    chief = visit(filled, "chief")
    for path in ("", "sign-in", "languages", "form?id=n1&form=basics", "record?id=n1"):
        assert chief.web.get(f"{chief.base}projects/{number}/{path}", timeout=30).status_code == 404


def test_what_is_too_large_broken_or_cut_is_refused(filled: Api, visit: Visit) -> None:
    chief = visit(filled, "chief")
    assert chief.post("form", {"id": "n1", "form": "basics"}, name="x" * (5 << 20)).status_code == 413
    chief.get("")
    assert chief.post("form", {"id": "n1", "form": "basics"}, name="cut off").status_code == 400
    many = {f"f{number}": "" for number in range(6000)}
    assert chief.post("form", {"id": "n1", "form": "basics"}, **many).status_code == 400
    assert chief.get("record", id="x" * 5000).status_code == 414
    for name in ("", " ", "a\nb", "x" * 101):
        assert chief.get("record", id=name).status_code == 400
    address = f"{chief.base}projects/{chief.project}/form?id=n1&form=basics"
    for kind in ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=b"):
        assert chief.web.post(address, data=b"\xff", headers={"Content-Type": kind}, timeout=30).status_code >= 400
    assert {row["name"] for row in filled.rows()} == {"North", "South"}


def test_what_was_entered_is_never_markup(filled: Api, visit: Visit) -> None:
    chief = visit(filled, "chief")
    chief.save(HOSTILE, "basics", q_new="1", name=HOSTILE)
    chief.save(HOSTILE, "labs", height="1", note=f"</textarea>{HOSTILE}</script>")
    assert any(row["name"] == HOSTILE for row in filled.rows())
    for reply in (
        chief.get(""),
        chief.get("record", id=HOSTILE),
        chief.get("form", id=HOSTILE, form="basics"),
        chief.get("form", id=HOSTILE, form="labs"),
        chief.get("form", id=HOSTILE, form=HOSTILE),
        chief.save(HOSTILE, "basics", sex="9", name=HOSTILE),
    ):
        assert "<script>window" not in reply.text
        assert "<img" not in reply.text


def test_a_language_is_taken_in_and_shown(filled: Api, visit: Visit) -> None:
    chief = visit(filled, "chief")
    content = {
        "creator": "REDCap MLM",
        "key": "ja",
        "display": "日本語",
        "formTranslations": [{"id": "basics", "translation": "基本"}],
        "fieldTranslations": [{"id": "name", "label": {"translation": "名前"}}],
    }

    def upload(body: bytes) -> requests.Response:
        chief.get("languages")
        address = f"{chief.base}projects/{chief.project}/languages"
        files = {"file": ("ja.json", body)}
        return chief.web.post(address, data={"__csrf": chief.csrf}, files=files, timeout=30)

    assert "not JSON" in notices(upload(b"\xff{"))
    assert "日本語" in notices(upload(json.dumps(content).encode()))
    chief.get("")
    chief.web.post(f"{chief.base}language", data={"__csrf": chief.csrf, "language": "ja", "back": "/"}, timeout=30)
    page = chief.get("form", id="n1", form="basics").text
    assert "名前" in page
    assert "基本" in page
    assert '<html lang="ja">' in page
    chief.post("languages/drop", language="ja")
    assert "名前" not in chief.get("form", id="n1", form="basics").text


def test_users_are_made_with_a_role_and_a_group(filled: Api, visit: Visit) -> None:
    visitor = Visitor(filled.url.removesuffix("api/"), filled.project_id)
    visitor.get("sign-in")
    roles = {row["role_label"]: row["unique_role_name"] for row in filled.rows("userRole")}
    made = visitor.post("users", name="new.one", role=roles["Site"], group="north")
    assert "new.one was made" in notices(made)
    assert visitor.post("users", name="new.one").status_code == 409
    for wrong in ({"name": "a b"}, {"name": "<b>"}, {"name": "x", "role": "none"}, {"name": "x", "group": "none"}):
        assert visitor.post("users", **wrong).status_code == 400
    assert "n1" in visit(filled, "new.one").get("").text


def test_pages_are_served_on_this_machine_only(tmp_path: Path) -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "localhost", "::1"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"))  # noqa: S104
    routes = {route.path for route in create_app(Server(tmp_path / "s.sqlite"), pages=False).routes}  # type: ignore[attr-defined]
    assert not any(path.startswith("/projects") for path in routes)
