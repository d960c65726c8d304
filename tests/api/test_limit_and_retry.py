from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.api.limit import Limiter, limiter_for
from redcap_licats.api.retry import Retry
from redcap_licats.errors import RetriableError, ServerError


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
    limiter = Limiter(per_minute, clock=time.clock, sleep=time.sleep)
    made = []
    for gap in gaps:
        time.now += gap
        limiter.wait()
        made.append(time.now)
    for start in made:
        # the tiny margin is the rounding of sums of floats
        within = [one for one in made if start <= one < start + 60 - 1e-6]
        assert len(within) <= per_minute


def test_without_a_limit_nobody_waits() -> None:
    time = Time()
    limiter = Limiter(0, clock=time.clock, sleep=time.sleep)
    assert [limiter.wait() for _ in range(1000)] == [0.0] * 1000


def test_a_server_has_one_limiter_and_the_lowest_limit_counts() -> None:
    first = limiter_for("one.example.org", 120)
    assert limiter_for("one.example.org", 120) is first
    assert limiter_for("one.example.org", 600) is first
    lower = limiter_for("one.example.org", 60)
    assert lower.per_minute == 60
    assert limiter_for("one.example.org", 120) is lower
    assert limiter_for("two.example.org", 120) is not first


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
