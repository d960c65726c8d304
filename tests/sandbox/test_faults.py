"""Every deliberate fault over real HTTP: what the client sees, and whether the work was done."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests
from sandbox_helpers import Api

from redcap_licats.sandbox.faults.table import BY_RATE, FAULTS
from redcap_licats.sandbox.process import SandboxProcess

ROWS = [{"record_id": str(one), "name": f"N{one}", "sex": "1", "born": "1980-01-02"} for one in range(1, 31)]


class Faults:
    """The control endpoint."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._url = sandbox.url.removesuffix("api/") + "sandbox/faults"
        self._headers = {"Authorization": f"Bearer {sandbox.super_token}"}

    def next(self, name: str, **order: object) -> None:
        self._post("next", {"name": name, **order})

    def rate(self, rate: float, **more: object) -> None:
        self._post("rate", {"rate": rate, **more})

    def given(self) -> dict[str, int]:
        return requests.get(self._url, headers=self._headers, timeout=30).json()["given"]

    def clear(self) -> None:
        requests.delete(self._url, headers=self._headers, timeout=30).raise_for_status()

    def _post(self, kind: str, body: dict[str, object]) -> None:
        reply = requests.post(f"{self._url}/{kind}", json=body, headers=self._headers, timeout=30)
        assert reply.status_code == 200, reply.text


@pytest.fixture
def faults(sandbox: SandboxProcess) -> Iterator[Faults]:
    faults = Faults(sandbox)
    yield faults
    faults.clear()


@pytest.fixture
def filled(classic: Api) -> Api:
    assert classic.put(ROWS).status_code == 200
    return classic


def names(api: Api) -> list[object]:
    return [row["name"] for row in api.rows(fields=["name"])]


def rename(api: Api) -> requests.Response:
    return api.put([{"record_id": "1", "name": "New"}])


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("html", 200, "<!DOCTYPE html>"),
        ("memory", 200, '{"error":"REDCap ran out of server memory.'),
        ("database", 200, "The hostname ("),
        ("unavailable", 503, "<html>"),
        ("ban", 403, "banned"),
        ("rotated_token", 403, '{"error":"You do not have permissions to use the API"}'),
        ("locked_record", 400, "locked at the record level"),
        ("locked_form", 400, "on a form that is locked"),
    ],
)
def test_a_refused_import_is_not_done(filled: Api, faults: Faults, name: str, status: int, words: str) -> None:
    faults.next(name)
    reply = rename(filled)
    assert (reply.status_code, words in reply.text) == (status, True), reply.text
    faults.clear()
    assert names(filled)[0] == "N1"


def test_a_gateway_times_out_after_the_save(filled: Api, faults: Faults) -> None:
    faults.next("gateway_timeout")
    assert rename(filled).status_code == 504
    assert names(filled)[0] == "New"


@pytest.mark.parametrize(("name", "done"), [("reset_before", "N1"), ("reset_after", "New"), ("half_body", "New")])
def test_a_cut_connection(filled: Api, faults: Faults, name: str, done: str) -> None:
    faults.next(name)
    with pytest.raises(requests.exceptions.RequestException):
        rename(filled)
    assert names(filled)[0] == done


def test_half_a_body_comes_before_the_cut(filled: Api, faults: Faults) -> None:
    whole = filled.ok("record", format="json").content
    faults.next("half_body")
    form = {"token": filled.token, "content": "record", "format": "json"}
    with requests.post(filled.url, data=form, stream=True, timeout=30) as reply:
        came = b""
        with pytest.raises(requests.exceptions.RequestException):
            for piece in reply.iter_content(1):
                came += piece
    assert 0 < len(came) <= len(whole) // 2
    assert whole.startswith(came)


@pytest.mark.parametrize("style", ["json", "csv"])
def test_rows_are_left_out_silently(filled: Api, faults: Faults, style: str) -> None:
    faults.next("truncated_rows")
    reply = filled.ok("record", format=style)
    rows = reply.json() if style == "json" else list(csv.DictReader(io.StringIO(reply.text)))
    assert [row["record_id"] for row in rows] == [str(one) for one in range(1, 16)]
    assert rows[0]["name"] == "N1"


def test_a_slow_body_is_whole(filled: Api, faults: Faults) -> None:
    whole = filled.rows()
    faults.rate(0, slow_seconds=0.02)
    faults.next("slow_body")
    assert filled.rows() == whole


def test_another_countrys_delimiter_comes_only_where_none_is_asked_for(filled: Api, faults: Faults) -> None:
    faults.next("semicolon", times=None)
    assert filled.ok("record", format="csv", fields=["record_id", "sex"]).text.startswith("record_id;sex\n1;1\n")
    fixed = filled.ok("record", format="csv", fields=["record_id", "sex"], csvDelimiter=",").text
    assert fixed.startswith("record_id,sex\n1,1\n")


@pytest.mark.parametrize("style", ["json", "csv"])
def test_ids_are_hashed_the_same_way_each_time(filled: Api, faults: Faults, style: str) -> None:
    faults.next("hashed_ids", times=2)
    one, two = (filled.ok("record", format=style, fields=["record_id"]).text for _ in range(2))
    assert one == two
    assert '"1"' not in one
    assert "\n1\n" not in one


def test_identifiers_dates_and_free_text_are_dropped(filled: Api, faults: Faults) -> None:
    everything = filled.rows()[0]
    faults.next("dropped_columns")
    left = filled.rows()[0]
    assert {"name", "born"} <= everything.keys() - left.keys()
    assert {"record_id", "sex", "race___1", "basics_complete"} <= left.keys()


def test_variables_above_the_limit_are_dropped(filled: Api, faults: Faults) -> None:
    faults.next("input_vars")
    wanted = [str(one) for one in range(1, 31)]
    assert len(filled.rows(records=wanted)) == 14  # half of 3 + 30 variables, rounded up, less the first three
    faults.next("input_vars")
    assert len(filled.rows(records=wanted[:3])) == 3


def test_the_clock_is_wrong_by_as_much_as_ordered(filled: Api, faults: Faults) -> None:
    faults.rate(0, skew_seconds=-86400)
    faults.next("clock_skew")
    ago = dt.datetime.now(dt.UTC) - parsedate_to_datetime(filled.ok("version").headers["Date"])
    assert dt.timedelta(hours=23) < ago < dt.timedelta(hours=25)


def test_a_ban_lasts_until_it_is_lifted(filled: Api, faults: Faults) -> None:
    faults.next("ban")
    assert [filled.post("version").status_code for _ in range(3)] == [403] * 3
    faults.clear()
    assert filled.post("version").status_code == 200


def test_who_asks_too_often_is_banned(filled: Api, faults: Faults) -> None:
    faults.rate(0, per_minute=3)
    # requests of the tests before count as well: they were made within the same minute
    statuses = [filled.post("version").status_code for _ in range(5)]
    assert statuses[3:] == [403, 403]
    assert statuses == sorted(statuses)


def test_a_lock_names_every_value_of_the_first_record(filled: Api, faults: Faults) -> None:
    faults.next("locked_record")
    row = {"record_id": "2", "name": "A", "weight": "70.5"}
    status, message = filled.error("record", data=json.dumps([row, {"record_id": "3", "name": "B"}]))
    assert status == 400
    lines = list(csv.reader(io.StringIO(message)))
    assert [line[:3] for line in lines] == [["2", "name", "A"], ["2", "weight", "70.5"]]
    faults.next("locked_form")
    _, message = filled.error("record", data=json.dumps([row]))
    assert [line[1] for line in csv.reader(io.StringIO(message))] == ["name"]


def test_an_order_waits_for_its_call(filled: Api, faults: Faults) -> None:
    faults.next("html", content="record", action="import", skip=1)
    assert filled.post("version").status_code == 200
    assert rename(filled).text == '{"count":1}'
    assert rename(filled).text.startswith("<!DOCTYPE")
    assert rename(filled).text == '{"count":1}'
    assert faults.given() == {"html": 1}


def test_uploads_pass_through_whole(filled: Api, faults: Faults) -> None:
    faults.next("gateway_timeout")
    form = {"action": "import", "record": "1", "field": "scan"}
    assert filled.post("file", files={"file": ("a.txt", b"abc")}, **form).status_code == 504
    assert filled.ok("file", action="export", record="1", field="scan").content == b"abc"


def spoiled(api: Api, faults: Faults, seed: int) -> list[int]:
    faults.clear()
    faults.rate(0.3, seed=seed, names=["html", "unavailable"])
    return [len(api.post("version").content) for _ in range(40)]


def test_a_seed_repeats_itself(classic: Api, faults: Faults) -> None:
    once = spoiled(classic, faults, 7)
    assert sum(faults.given().values()) > 4
    assert spoiled(classic, faults, 7) == once
    assert spoiled(classic, faults, 8) != once


def test_the_control_endpoint_wants_the_super_token(sandbox: SandboxProcess, classic: Api) -> None:
    url = sandbox.url.removesuffix("api/") + "sandbox/faults"
    for token in ("", classic.token):
        headers = {"Authorization": f"Bearer {token}"}
        replies = [
            requests.get(url, headers=headers, timeout=30),
            requests.delete(url, headers=headers, timeout=30),
            requests.post(f"{url}/next", json={"name": "html"}, headers=headers, timeout=30),
        ]
        assert [one.status_code for one in replies] == [403] * 3
    assert classic.post("version").status_code == 200


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("next", {"name": "nonsense"}, 400),
        ("next", {"name": "html", "times": 0}, 400),
        ("rate", {"rate": 2}, 400),
        ("other", {}, 404),
    ],
)
def test_orders_that_make_no_sense_are_refused(
    sandbox: SandboxProcess, kind: str, body: dict[str, object], status: int
) -> None:
    url = sandbox.url.removesuffix("api/") + f"sandbox/faults/{kind}"
    headers = {"Authorization": f"Bearer {sandbox.super_token}"}
    assert requests.post(url, json=body, headers=headers, timeout=30).status_code == status


def test_every_fault_says_what_it_does_and_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "sandbox_faults.md").read_text(encoding="utf-8")
    rows = dict(line.split("|")[1:3] for line in guide.splitlines() if line.startswith("| `"))
    assert {name.strip().strip("`"): does.strip() for name, does in rows.items()} == {
        name: fault.does.replace("``", "`") for name, fault in FAULTS.items()
    }


def test_a_ban_is_not_drawn_by_rate() -> None:
    assert set(FAULTS) - set(BY_RATE) == {"ban"}


def test_a_rehearsal_from_the_command_line() -> None:
    with SandboxProcess(faults="1:unavailable") as rehearsal:
        assert requests.post(rehearsal.url, data={}, timeout=30).status_code == 503
