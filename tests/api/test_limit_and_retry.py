from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.api.limit import Limiter, limiter_for
from redcap_licats.api.retry import Retry
from redcap_licats.errors import ConfigError, RetriableError, ServerError


class Time:
    """A clock that only moves when somebody sleeps or waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(
    per_minute=st.integers(1, 300),
    gaps=st.lists(st.floats(0, 40, allow_nan=False), min_size=1, max_size=400),
)
def test_no_minute_sees_more_requests_than_allowed(per_minute: int, gaps: list[float]) -> None:
    time = Time()
    made = []
    with tempfile.TemporaryDirectory() as folder:
        limiter = Limiter(per_minute, Path(folder) / "limit", clock=time.clock, sleep=time.sleep)
        for gap in gaps:
            time.now += gap
            limiter.wait()
            made.append(time.now)
    for start in made:
        # the margin is the rounding of sums of floats and of the number in the file
        within = [one for one in made if start <= one < start + 60 - 1e-3]
        assert len(within) <= per_minute


def test_without_a_limit_nobody_waits() -> None:
    time = Time()
    limiter = Limiter(0, clock=time.clock, sleep=time.sleep)
    assert [limiter.wait() for _ in range(1000)] == [0.0] * 1000


#: a run in a process of its own; its clock stands still, and it sums up what it would have slept
RUN = """
import sys
from pathlib import Path
from redcap_licats.api.limit import Limiter
pauses = []
limiter = Limiter(120, Path(sys.argv[1]), clock=lambda: 1e9, sleep=pauses.append)
for _ in range(40):
    limiter.wait()
print(max(pauses, default=0.0))
"""


def test_processes_share_one_bucket(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", RUN, str(tmp_path / "limits" / "server")]
    runs = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    longest = max(float(run.communicate()[0]) for run in runs)
    # of 120 requests 20 pass at once, the others at the pace of 100 in a minute, whoever makes them
    assert longest == pytest.approx((3 * 40 - 20) * 60 / 100)


def test_threads_share_one_bucket(tmp_path: Path) -> None:
    pauses: list[float] = []

    def run() -> None:
        limiter = Limiter(60, tmp_path / "limit", clock=lambda: 1e9, sleep=pauses.append)
        for _ in range(10):
            limiter.wait()

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(run)
    assert max(pauses) == pytest.approx((40 - 10) * 60 / 50)


def test_the_bucket_of_a_server_is_one_file_for_all_its_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert limiter_for("one.example.org", 1).wait() == 0.0
    limiter_for("two.example.org:8443", 1).wait()
    limiter_for("[::1]:80", 1).wait()
    files = sorted(path.name for path in (tmp_path / "licats" / "limits").iterdir())
    assert files == ["___1__80", "one.example.org", "two.example.org_8443"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (tmp_path / "licats" / "limits").iterdir())


def test_a_clock_set_back_stops_nobody(tmp_path: Path) -> None:
    time = Time()
    time.now = 1e9
    limiter = Limiter(60, tmp_path / "limit", clock=time.clock, sleep=time.sleep)
    limiter.wait()
    time.now -= 86_400
    assert limiter.wait() == 0.0


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "limits").write_text("a file where the folder should be")
    with pytest.raises(ConfigError) as caught:
        Limiter(60, tmp_path / "limits" / "server").wait()
    assert caught.value.code == "LIMIT-STATE"


def test_pauses_double_up_to_the_longest() -> None:
    pauses: list[float] = []
    retry = Retry(first=1.0, longest=5.0, sleep=pauses.append, jitter=lambda: 1.0)
    for failures in range(1, 6):
        retry.pause(failures)
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_jitter_takes_up_to_half_of_a_pause() -> None:
    pauses: list[float] = []
    Retry(first=8.0, sleep=pauses.append, jitter=lambda: 0.0).pause(1)
    assert pauses == [4.0]


def test_a_call_is_given_up_with_its_reason() -> None:
    pauses: list[float] = []

    def fail() -> None:
        raise RetriableError("API-SERVER", "The server failed", where="there", remedy="wait")

    with pytest.raises(ServerError) as caught:
        Retry(attempts=3, sleep=pauses.append).call(fail)
    assert caught.value.as_dict() == {
        "code": "API-SERVER",
        "message": "The server failed (tried 3 times)",
        "where": "there",
        "remedy": "wait",
    }
    assert len(pauses) == 2


def test_a_refusal_is_not_tried_again() -> None:
    calls: list[int] = []

    def refuse() -> None:
        calls.append(1)
        raise ServerError("API-TOKEN", "no")

    with pytest.raises(ServerError):
        Retry(sleep=lambda seconds: None).call(refuse)
    assert calls == [1]


def test_what_is_tried_again_is_logged_by_its_code(caplog: pytest.LogCaptureFixture) -> None:
    attempts = iter([RetriableError("API-SERVER", "The server failed"), None])

    def call() -> str:
        if error := next(attempts):
            raise error
        return "done"

    with caplog.at_level("INFO", "redcap_licats.api"):
        assert Retry(sleep=lambda _: None, jitter=lambda: 1.0).call(call) == "done"
    (line,) = caplog.records
    assert line.facts == {"error": "API-SERVER", "failures": 1, "pause_seconds": 1.0}
