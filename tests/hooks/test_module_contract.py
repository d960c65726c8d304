"""The worker's client speaks with the module over HTTP: both sides hold to the same contract."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from small_redcap import OTHER_TOKEN, SmallRedcap

from redcap_licats.api.threads import Asked, Asking, Closing, Outcome, Question, Spot
from redcap_licats.errors import ServerError

FINISHED = dt.datetime(2026, 1, 15, 7, 0, tzinfo=dt.UTC)
SPOT = Spot("1", "", "licats_kidney", 2, "kidney_onset")
FIRST = Question("a" * 16, "DT01", "1" * 16, "Onset lies before infusion. 発現日を確認してください。")
SECOND = Question("0" * 16, "DT02", "2" * 16, "End lies before onset.")


def test_changes_are_listed_until_they_are_acknowledged(redcap: SmallRedcap) -> None:
    redcap.save("1", "licats_kidney", 2)
    redcap.save("01", "labs")
    redcap.save("1", "licats_result")
    with redcap.client() as client:
        listed = client.module.changes()
        assert [(one.record, one.form, one.event, one.instance, one.reason) for one in listed.changes] == [
            ("1", "licats_kidney", "", 2, "save"),
            ("01", "labs", "", 1, "save"),
        ]
        assert client.module.changes() == listed
        assert client.module.acknowledge([listed.changes[0].id]) == 1
        assert client.module.acknowledge([listed.changes[0].id]) == 0
        left = client.module.changes()
        assert [one.record for one in left.changes] == ["01"]
        assert left.waiting == 1


def test_a_heartbeat_stands_on_the_form(redcap: SmallRedcap) -> None:
    assert "No finished run reported yet" in redcap.do("banner")
    with redcap.client() as client:
        received = client.module.heartbeat("run-1", FINISHED, "0.1.0", "ab" * 32)
    assert received.tzinfo is not None
    assert "Computed at 2026-01-15 07:00" in json.loads(redcap.do("banner"))


def test_two_queries_share_a_thread_and_are_closed_together(redcap: SmallRedcap) -> None:
    with redcap.client() as client:
        module = client.module
        assert module.ask([Asking(SPOT, (FIRST,))]) == (Outcome("opened", ""),)
        assert module.ask([Asking(SPOT, (FIRST, SECOND))]) == (Outcome("added", ""),)
        assert module.ask([Asking(SPOT, (SECOND, FIRST))]) == (Outcome("unchanged", ""),)
        (thread,) = module.threads(["1", "2"])
        assert (thread.spot, thread.status) == (SPOT, "OPEN")
        assert [step.asks for step in thread.steps] == [
            (Asked(FIRST.id, FIRST.fingerprint),),
            (Asked(FIRST.id, FIRST.fingerprint), Asked(SECOND.id, SECOND.fingerprint)),
        ]
        assert module.close([Closing(SPOT, "agree"), Closing(SPOT, "off")]) == (
            Outcome("closed", ""),
            Outcome("unchanged", ""),
        )


def test_every_item_has_an_outcome_of_its_own(redcap: SmallRedcap) -> None:
    spots = [
        SPOT,
        Spot("99", "", "licats_kidney", 1, "kidney_onset"),
        Spot("1", "", "licats_kidney", 1, "nothing"),
    ]
    with redcap.client() as client:
        outcomes = client.module.ask([Asking(spot, (FIRST,)) for spot in spots])
    assert outcomes == (Outcome("opened", ""), Outcome("refused", "record"), Outcome("refused", "field"))


def test_more_than_a_batch_is_sent_in_pieces(redcap: SmallRedcap) -> None:
    with redcap.client() as client:
        asked = [Asking(Spot("1", "", "labs", number, "lab_date"), (FIRST,)) for number in range(1, 206)]
        assert client.module.ask(asked) == (Outcome("opened", ""),) * 205
        assert client.requests == 2
        assert len(client.module.threads(["1"])) == 205


def test_what_a_person_answered_is_left_and_read(redcap: SmallRedcap) -> None:
    with redcap.client() as client:
        client.module.ask([Asking(SPOT, (FIRST,))])
        redcap.do(
            "sql",
            [
                "insert into redcap_data_quality_resolutions (status_id, ts, user_id, response, comment,"
                " current_query_status) values (1, '2027-01-15 09:00:00', 2, 'CONFIRMED_CORRECT', 'はい', 'OPEN')"
            ],
        )
        assert client.module.close([Closing(SPOT, "agree")]) == (Outcome("left", "answered"),)
        (thread,) = client.module.threads(["1"])
        step = thread.steps[-1]
        assert (step.user, step.response, step.comment, step.ours) == (
            "coordinator",
            "CONFIRMED_CORRECT",
            "はい",
            False,
        )
        assert step.at == dt.datetime(2027, 1, 15, 9)  # noqa: DTZ001 - the server's wall clock


def test_another_user_is_refused_with_a_remedy(redcap: SmallRedcap) -> None:
    with redcap.client(OTHER_TOKEN) as client, pytest.raises(ServerError) as caught:
        client.module.changes()
    assert caught.value.code == "MODULE-USER"
    assert "module's settings" in caught.value.remedy


def test_the_workflow_switched_off_is_named(redcap: SmallRedcap) -> None:
    redcap.do("new", {})
    with redcap.client() as client, pytest.raises(ServerError) as caught:
        client.module.threads(["1"])
    assert caught.value.code == "MODULE-DRW-OFF"
    assert "answer_in" in caught.value.remedy


def test_tables_that_are_not_as_expected_stop_the_call(redcap: SmallRedcap) -> None:
    redcap.do("sql", ["alter table redcap_data_quality_status drop column query_status"])
    with redcap.client() as client, pytest.raises(ServerError, match="query_status") as caught:
        client.module.ask([Asking(SPOT, (FIRST,))])
    assert caught.value.code == "MODULE-DRW"


def test_a_server_without_the_module_is_named(redcap: SmallRedcap) -> None:
    with redcap.client() as client, pytest.raises(ServerError) as caught:
        type(client.module)(client._transport, client.retry, "another").changes()
    assert caught.value.code == "MODULE-ABSENT"
    assert "licats_hooks" in caught.value.remedy


def test_a_fault_is_tried_again(redcap: SmallRedcap) -> None:
    redcap.do("new", {"broken": ["countLogs"]})
    with redcap.client(attempts=3) as client:
        with pytest.raises(ServerError, match="tried 3 times"):
            client.module.changes()
        assert client.requests == 3
