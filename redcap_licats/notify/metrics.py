"""The last run of every project as metrics, for the textfile collector of Prometheus' node exporter."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from redcap_licats.notify.model import Outcome

#: name and help of every metric, in the file's order; all are gauges
METRICS: Mapping[str, str] = {
    "licats_last_run_timestamp_seconds": "When the last run ended.",
    "licats_last_success_timestamp_seconds": "When the last run ended that left nothing out.",
    "licats_last_run_exit_code": "Exit code of the last run: 0 done, 1 records left out, 2 to 4 stopped.",
    "licats_last_run_duration_seconds": "How long the last run took.",
    "licats_last_run_requests": "Requests of the last run.",
    "licats_records_read": "Records that the last run read.",
    "licats_records_left_out": "Records that the last run left out.",
    "licats_records_frozen": "Records that are locked as a whole.",
    "licats_cells_written": "Cells that the last run wrote.",
    "licats_queries": "Queries by state after the last run.",
    "licats_query_steps": "Steps of queries in the last run.",
    "licats_protocol_info": "The protocol of the last run.",
}
_SUCCESS = "licats_last_success_timestamp_seconds"
_STATES = ("open", "held")
_SAMPLE = re.compile(r'^(?P<name>licats_\w+)(?P<labels>\{project="(?P<project>[^"]*)".*\}) (?P<value>\S+)$')
#: the collector runs as another user
_MODE = 0o644

#: name and labels -> value
_Samples = dict[tuple[str, str], str]


def write_metrics(path: Path, outcomes: Sequence[Outcome], *, projects: Collection[str]) -> None:
    """Write the metrics of the projects that ran; those of others stay, the file is replaced whole.

    Args:
        path: The file, ending in ``.prom`` for the collector to see it.
        outcomes: How the runs ended.
        projects: Projects of the configuration; metrics of others are dropped.

    Raises:
        OSError: The file cannot be written; the one that was there is still there.
    """
    ran = {one.project for one in outcomes}
    with _alone(path.parent):
        samples = {
            (name, labels): value
            for (project, name, labels), value in _read(path).items()
            if project in projects and (project not in ran or name == _SUCCESS)
        }
        for one in outcomes:
            samples |= _samples(one)
        _replace(path, _text(samples))


def _read(path: Path) -> dict[tuple[str, str, str], str]:
    """Read what is there: project, name, labels -> value. What is not ours is dropped."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = (match for line in lines if (match := _SAMPLE.match(line)))
    return {(one["project"], one["name"], one["labels"]): one["value"] for one in found if one["name"] in METRICS}


def _samples(outcome: Outcome) -> _Samples:
    ended = outcome.started.timestamp() + outcome.seconds
    plain: dict[str, float] = {
        "licats_last_run_timestamp_seconds": ended,
        "licats_last_run_exit_code": outcome.exit,
        "licats_last_run_duration_seconds": outcome.seconds,
        "licats_last_run_requests": outcome.requests,
        "licats_records_read": outcome.records_read,
        "licats_records_left_out": outcome.left_out,
        "licats_records_frozen": outcome.frozen,
        "licats_cells_written": outcome.cells_written,
        **({_SUCCESS: ended} if outcome.exit == 0 else {}),
    }
    samples = {(name, _labels(outcome)): _number(value) for name, value in plain.items()}
    for name, count in outcome.queries.items():
        metric, label = ("licats_queries", "state") if name in _STATES else ("licats_query_steps", "step")
        samples[metric, _labels(outcome, **{label: name})] = str(count)
    info = _labels(outcome, version=outcome.protocol_version, hash=outcome.protocol_hash)
    return samples | {("licats_protocol_info", info): "1"}


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _labels(outcome: Outcome, **more: str) -> str:
    pairs = {"project": outcome.project, **more}
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def exposition(outcomes: Sequence[Outcome]) -> str:
    """Give the metrics of runs as Prometheus reads them."""
    return _text({name: value for one in outcomes for name, value in _samples(one).items()})


def _text(samples: _Samples) -> str:
    lines = []
    for name, text in METRICS.items():
        mine = sorted((labels, value) for (metric, labels), value in samples.items() if metric == name)
        if mine:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
            lines += [f"{name}{labels} {value}" for labels, value in mine]
    return "\n".join([*lines, ""])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other run change the file between reading and replacing it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    # the collector reads *.prom only, so it never sees the draft
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).chmod(_MODE)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
