from __future__ import annotations

import datetime as dt
import json
import logging
import stat
from pathlib import Path

import pytest
from told_runs import FUSE, outcome

from redcap_licats.errors import ConfigError
from redcap_licats.notify.log import ROOT, json_log, log_begin, log_outcome


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_line_is_one_json_object(tmp_path: Path) -> None:
    path = tmp_path / "licats.log"
    with json_log(path):
        log_begin(["tokyo"])
        log_outcome(outcome())
        log_outcome(outcome(exit=1, left_out=2))
        log_outcome(outcome(error=FUSE))
    begin, good, left, bad = lines(path)
    assert (begin["event"], begin["projects"]) == ("run begins", ["tokyo"])
    assert dt.datetime.fromisoformat(str(begin["time"])).utcoffset() == dt.timedelta()
    assert (good["level"], good["exit"], good["error"], good["cells_written"]) == ("info", 0, None, 0)
    assert (left["level"], left["records_left_out"]) == ("warning", 2)
    assert (bad["level"], bad["exit"], bad["error"], bad["run_id"]) == ("error", 4, "GUARD-FUSE", "tokyo-run")
    assert good["queries"] == dict(outcome().queries)


def test_lines_are_added_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "licats.log"
    for _ in range(2):
        with json_log(path):
            log_begin([])
    assert len(lines(path)) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_that_was_rotated_away_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "licats.log"
    with json_log(path):
        log_begin(["a\nb"])
        path.rename(tmp_path / "licats.log.1")
        log_begin(["second"])
    assert lines(tmp_path / "licats.log.1")[0]["projects"] == ["a\nb"]
    assert lines(path)[0]["projects"] == ["second"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_file_and_after_the_block_nothing_is_logged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = ROOT.handlers[:]
    with json_log(None):
        log_outcome(outcome(error=FUSE))
    with json_log(tmp_path / "licats.log"):
        assert ROOT.level == logging.INFO
    log_outcome(outcome(error=FUSE))
    assert (ROOT.handlers, ROOT.level) == (before, logging.NOTSET)
    assert capfd.readouterr() == ("", "")
    assert lines(tmp_path / "licats.log") == []


def test_a_log_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught, json_log(tmp_path / "none" / "licats.log"):
        pass
    assert caught.value.code == "LOG-OPEN"
    assert "none" in caught.value.where


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full on this system")
def test_a_full_disk_is_said_in_one_line_and_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with json_log(Path("/dev/full")):
        log_begin([])
        log_begin([])
    assert capsys.readouterr().err == "The log cannot be written: No space left on device (/dev/full)\n"
