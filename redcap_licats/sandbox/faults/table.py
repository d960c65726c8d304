"""All faults, by name: what each does and to which requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from redcap_licats.sandbox.faults import doctored, network, refusals
from redcap_licats.sandbox.faults.exchange import Exchange

#: requests with fewer variables are never cut: a real limit is far above them
_MANY_VARIABLES = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which a request goes wrong.

    Attributes:
        act: Lets it go wrong.
        fits: Whether the fault makes sense for a request; asked once the request is read.
        unread: Whether it strikes before the request is read.
    """

    act: Callable[[Exchange], Awaitable[None]]
    fits: Callable[[Exchange], bool]
    unread: bool = False

    @property
    def does(self) -> str:
        """What happens, in one sentence."""
        return (self.act.__doc__ or "").strip()


def _any(_exchange: Exchange) -> bool:
    return True


def _import(exchange: Exchange) -> bool:
    return exchange.call == ("record", "import")


def _export(exchange: Exchange) -> bool:
    return exchange.call == ("record", "export") and exchange.form.text("format") in ("json", "csv")


def _csv_by_default(exchange: Exchange) -> bool:
    return exchange.form.text("format") == "csv" and not exchange.form.text("csvDelimiter")


def _many_variables(exchange: Exchange) -> bool:
    return len(exchange.pairs) > _MANY_VARIABLES


FAULTS: Mapping[str, Fault] = {
    "html": Fault(refusals.html, _any),
    "memory": Fault(refusals.memory, _any),
    "database": Fault(refusals.database, _any),
    "unavailable": Fault(refusals.unavailable, _any),
    "gateway_timeout": Fault(network.gateway_timeout, _any),
    "truncated_rows": Fault(doctored.truncated_rows, _export),
    "ban": Fault(refusals.ban, _any),
    "slow_body": Fault(network.slow_body, _any),
    "semicolon": Fault(doctored.semicolon, _csv_by_default),
    "hashed_ids": Fault(doctored.hashed_ids, _export),
    "dropped_columns": Fault(doctored.dropped_columns, _export),
    "input_vars": Fault(doctored.input_vars, _many_variables),
    "reset_before": Fault(network.reset_before, _any, unread=True),
    "reset_after": Fault(network.reset_after, _any),
    "half_body": Fault(network.half_body, _any),
    "clock_skew": Fault(network.clock_skew, _any),
    "rotated_token": Fault(refusals.rotated_token, _any),
    "locked_record": Fault(refusals.locked_record, _import),
    "locked_form": Fault(refusals.locked_form, _import),
}

#: those that a rate draws from unless told otherwise: a ban ends everything, so it is only given by name
BY_RATE = tuple(name for name in FAULTS if name != "ban")


def listing() -> str:
    """List all faults for people."""
    width = max(map(len, FAULTS))
    return "\n".join(f"  {name:<{width}}  {fault.does}" for name, fault in FAULTS.items())
