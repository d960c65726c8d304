"""How much is taken in a second: of those who know the secret together, and of every stranger."""

from __future__ import annotations

from collections import OrderedDict

#: refused requests of one address that are answered properly, and how many addresses are remembered
_STRANGER_RATE, _STRANGER_BURST, _ADDRESSES = 1.0, 20.0, 1000


class Bucket:
    """A bucket that fills at a steady rate and may be emptied at once.

    Args:
        rate: Per second.
        burst: What it holds.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level, self._at = burst, float("-inf")

    def take(self, at: float) -> bool:
        """Take one; False if there is none."""
        if self._at != float("-inf"):
            self._level = min(self._burst, self._level + (at - self._at) * self._rate)
        self._at = at
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Strangers:
    """A bucket for every address of late that has no valid secret."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str, at: float) -> bool:
        """Whether an address may be refused properly once more."""
        bucket = self._buckets.pop(address, None) or Bucket(_STRANGER_RATE, _STRANGER_BURST)
        self._buckets[address] = bucket
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket.take(at)
