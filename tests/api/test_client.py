from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Callable

import pytest
from scripted_server import HTML, TOKEN, Answer, Form, ScriptedServer, answer_csv, answer_error, answer_json

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.create import create_project
from redcap_licats.api.model import LogRange
from redcap_licats.api.rejections import ImportRejected
from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat
from redcap_licats.definition.odm import write_project
from redcap_licats.errors import ConfigError, LicatsError, ServerError

DICTIONARY = [
    {"field_name": "record_id", "form_name": "one", "field_type": "text", "field_label": "Id"},
    {"field_name": "age", "form_name": "one", "field_type": "text", "field_label": "Age"},
    {
        "field_name": "drugs",
        "form_name": "two",
        "field_type": "checkbox",
        "field_label": "Drugs",
        "select_choices_or_calculations": "a, A | B, B",
    },
]


class Records:
    """A project of a few records behind a scripted server; ``broken`` may spoil an answer."""

    def __init__(self, ids: list[str]) -> None:
        self.rows = {one: {"age": one * 2, "drugs___a": "0", "drugs___b": "1"} for one in ids}
        self.broken: Callable[[Form], Answer | None] = lambda form: None
        self.save_before_breaking = False

    def __call__(self, form: Form) -> Answer:
        spoiled = self.broken(form)
        if "data" in form:
            rows = json.loads(form["data"])
            if not spoiled or self.save_before_breaking:
                for row in rows:
                    self.rows.setdefault(row["record_id"], {}).update(
                        {key: value for key, value in row.items() if key != "record_id"}
                    )
            return spoiled or answer_json(list(dict.fromkeys(row["record_id"] for row in rows)))
        return spoiled or self._export(form)

    def _export(self, form: Form) -> Answer:
        if form["content"] == "metadata":
            return answer_json(DICTIONARY)
        wanted = asked(form, "records") or list(self.rows)
        fields = asked(form, "fields")
        columns = {"one_complete": "2", "two_complete": ""}
        rows = [{"record_id": one, **self.rows[one], **columns} for one in wanted if one in self.rows]
        if fields:
            rows = [{key: v for key, v in row.items() if key.partition("___")[0] in fields} for row in rows]
        return answer_csv(rows) if form["format"] == "csv" else answer_json(rows)


def asked(form: Form, name: str) -> list[str]:
    return [value for key, value in form.items() if key.startswith(f"{name}[")]


def exports(server: ScriptedServer) -> list[list[str]]:
    return [asked(form, "records") for form in server.forms if form["content"] == "record" and "data" not in form]


def ids(rows: list[dict[str, str]]) -> list[str]:
    return [row["record_id"] for row in rows]


@pytest.fixture
def project(server: ScriptedServer) -> Records:
    project = Records([str(number) for number in range(1, 251)])
    server.respond = project
    return project


def test_everything_is_read_in_batches_by_record(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    assert ids(client.export_rows()) == list(project.rows)
    assert [len(one) for one in exports(server)] == [0, 0, 100, 110, 40]
    assert client.requests == len(server.forms) == 6


def test_the_batch_is_halved_when_the_server_runs_out_of_memory(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    memory = Answer(body=b'<b>Fatal</b>{"error":"REDCap ran out of server memory."}')
    project.broken = lambda form: memory if len(asked(form, "records")) > 30 else None
    assert ids(client.export_rows()) == list(project.rows)
    sizes = [len(one) for one in exports(server)][2:]
    # half of what failed, and a tenth more each time from then on
    assert sizes[:4] == [100, 50, 25, 27]


@pytest.mark.parametrize(
    "answer",
    [Answer(body=HTML), Answer(status=502), Answer(status=200, body=b""), Answer(body=b"[]", cut_off=True)],
)
def test_a_failure_that_passes_is_not_noticed(
    client: RedcapClient, server: ScriptedServer, project: Records, answer: Answer, pauses: list[float]
) -> None:
    client.metadata()
    server.script = [answer]
    assert ids(client.export_rows(["3", "4"])) == ["3", "4"]
    assert pauses == [1.0]


def test_a_failure_that_stays_stops_the_run(
    client: RedcapClient, server: ScriptedServer, project: Records, pauses: list[float]
) -> None:
    project.broken = lambda form: Answer(body=HTML) if asked(form, "records") else None
    with pytest.raises(ServerError) as caught:
        client.export_rows()
    assert caught.value.code == "API-HTML"
    assert pauses == [1.0, 2.0]


def test_rows_missing_from_a_good_answer_are_noticed(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    def truncate(form: Form) -> Answer | None:
        wanted = asked(form, "records")
        return (
            project._export(form | {f"records[{i}]": "none" for i in range(20, len(wanted))}) if wanted else None
        )

    project.broken = truncate
    assert ids(client.export_rows()) == list(project.rows)


def test_a_record_deleted_on_the_way_is_no_failure(client: RedcapClient, project: Records) -> None:
    assert ids(client.export_rows(["1", "999"])) == ["1"]


def test_hashed_ids_are_refused(client: RedcapClient, server: ScriptedServer, project: Records) -> None:
    client.metadata()
    row = {
        "record_id": "9f8e",
        "age": "1",
        "drugs___a": "0",
        "drugs___b": "0",
        "one_complete": "",
        "two_complete": "",
    }
    server.script = [answer_csv([row])] * 2
    with pytest.raises(ServerError) as caught:
        client.export_rows(["1"])
    assert caught.value.code == "API-UNASKED"


@pytest.mark.parametrize("column", ["age", "drugs___b", "two_complete"])
def test_a_dropped_column_is_refused(
    client: RedcapClient, server: ScriptedServer, project: Records, column: str
) -> None:
    client.metadata()
    row = {
        "record_id": "1",
        "age": "1",
        "drugs___a": "0",
        "drugs___b": "0",
        "one_complete": "",
        "two_complete": "",
    }
    del row[column]
    server.script = [answer_csv([row])] * 2
    with pytest.raises(ServerError) as caught:
        client.export_rows(["1"])
    assert caught.value.code == "API-COLUMNS"
    assert column in str(caught.value)


def test_limited_rights_are_believed_when_they_show_twice(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    server.script = [answer_csv([{"record_id": "1", "age": "1"}])]
    assert ids(client.export_rows(["1"])) == ["1"]


def test_only_the_columns_asked_for_must_come(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    rows = client.export_rows(["1"], fields=["drugs", "redcap_event_name"])
    assert rows == [{"record_id": "1", "drugs___a": "0", "drugs___b": "1"}]
    assert asked(server.forms[-1], "fields") == ["record_id", "drugs"]


def test_a_table_that_can_be_read_in_two_ways_is_asked_for_as_json(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    # PHP writes the cell 5\",6 so; nobody can tell it from two cells
    text = 'record_id,age,drugs___a,drugs___b,one_complete,two_complete\n1,"5\\",6",0,0,2,""\n'
    row = {"record_id": 1, "age": None, "drugs___a": 0, "drugs___b": 1, "one_complete": 2, "two_complete": ""}
    server.script = [Answer(body=text.encode(), content_type="text/csv"), answer_json([row])]
    (came,) = client.export_rows(["1"])
    assert came == {key: "" if value is None else str(value) for key, value in row.items()}
    assert [form["format"] for form in server.forms[-2:]] == ["csv", "json"]


@pytest.mark.parametrize(
    "cell", ["", " a ", "a,b", 'say "a"', "two\nlines", "two\r\nlines", "半角 ｱ", "back\\slash", ";"]
)
def test_a_cell_comes_as_it_is(client: RedcapClient, server: ScriptedServer, project: Records, cell: str) -> None:
    project.rows["1"]["age"] = cell
    assert client.export_rows(["1"])[0]["age"] == cell


def test_a_list_of_something_else_is_no_export(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    client.metadata()
    server.script = [answer_json([1]), answer_json({"message": "hello"}), answer_json({})]
    with pytest.raises(ServerError) as caught:
        client.export_rows(["1"])
    assert caught.value.code == "API-BROKEN"


MARCH = dt.datetime.fromisoformat("2026-03-01")
LINE = {"timestamp": "2026-03-01 10:00", "username": "u", "action": "Update", "details": None, "record": 1}


def test_the_log_is_read_line_by_line(client: RedcapClient, server: ScriptedServer) -> None:
    server.script = [answer_json([LINE, LINE | {"record": "2"}])]
    assert client.read_log(lambda one: (one.record, one.details), LogRange(MARCH)) == [("1", ""), ("2", "")]


@pytest.mark.parametrize(
    "lies",
    [
        [LINE, 1],
        [LINE, [LINE]],
        [LINE | {"details": {"a": "b"}}],
        [{"username": "u"}],
        [LINE | {"timestamp": "yesterday"}],
        LINE,
    ],
)
def test_a_list_of_something_else_is_no_log(client: RedcapClient, server: ScriptedServer, lies: object) -> None:
    server.script = [answer_json(lies)] * 3
    with pytest.raises(ServerError) as caught:
        client.read_log(lambda one: one, LogRange(MARCH))
    assert caught.value.code == "API-BROKEN"


def test_a_log_larger_than_is_taken_is_refused_at_once(client: RedcapClient, server: ScriptedServer) -> None:
    size = len(answer_json([LINE]).body)
    server.respond = lambda _: answer_json([LINE])
    assert len(client.read_log(lambda one: one, LogRange(MARCH, most=size))) == 1
    with pytest.raises(ServerError, match=f"larger than {size - 1} bytes") as caught:
        client.read_log(lambda one: one, LogRange(MARCH, most=size - 1))
    assert caught.value.code == "API-LARGE"
    assert len(server.forms) == 2


def test_import_says_how_many_records_were_saved(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    rows = [{"record_id": one, "age": "7"} for one in ("1", "2", "1")]
    assert client.import_rows(rows) == 2
    form = server.forms[-1]
    assert form["forceAutoNumber"] == "false"
    assert form["overwriteBehavior"] == "normal"
    assert form["returnContent"] == "ids"


def test_import_never_splits_a_record(client: RedcapClient, server: ScriptedServer, project: Records) -> None:
    rows = [{"record_id": one, "age": "7"} for one in ("1", "2", "3", "1", "2")]
    assert client.import_rows(rows, batch=2) == 3
    sent = [[row["record_id"] for row in json.loads(form["data"])] for form in server.forms if "data" in form]
    assert sent == [["1", "1", "2", "2"], ["3"]]


def test_an_import_whose_answer_was_lost_is_read_back_and_not_repeated(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    project.save_before_breaking = True
    project.broken = lambda form: Answer(status=504, body=HTML) if "data" in form else None
    assert client.import_rows([{"record_id": "1", "age": "77"}]) == 1
    assert sum("data" in form for form in server.forms) == 1


def test_an_import_that_did_not_happen_is_repeated(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    client.metadata()
    server.script = [Answer(body=HTML)]
    assert client.import_rows([{"record_id": "1", "age": "77"}]) == 1
    assert sum("data" in form for form in server.forms) == 2
    assert project.rows["1"]["age"] == "77"


def test_a_lost_erasure_is_read_back_blank_by_blank(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    client.metadata()
    server.script = [Answer(status=500)]
    assert client.import_rows([{"record_id": "1", "age": ""}], overwrite=True) == 1
    assert sum("data" in form for form in server.forms) == 2
    assert server.forms[-1]["overwriteBehavior"] == "overwrite"


def test_an_import_too_large_is_halved(client: RedcapClient, server: ScriptedServer, project: Records) -> None:
    project.broken = lambda form: Answer(status=500) if len(json.loads(form.get("data", "[]"))) > 1 else None
    assert client.import_rows([{"record_id": one, "age": "5"} for one in "1234"]) == 4
    assert [project.rows[one]["age"] for one in "1234"] == ["5"] * 4


def test_an_import_that_keeps_failing_is_given_up(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    project.broken = lambda form: Answer(status=500) if "data" in form else None
    with pytest.raises(ServerError) as caught:
        client.import_rows([{"record_id": "1", "age": "5"}])
    assert caught.value.code == "API-SERVER"


def test_fewer_records_saved_than_sent_is_an_error(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    client.metadata()
    server.script = [answer_json(["1"])]
    with pytest.raises(ServerError) as caught:
        client.import_rows([{"record_id": "1", "age": "5"}, {"record_id": "2", "age": "5"}])
    assert caught.value.code == "API-COUNT"


def test_refused_values_are_not_tried_again(
    client: RedcapClient, server: ScriptedServer, project: Project
) -> None:
    client.metadata()
    server.script = [answer_error('"1","age","secret","The value is not a number"')]
    with pytest.raises(ImportRejected) as caught:
        client.import_rows([{"record_id": "1", "age": "secret"}])
    assert [(one.record, one.field) for one in caught.value.rejections] == [("1", "age")]
    assert "secret" not in str(caught.value)
    assert len(server.forms) == 2


@pytest.mark.parametrize(
    "row",
    [
        {"age": "1"},
        {"record_id": " ", "age": "1"},
        {"record_id": "1", "redcap_repeat_instrument": "two", "redcap_repeat_instance": "new"},
        {"record_id": "1", "redcap_repeat_instrument": "two"},
    ],
)
def test_rows_without_a_place_of_their_own_are_not_sent(
    client: RedcapClient, server: ScriptedServer, project: Records, row: dict[str, str]
) -> None:
    with pytest.raises(ConfigError):
        client.import_rows([row])
    assert not any("data" in form for form in server.forms)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.metadata(),
        lambda client: client.record_ids(),
        lambda client: client.export_rows(),
        lambda client: client.import_rows([{"record_id": "1"}]),
        lambda client: client.project_info(),
        lambda client: client.version(),
        lambda client: client.pycap.export_version(),
        lambda client: client.pycap.export_users(),
        lambda client: client.pycap.generate_next_record_name(),
        lambda client: client.pycap.export_file("1", "mugshot"),
        lambda client: client.pycap.export_file_from_repository(1),
        lambda client: client.pycap.delete_file("1", "mugshot"),
        lambda client: client.pycap.import_records([{"record_id": "1"}], return_content="nothing"),
    ],
)
def test_a_wrong_token_is_named_whatever_is_called(
    client: RedcapClient, server: ScriptedServer, call: Callable[[RedcapClient], object]
) -> None:
    server.respond = lambda form: answer_error("You do not have permissions to use the API", 403)
    with pytest.raises(LicatsError) as caught:
        call(client)
    assert caught.value.code == "API-TOKEN"
    assert TOKEN not in str(caught.value) + repr(caught.value.args)
    assert len(server.forms) == 1
    assert server.forms[0]["token"] == TOKEN


def test_pycap_reading_is_tried_again_and_writing_is_not(client: RedcapClient, server: ScriptedServer) -> None:
    server.script = [Answer(body=HTML), answer_json([{"username": "a"}])]
    assert client.pycap.export_users() == [{"username": "a"}]
    server.script = [Answer(body=HTML), Answer(body=b"1")]
    with pytest.raises(LicatsError):
        client.pycap.import_users([{"username": "a"}])
    assert len(server.script) == 1


def test_pycap_gets_files_with_their_names(client: RedcapClient, server: ScriptedServer) -> None:
    body = b"<error>part of the file</error>"
    metadata = [{"field_name": "mugshot", "form_name": "one", "field_type": "file", "field_label": "Photo"}]
    file = Answer(body=body, content_type='application/octet-stream; name="a.txt";charset=UTF-8')
    server.script = [answer_json(metadata), file]
    content, headers = client.pycap.export_file("1", "mugshot")
    assert content == body
    assert headers["name"] == "a.txt"


def test_compressed_answers_are_read(client: RedcapClient, server: ScriptedServer) -> None:
    body = gzip.compress(json.dumps({"project_id": 7, "has_repeating_instruments_or_events": 1}).encode())
    server.script = [Answer(body=body, headers={"Content-Encoding": "gzip"})]
    info = client.project_info()
    assert info.project_id == 7
    assert info.repeating
    assert not info.longitudinal


def test_repeats_and_events_are_not_asked_for_where_there_are_none(
    client: RedcapClient, server: ScriptedServer
) -> None:
    server.respond = lambda form: (
        answer_json({"project_id": 1}) if form["content"] == "project" else answer_error("nothing repeats")
    )
    assert client.repeating() == ()
    assert client.events() == ()


def test_events_come_with_their_forms(client: RedcapClient, server: ScriptedServer) -> None:
    answers = {
        "project": {"project_id": 1, "is_longitudinal": 1},
        "event": [{"event_name": "A", "arm_num": 1, "unique_event_name": "a_arm_1", "event_id": 9}],
        "formEventMapping": [{"arm_num": 1, "unique_event_name": "a_arm_1", "form": "one"}],
    }
    server.respond = lambda form: answer_json(answers[form["content"]])
    assert client.events() == (Event("A", 1, "a_arm_1", forms=("one",)),)


def test_without_the_right_to_design_repeats_are_read_from_the_project_xml(
    client: RedcapClient, server: ScriptedServer
) -> None:
    fields = (Field("record_id", "one", FieldType.TEXT), Field("dose", "two", FieldType.TEXT))
    repeats = (Repeat("two", "event_1_arm_1", "[dose]"),)
    project = Project(
        title="T",
        dictionary=DataDictionary(fields),
        form_labels={"one": "One", "two": "Two"},
        arms=(Arm(1, "Arm 1"),),
        events=(Event("Event 1", 1, "event_1_arm_1", forms=("one", "two")),),
        repeats=repeats,
    )
    server.script = [
        answer_json({"project_id": 1, "has_repeating_instruments_or_events": 1}),
        answer_error("You do not have Project Design/Setup privileges", 403),
        Answer(body=write_project(project).encode(), content_type="text/xml"),
    ]
    assert [one.form for one in client.repeating()] == ["two"]
    assert server.forms[-1]["returnMetadataOnly"] == "true"


def test_the_log_is_asked_for_by_the_minute(client: RedcapClient, server: ScriptedServer) -> None:
    server.script = [
        answer_json(
            [
                {
                    "timestamp": "2025-11-22 10:31",
                    "username": "site",
                    "action": "Update record 5",
                    "details": "age = '26'",
                    "record": "5",
                },
                {"timestamp": "2025-11-22 10:30", "username": "x", "action": "Manage/Design", "record": None},
            ]
        )
    ]
    first, second = client.read_log(
        lambda one: one, LogRange(dt.datetime.fromisoformat("2025-11-22 10:30:59"), kind="record")
    )
    assert server.forms[0]["beginTime"] == "2025-11-22 10:30"
    assert "endTime" not in server.forms[0]
    assert (first.record, first.at) == ("5", dt.datetime.fromisoformat("2025-11-22 10:31"))
    assert second.record == ""


def test_a_project_is_created_once_and_its_token_found(server: ScriptedServer) -> None:
    server.script = [Answer(body=b"SELECT 1;\n" + b"AB" * 16, content_type="text/html")]
    assert create_project(server.url, "a" * 64, title="T", odm="<ODM/>", rate_per_minute=0) == "AB" * 16
    assert server.forms[0]["odm"] == "<ODM/>"
    server.script = [Answer(status=504)]
    with pytest.raises(LicatsError):
        create_project(server.url, "a" * 64, title="T", odm="<ODM/>", rate_per_minute=0)
    assert len(server.forms) == 2


class Visits(Records):
    """Records of three rows each; a reply may be cut after so many rows."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(ids)
        self.cuts: list[int] = []

    def _export(self, form: Form) -> Answer:
        if form["content"] == "metadata":
            return answer_json(DICTIONARY)
        repeats = [("", ""), ("two", "1"), ("two", "2")]
        rows = [
            {"record_id": one, "redcap_repeat_instrument": form_name, "redcap_repeat_instance": instance}
            | self.rows[one]
            | {"one_complete": "2", "two_complete": ""}
            for one in asked(form, "records") or list(self.rows)
            for form_name, instance in repeats
        ]
        cut = self.cuts.pop(0) if self.cuts and asked(form, "records") else len(rows)
        return answer_csv(rows[:cut])


@pytest.fixture
def visits(server: ScriptedServer) -> Visits:
    visits = Visits(["1", "2", "3", "4", "5"])
    server.respond = visits
    return visits


def test_the_last_record_of_a_batch_is_asked_for_once_more(
    client: RedcapClient, server: ScriptedServer, visits: Visits
) -> None:
    client.batch.now = client.batch.most = 3
    assert [ids(rows)[::3] for rows in client.export_batches()] == [["1", "2"], ["3", "4", "5"]]
    assert exports(server)[2:] == [["1", "2", "3"], ["3", "4", "5"], ["5"]]


@pytest.mark.parametrize("cut", [13, 14])
def test_rows_missing_at_the_end_of_a_reply_are_noticed(
    client: RedcapClient, server: ScriptedServer, visits: Visits, cut: int
) -> None:
    visits.cuts = [cut]
    assert ids(client.export_rows()) == [one for one in "12345" for _ in range(3)]


@pytest.mark.parametrize("cuts", [[1], [2], [3, 1], [1, 2]])
def test_a_single_record_is_read_until_it_comes_the_same_twice(
    client: RedcapClient, visits: Visits, cuts: list[int]
) -> None:
    visits.cuts = cuts
    assert ids(client.export_rows(["4"])) == ["4"] * 3


def test_a_list_of_ids_that_was_cut_short_is_noticed(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    server.script = [answer_csv([{"record_id": "1"}])]
    assert client.record_ids() == list(project.rows)
    server.script = [answer_csv([{"record_id": str(one)}]) for one in range(6)]
    with pytest.raises(ServerError) as caught:
        client.record_ids()
    assert caught.value.code == "API-IDS"


def test_a_record_is_not_believed_deleted_because_the_list_is_short_too(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    short = [project.rows["1"] | {"record_id": "1", "one_complete": "2", "two_complete": ""}]
    server.script = [answer_csv(short), *[answer_csv([{"record_id": "1"}])] * 2]
    assert ids(client.export_rows(["1", "2"])) == ["1", "2"]


def test_ids_that_are_always_hashed_are_named_as_such(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    hashes = [f"{one:032x}" for one in range(3)]
    project.broken = lambda form: (
        None
        if form["content"] == "metadata"
        else answer_csv([] if asked(form, "records") else [{"record_id": one} for one in hashes])
    )
    with pytest.raises(ServerError) as caught:
        client.export_rows()
    assert caught.value.code == "API-UNASKED"


def test_a_request_that_lost_its_end_is_made_smaller(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    def cut(form: Form) -> Answer | None:
        # all of the records are behind the limit
        if len(asked(form, "records")) <= 60:
            return None
        return project._export({key: value for key, value in form.items() if not key.startswith("records[")})

    project.broken = cut
    assert ids(client.export_rows([str(one) for one in range(1, 101)])) == [str(one) for one in range(1, 101)]


def test_a_request_never_has_more_variables_than_php_reads(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.batch.now = client.batch.most = 5000
    project.rows |= {str(one): project.rows["1"] for one in range(251, 2001)}
    assert len(client.export_rows()) == 2000
    assert max(map(len, server.forms)) == 1000


def test_a_record_id_that_does_not_come_is_named(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    server.script = [answer_csv([{"age": "1"}])] * 3
    with pytest.raises(ServerError) as caught:
        client.record_ids()
    assert caught.value.code == "API-COLUMNS"


def test_an_import_of_access_groups_is_read_back_with_them(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    server.script = [Answer(status=504)]
    row = {"record_id": "1", "redcap_data_access_group": "north"}
    assert client.import_rows([row]) == 1
    assert sum("data" in form for form in server.forms) == 2
    assert server.forms[2]["exportDataAccessGroups"] == "true"


def test_an_import_answered_by_an_export_is_read_back(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    # a server that dropped the data of a request takes it for an export
    server.script = [answer_json([{"record_id": "1", "age": "1"}])]
    assert client.import_rows([{"record_id": "1", "age": "5"}]) == 1
    assert project.rows["1"]["age"] == "5"


def test_the_last_try_of_an_import_is_read_back_too(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    sent: list[Form] = []

    def broken(form: Form) -> Answer | None:
        if "data" in form:
            sent.append(form)
            project.save_before_breaking = len(sent) == 3
            return Answer(status=504)
        return None

    project.broken = broken
    assert client.import_rows([{"record_id": "1", "age": "5"}]) == 1
    assert len(sent) == 3


def test_an_import_that_cannot_be_read_back_is_unclear(
    client: RedcapClient, server: ScriptedServer, project: Records
) -> None:
    client.metadata()
    project.broken = lambda form: Answer(status=500)
    with pytest.raises(ServerError) as caught:
        client.import_rows([{"record_id": "1", "age": "5"}])
    assert caught.value.code == "API-UNCLEAR"
