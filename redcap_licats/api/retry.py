"""Try a call again while trying again can help."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from redcap_licats.errors import RetriableError, ServerError

Result = TypeVar("Result")

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and after which pauses a call is tried again.

    Attributes:
        attempts: Tries in all.
        first, longest: Seconds of the first pause, doubled each time, and the longest.
        sleep, jitter: Seams for tests; ``jitter`` gives a number from 0 to 1.
    """

    attempts: int = 5
    first: float = 1.0
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def pause(self, failures: int, code: str = "") -> None:
        """Wait after so many failures in a row: exponential, spread over half the time against herds.

        The error's code goes into the log.
        """
        seconds = min(self.longest, self.first * 2.0 ** (failures - 1)) * (0.5 + self.jitter() / 2)
        facts = {"error": code, "failures": failures, "pause_seconds": round(seconds, 1)}
        _LOG.info("request failed, tried again", extra={"facts": facts})
        self.sleep(seconds)

    def call(self, function: Callable[[], Result]) -> Result:
        """Call a function whose repetition does no harm until it succeeds.

        Raises:
            ServerError: It still failed at the last attempt.
        """
        for failures in range(1, self.attempts + 1):
            try:
                return function()
            except RetriableError as error:
                if failures == self.attempts:
                    raise given_up(error, failures) from error
                self.pause(failures, error.code)
        raise AssertionError("attempts must be at least 1")


def given_up(error: RetriableError, attempts: int) -> ServerError:
    """Turn an error that would not pass into the one that stops the run."""
    return ServerError(
        error.code, f"{error.message} (tried {attempts} times)", where=error.where, remedy=error.remedy
    )
