"""``[service]``: how ``licats serve`` listens and how often it looks."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from redcap_licats.config.base import Strict
from redcap_licats.config.token import TokenSource


def _address(value: str) -> str:
    """Accept an address or network; a name could come to mean another machine."""
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(f"'{value}' is no address or network, such as 10.0.0.5 or 10.0.0.0/24") from None
    return value


#: seconds
_Seconds = Annotated[float, Field(gt=0, le=86_400)]


class ServiceSettings(Strict):
    """``[service]``.

    Attributes:
        host, port: Where to listen; port 0 takes a free one.
        secrets: Where the secrets of the trigger's address are kept, at most two at a time so that one can replace
            the other. Without any, no trigger is taken.
        proxies: Addresses or networks of the proxies whose word on a caller's address is believed.
        debounce: Seconds without another save until a record is worked off.
        max_wait: Seconds after the first save when it is worked off whatever else is saved.
        poll_every: Minutes between two runs that look for what nobody announced.
        pull_every: Seconds between two looks at the REDCap module's list of changes.
        rate_per_second: Triggers a second that are taken at most, after a burst of ten times as many.
    """

    host: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, lt=65536)] = 8460
    secrets: Annotated[tuple[TokenSource, ...], Field(max_length=2)] = ()
    proxies: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    debounce: Annotated[float, Field(ge=0, le=3600)] = 20
    max_wait: _Seconds = 120
    poll_every: Annotated[float, Field(gt=0, le=1440)] = 15
    pull_every: _Seconds = 30
    rate_per_second: Annotated[float, Field(gt=0, le=10_000)] = 50

    @model_validator(mode="after")
    def _in_order(self) -> ServiceSettings:
        if self.max_wait < self.debounce:
            raise ValueError("'max_wait' must not be less than 'debounce'")
        return self
