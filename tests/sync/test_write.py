from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from study import RUN, subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.api.rejections import ImportRejected, Rejection
from redcap_licats.definition.model import DataDictionary
from redcap_licats.journal.journal import Journal
from redcap_licats.journal.model import NOT_KEPT, Change
from redcap_licats.protocol import load_protocol
from redcap_licats.sync.held import Home
from redcap_licats.sync.write import Writer


def change(record: str, field: str, new: str, *, old: str = "", instance: int = 1) -> Change:
    form = "licats_summary" if field.startswith("sum_") else "licats_result"
    return Change(record, "", form, instance, field, old, new, "rule")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(str(tmp_path)) as journal:
        journal.start(RUN)
        yield journal


@pytest.fixture
def writer(client: RedcapClient, journal: Journal) -> Writer:
    client.import_rows([row for record in ("1", "2", "3") for row in subject(record)])
    return Writer(client, journal, RUN.run_id, homes(client.dictionary), id_field="record_id")


def homes(dictionary: DataDictionary) -> dict[str, Home]:
    worker = {name: one for name, one in load_protocol().instruments.items() if one.writer == "worker"}
    return {name: Home.of(name, dictionary, repeats=one.repeats) for name, one in worker.items()}


def cells(client: RedcapClient, record: str, *fields: str) -> list[str]:
    rows = client.export_rows([record], fields=fields)
    return [next((row[field] for row in rows if row[field]), "") for field in fields]


def test_cells_are_written_where_they_belong_and_journalled(
    client: RedcapClient, journal: Journal, writer: Writer
) -> None:
    writer.write([change("1", "res_grade_d", "2", instance=4), change("1", "sum_n_d", "1")])
    (row,) = [one for one in client.export_rows(["1"]) if one["redcap_repeat_instrument"] == "licats_result"]
    assert (row["redcap_repeat_instance"], row["res_grade_d"]) == ("4", "2")
    assert cells(client, "1", "sum_n_d") == ["1"]
    assert writer.cells == 2
    assert [(one.change.field, one.written) for one in journal.changes_of_run(RUN.run_id)] == [
        ("res_grade_d", True),
        ("sum_n_d", True),
    ]


def test_clearing_a_cell_touches_no_other(client: RedcapClient, writer: Writer) -> None:
    writer.write(
        [
            change("1", "res_grade_d", "2"),
            change("1", "res_flags_d", "A"),
            change("2", "res_flags_d", "B"),
            change("1", "sum_n_d", "1"),
        ]
    )
    writer.write([change("1", "res_flags_d", "", old="A"), change("2", "sum_grade_d", "")])
    assert cells(client, "1", "res_grade_d", "res_flags_d", "sum_n_d") == ["2", "", "1"]
    assert cells(client, "2", "res_flags_d", "enr_age") == ["B", "34"]


def test_a_refused_value_costs_its_record_and_no_other(
    client: RedcapClient, journal: Journal, writer: Writer
) -> None:
    writer.write([change(one, "res_onset_d", "2026-01-20") for one in "13"] + [change("2", "res_onset_d", "soon")])
    assert [cells(client, one, "res_onset_d") for one in "123"] == [["2026-01-20"], [""], ["2026-01-20"]]
    assert writer.cells == 2
    assert list(writer.refused) == ["2"]
    assert writer.refused["2"][0].field == "res_onset_d"
    assert {one.change.record for one in journal.changes_of_run(RUN.run_id)} == {"1", "3"}


def test_a_refused_record_is_not_cleared_either(client: RedcapClient, writer: Writer) -> None:
    writer.write([change("1", "res_flags_d", "A")])
    writer.write([change("1", "res_onset_d", "soon"), change("1", "res_flags_d", "", old="A")])
    assert cells(client, "1", "res_flags_d") == ["A"]


def test_nothing_to_write_is_no_request(client: RedcapClient, writer: Writer) -> None:
    before = client.requests
    writer.write([])
    assert client.requests == before


class _Picky:
    """A REDCap that refuses requests with certain records, and may not say because of which.

    Keeps every request that it took.
    """

    def __init__(self, refused: set[str], *, names: bool) -> None:
        self._refused = refused
        self._names = names
        self.requests = 0
        self.taken: list[str] = []

    def update_rows(self, rows: Sequence[Mapping[str, str]], *, overwrite: bool, batch: int) -> int:
        self.requests += 1
        bad = [row["record_id"] for row in rows if row["record_id"] in self._refused]
        if bad:
            named = bad[:1] if self._names else ["somebody"]
            raise ImportRejected([Rejection(one, "res_grade_d", "not valid") for one in named])
        self.taken += [row["record_id"] for row in rows]
        return len(rows)


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize(
    "refused", [set(), {"0"}, {"149"}, {"3", "4", "77"}, {str(number) for number in range(150)}]
)
def test_the_records_that_redcap_refuses_are_found_and_all_others_saved_once(
    journal: Journal, refused: set[str], names: bool
) -> None:
    picky = _Picky(refused, names=names)
    home = {"licats_result": Home("licats_result", frozenset({"res_grade_d"}), repeats=True)}
    writer = Writer(picky, journal, RUN.run_id, home, id_field="record_id")  # type: ignore[arg-type]
    records = [str(number) for number in range(150)]
    writer.write([change(one, "res_grade_d", "2") for one in records])
    assert sorted(picky.taken) == sorted(set(records) - refused)
    assert set(writer.refused) == refused
    assert writer.cells == len(picky.taken)
    assert {one.change.record for one in journal.changes_of_run(RUN.run_id)} == set(picky.taken)
    if len(refused) == 1 and not names:
        assert picky.requests <= 2 + 2 * 7


def test_what_repeats_an_entered_value_is_not_kept_in_the_journal(journal: Journal) -> None:
    home = {"licats_query": Home("licats_query", frozenset(), repeats=True)}
    writer = Writer(_Picky(set(), names=True), journal, RUN.run_id, home, id_field="record_id")  # type: ignore[arg-type]
    cells = {"qry_value_d": "secret", "qry_text_d": "secret too", "qry_state_d": "open"}
    writer.write([Change("1", "", "licats_query", 1, field, "", value, "DT01") for field, value in cells.items()])
    kept = {one.change.field: (one.change.old, one.change.new) for one in journal.changes_of_run(RUN.run_id)}
    assert kept == {"qry_value_d": ("", NOT_KEPT), "qry_text_d": ("", NOT_KEPT), "qry_state_d": ("", "open")}
