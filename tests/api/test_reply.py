from __future__ import annotations

import json

import pytest

from redcap_licats.api.rejections import ImportRejected, parse_rejections
from redcap_licats.api.reply import Expected, Reply, check
from redcap_licats.errors import LicatsError, RetriableError, ServerError

PAGE = "<!DOCTYPE html>\n<html><body>Maintenance</body></html>"
MEMORY = "REDCap ran out of server memory. The request cannot be processed."
DATABASE = (
    "The hostname (db.example.org) / username (redcap) / password (xxxx) combination could not connect to MySQL."
)
NO_API = "You do not have permissions to use the API"


def code_of(status: int, body: str, expected: Expected, content_type: str = "application/json") -> str:
    try:
        check(Reply(status, content_type, body.encode()), expected, where="here")
    except LicatsError as error:
        assert error.where == "here"
        assert error.remedy
        return error.code
    return ""


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, f'{{"error":"{NO_API}"}}', "API-TOKEN"),
        (401, f'{{"error":"{NO_API}"}}', "API-TOKEN"),
        (
            403,
            f'<?xml version="1.0" encoding="UTF-8" ?><hash><error>{NO_API}</error></hash>',
            "API-TOKEN",
        ),
        (403, f"ERROR: {NO_API}", "API-TOKEN"),
        (403, '{"error":"You do not have API Import/Update privileges"}', "API-RIGHT-IMPORT"),
        (403, '{"error":"You do not have Delete Record privileges"}', "API-RIGHT-DELETE"),
        (403, '{"error":"You do not have Project Design/Setup privileges"}', "API-RIGHT"),
        (403, PAGE, "API-FORBIDDEN"),
        (400, '{"error":"The value of the parameter \\"content\\" is not valid"}', "API-REFUSED"),
        (400, PAGE, "API-STATUS"),
        (404, "<html><title>404 Not Found</title></html>", "API-NOT-FOUND"),
        (301, "", "API-REDIRECT"),
        (302, PAGE, "API-REDIRECT"),
        (501, "", "API-STATUS"),
    ],
)
def test_refusals_stop_the_run(status: int, body: str, code: str) -> None:
    with pytest.raises(ServerError) as caught:
        check(Reply(status, "text/html", body.encode()), Expected.JSON, where="here")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, PAGE, "API-HTML"),
        (200, "   \n" + PAGE, "API-HTML"),
        (200, "<br />\n<b>Warning</b>: something in PHP", "API-HTML"),
        (200, f'<b>Fatal error</b>: noise {{"error":"{MEMORY}"}}', "API-MEMORY"),
        (200, f'{{"error":"{MEMORY}"}}', "API-MEMORY"),
        (500, f'{{"error":"{MEMORY}"}}', "API-MEMORY"),
        (200, DATABASE, "API-DATABASE"),
        (200, "", "API-BROKEN"),
        (200, '[{"record_id":"1"', "API-BROKEN"),
        (500, "", "API-SERVER"),
        (503, PAGE, "API-SERVER"),
        (504, PAGE, "API-SERVER"),
        (429, "", "API-SERVER"),
    ],
)
def test_failures_that_may_pass_are_retriable(status: int, body: str, code: str) -> None:
    with pytest.raises(RetriableError) as caught:
        check(Reply(status, "application/json", body.encode()), Expected.JSON, where="here")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("body", "expected", "content_type"),
    [
        ("[]", Expected.JSON, "application/json"),
        ('{"count": 3}', Expected.JSON, "text/html; charset=UTF-8"),
        ("\ufeff[]", Expected.JSON, "application/json"),
        ("3", Expected.JSON, "application/json"),
        ("record_id\n1\n", Expected.CSV, "text/csv; charset=utf-8"),
        ("", Expected.CSV, "text/csv; charset=utf-8"),
        ("<?xml version='1.0' ?><records></records>", Expected.XML, "text/xml"),
        ("15.2.1", Expected.TEXT, "text/html"),
        ("", Expected.NOTHING, "text/html"),
        ("<error>is part of the file</error>", Expected.FILE, 'text/plain; name="a.txt";charset=UTF-8'),
        (f'[{{"note":"the log says: {MEMORY}"}}]', Expected.JSON, "application/json"),
    ],
)
def test_good_answers_pass(body: str, expected: Expected, content_type: str) -> None:
    check(Reply(200, content_type, body.encode()), expected, where="here")


@pytest.mark.parametrize("expected", [one for one in Expected if one is not Expected.FILE])
def test_no_kind_of_answer_can_be_a_page_or_an_error(expected: Expected) -> None:
    assert code_of(200, PAGE, expected) == "API-HTML"
    assert code_of(200, f"ERROR: {NO_API}", expected) == "API-TOKEN"


def test_a_file_needs_its_name() -> None:
    assert code_of(200, "abc", Expected.FILE, "application/octet-stream") == "API-BROKEN"
    assert code_of(200, f'{{"error":"{NO_API}"}}', Expected.FILE) == "API-TOKEN"


def test_a_binary_type_is_no_json() -> None:
    assert code_of(200, "[]", Expected.JSON, "application/pdf") == "API-BROKEN"


BLOCK = (
    '"1","maristat","01234","The value is not a valid category for maristat"\n'
    '"2","weight_kg","22","The value you provided could not be validated."'
)


def test_value_errors_name_record_field_and_message_but_not_the_value() -> None:
    body = json.dumps({"error": BLOCK})
    with pytest.raises(ImportRejected) as caught:
        check(Reply(400, "application/json", body.encode()), Expected.JSON, where="here")
    error = caught.value
    assert [(one.record, one.field) for one in error.rejections] == [("1", "maristat"), ("2", "weight_kg")]
    assert error.of("2")[0].message.startswith("The value you provided")
    assert "01234" not in str(error) + repr(error.rejections)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"7","x","The value is refused"', [("7", "x", "The value is refused")]),
        ('"7","x","secret","\'secret\' is refused"', [("7", "x", "'…' is refused")]),
        ('"7","x","a, b","two\nlines"', [("7", "x", "two\nlines")]),
        ("The following fields were not found in the project as real data fields: foo, baz", []),
        ("a,b,c,d", []),
        ('"7","x"', []),
        ("", []),
    ],
)
def test_only_blocks_of_three_or_four_quoted_columns_are_value_errors(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [(one.record, one.field, one.message) for one in parse_rejections(text)] == expected


def test_locked_records_are_told_apart() -> None:
    (one,) = parse_rejections('"7","x","1","This record has been locked at the record level."')
    assert one.locked


BANNED = "<html><body>Your IP address has been banned.</body></html>"


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("expected", [Expected.JSON, Expected.CSV, Expected.XML, Expected.TEXT])
def test_a_ban_stops_the_run_at_once(status: int, expected: Expected) -> None:
    with pytest.raises(ServerError) as caught:
        check(Reply(status, "text/html", BANNED.encode()), expected, where="here")
    assert caught.value.code == "API-BANNED"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f'PHP Fatal error {{"error":"{MEMORY}"}}', "API-MEMORY"),
        (f'<br />\n<b>Fatal error</b>{{"error":"{MEMORY}"}}', "API-MEMORY"),
        (DATABASE, "API-DATABASE"),
        ('[{"record_id":"1"}]', "API-BROKEN"),
        (f'record_id,note\n1,"the log says: {MEMORY}"\n', ""),
    ],
)
def test_noise_is_no_table(body: str, code: str) -> None:
    assert code_of(200, body, Expected.CSV) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('"7","x","s3cret","s3cret is not valid (s3cret)"', "API-VALUE"),
        ('"7","x","s3cret is "quoted"","odd"', "API-REFUSED"),
        ('"7","x","s3cret', "API-REFUSED"),
    ],
)
def test_refused_values_stay_out_of_messages(body: str, code: str) -> None:
    with pytest.raises(LicatsError) as caught:
        check(Reply(400, "application/json", json.dumps({"error": body}).encode()), Expected.JSON, where="here")
    assert caught.value.code == code
    assert "s3cret" not in str(caught.value) + repr(caught.value.args)


def test_json_without_an_error_key_is_no_envelope() -> None:
    assert Reply(200, "", b'{"count": 1}').error is None
    assert Reply(200, "", b'[{"error": "a variable of this name"}]').error is None
