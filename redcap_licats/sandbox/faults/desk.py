"""Which request gets which fault: those ordered one by one, then those drawn at a rate."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from redcap_licats.errors import ConfigError
from redcap_licats.sandbox.faults.exchange import Conditions, Exchange
from redcap_licats.sandbox.faults.table import BY_RATE, FAULTS, Fault

_MINUTE = 60.0


def _known(name: str) -> str:
    if name not in FAULTS:
        raise ValueError(f"there is no fault '{name}'; there are {', '.join(FAULTS)}")
    return name


Name = Annotated[str, AfterValidator(_known)]


@dataclass(frozen=True, slots=True)
class Rate:
    """Let a share of the requests go wrong, the same ones again for the same seed and requests.

    Attributes:
        rate: Share, from 0 to 1.
        names: Faults to draw from, each as likely as the others where it makes sense.
        per_minute: Requests in a minute above which the API bans everybody; 0 never does.
    """

    rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    seed: int = 1
    names: tuple[Name, ...] = BY_RATE
    slow_seconds: Annotated[float, Field(ge=0)] = 2.0
    skew_seconds: float = 3600.0
    per_minute: Annotated[int, Field(ge=0)] = 0


def read_rate(text: str, seed: int) -> Rate:
    """Read a rate as it is written on the command line: ``0.05`` or ``0.05:html,memory``.

    Raises:
        ConfigError: It is no share of 1, or there is no such fault.
    """
    rate, _, names = text.partition(":")
    given = {"rate": rate, "seed": seed} | ({"names": names.split(",")} if names else {})
    try:
        return TypeAdapter(Rate).validate_python(given)
    except ValidationError as error:
        raise ConfigError("SANDBOX-FAULTS", error.errors()[0]["msg"], where="--faults") from error


@dataclass(slots=True)
class Order:
    """Let the next requests go wrong.

    Attributes:
        times: How many of them; None for all from now on.
        skip: How many fitting ones to leave alone first.
        content, action: Only calls of this kind; '' for any.
    """

    name: Name
    times: Annotated[int, Field(gt=0)] | None = 1
    skip: Annotated[int, Field(ge=0)] = 0
    content: str = ""
    action: str = ""

    def takes(self, exchange: Exchange) -> bool:
        """Whether the order is for this request; counts it if so."""
        content, action = exchange.call
        if self.times == 0 or not FAULTS[self.name].fits(exchange):
            return False
        if self.content not in ("", content) or self.action not in ("", action):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Desk:
    """Hands out the faults of one server.

    Attributes:
        requests: Requests to the API since the last clearing.
        given: Faults given since then, by name.
    """

    conditions: Conditions = field(default_factory=Conditions)
    requests: int = 0
    given: Counter[str] = field(default_factory=Counter)
    _orders: list[Order] = field(default_factory=list)
    _rate: Rate = field(default_factory=Rate)
    _random: Random = field(default_factory=Random)
    _recent: deque[float] = field(default_factory=deque)

    def clear(self) -> None:
        """Forget all orders, rates, counts and bans."""
        self.conditions = Conditions()
        self.requests = 0
        self.given.clear()
        self._orders.clear()
        self._recent.clear()
        self._rate = Rate()

    def order(self, order: Order) -> None:
        """Take an order."""
        self._orders.append(order)

    def set_rate(self, rate: Rate) -> None:
        """Draw faults from now on, from the seed's beginning."""
        self._rate = rate
        self._random = Random(rate.seed)  # noqa: S311 - repeatable on purpose
        self.conditions.slow_seconds = rate.slow_seconds
        self.conditions.skew_seconds = rate.skew_seconds

    async def choose(self, exchange: Exchange, now: float) -> Fault | None:
        """Choose the fault of a request that has just come in; None lets it pass.

        Args:
            exchange: Read only where that is needed to choose.
            now: Seconds of any steady clock.
        """
        self.requests += 1
        self._count_minute(now)
        # drawn before anything is awaited, so that requests side by side keep their order
        drawn = self._draw()
        if self.conditions.banned:
            return self._give("ban")
        if self._orders:
            await exchange.read()
            for order in self._orders:
                if order.takes(exchange):
                    return self._give(order.name)
        if drawn and FAULTS[drawn[0]].unread:
            return self._give(drawn[0])
        if drawn:
            await exchange.read()
        name = next((one for one in drawn if not FAULTS[one].unread and FAULTS[one].fits(exchange)), "")
        return self._give(name) if name else None

    def _draw(self) -> list[str]:
        """Draw whether a request goes wrong; if so, all faults in order of preference."""
        if self._random.random() >= self._rate.rate:
            return []
        return self._random.sample(self._rate.names, len(self._rate.names))

    def _count_minute(self, now: float) -> None:
        self._recent.append(now)
        while self._recent[0] <= now - _MINUTE:
            self._recent.popleft()
        if 0 < self._rate.per_minute < len(self._recent):
            self.conditions.banned = True

    def _give(self, name: str) -> Fault:
        self.given[name] += 1
        return FAULTS[name]
