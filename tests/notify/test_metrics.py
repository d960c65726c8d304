from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from told_runs import FUSE, STARTED, outcome

from redcap_licats.notify.metrics import METRICS, write_metrics

ENDED = f"{STARTED.timestamp() + 2.5:.3f}"


def samples(path: Path) -> dict[str, str]:
    """Read the text format strictly: help, type, then samples of that metric only."""
    found: dict[str, str] = {}
    metric = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# HELP "):
            metric = line.split()[2]
            continue
        if line.startswith("# TYPE "):
            assert line == f"# TYPE {metric} gauge"
            continue
        match = re.fullmatch(r'([a-z_]+\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\}) ([0-9.]+)', line)
        assert match, line
        assert match[1].startswith(f"{metric}{{")
        assert match[1] not in found
        found[match[1]] = match[2]
    return found


def test_a_run_as_metrics(tmp_path: Path) -> None:
    path = tmp_path / "licats.prom"
    write_metrics(path, [outcome(cells_written=5, frozen=1)], projects=["tokyo"])
    found = samples(path)
    assert found['licats_last_run_exit_code{project="tokyo"}'] == "0"
    assert found['licats_last_run_timestamp_seconds{project="tokyo"}'] == ENDED
    assert found['licats_last_success_timestamp_seconds{project="tokyo"}'] == ENDED
    assert found['licats_cells_written{project="tokyo"}'] == "5"
    assert found['licats_records_frozen{project="tokyo"}'] == "1"
    assert found['licats_queries{project="tokyo",state="open"}'] == "7"
    assert found['licats_query_steps{project="tokyo",step="opened"}'] == "2"
    assert found['licats_protocol_info{project="tokyo",version="1.0",hash="abc"}'] == "1"
    assert {key.partition("{")[0] for key in found} == set(METRICS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_keeps_the_time_of_the_last_success(tmp_path: Path) -> None:
    path = tmp_path / "licats.prom"
    write_metrics(path, [outcome()], projects=["tokyo"])
    later = replace(outcome(error=FUSE), seconds=100.0, protocol_version='2 "b"\\\n')
    write_metrics(path, [later], projects=["tokyo"])
    found = samples(path)
    assert found['licats_last_run_exit_code{project="tokyo"}'] == "4"
    assert found['licats_last_success_timestamp_seconds{project="tokyo"}'] == ENDED
    assert found['licats_last_run_timestamp_seconds{project="tokyo"}'] != ENDED
    infos = [key for key in found if key.startswith("licats_protocol_info")]
    assert infos == ['licats_protocol_info{project="tokyo",version="2 \\"b\\"\\\\\\n",hash="abc"}']
    write_metrics(path, [outcome("osaka")], projects=["tokyo", "osaka"])
    assert infos[0] in samples(path)


def test_projects_that_did_not_run_stay_and_unknown_ones_go(tmp_path: Path) -> None:
    path = tmp_path / "licats.prom"
    path.write_text("garbage\nnode_load1 3\n")
    write_metrics(path, [outcome("tokyo"), outcome("osaka")], projects=["tokyo", "osaka"])
    write_metrics(path, [outcome("osaka", exit=1)], projects=["osaka", "tokyo"])
    found = samples(path)
    assert found['licats_last_run_exit_code{project="tokyo"}'] == "0"
    assert found['licats_last_run_exit_code{project="osaka"}'] == "1"
    write_metrics(path, [outcome("osaka")], projects=["osaka"])
    assert not any("tokyo" in key for key in samples(path))


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write_metrics(tmp_path / "none" / "licats.prom", [outcome()], projects=["tokyo"])
    path = tmp_path / "folder.prom"
    path.mkdir()
    with pytest.raises(OSError):
        write_metrics(path, [outcome()], projects=["tokyo"])
    assert list(tmp_path.iterdir()) == [path]
