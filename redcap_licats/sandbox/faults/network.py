"""Faults on the way of a reply: late, slow, cut, or lost after the work was done.

Source: facts/redcap_api.md 0.3 (E21), appendix B.9.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime

from redcap_licats.sandbox.faults.exchange import Exchange
from redcap_licats.sandbox.faults.refusals import page

#: pieces of a slow body
_PIECES = 20


async def gateway_timeout(exchange: Exchange) -> None:
    """Do the work, then answer 504 with a web page."""
    await exchange.answered()
    await exchange.reply(page("Gateway Time-out", "The server did not respond in time."), status=504)


async def slow_body(exchange: Exchange) -> None:
    """Give the right reply in small pieces with pauses between them."""
    answer = await exchange.answered()
    await exchange.start(answer.status, answer.headers, len(answer.body))
    size = len(answer.body) // _PIECES + 1
    # all that can come now is that the client hangs up
    gone = asyncio.ensure_future(exchange.receive())
    for at in range(0, len(answer.body), size):
        await exchange.write(answer.body[at : at + size], more=True)
        await asyncio.wait({gone}, timeout=exchange.conditions.slow_seconds / _PIECES)
        if gone.done():
            return
    gone.cancel()
    await exchange.write(b"")


async def reset_before(exchange: Exchange) -> None:
    """Cut the connection; nothing is done."""
    await exchange.reset()


async def reset_after(exchange: Exchange) -> None:
    """Do the work, then cut the connection."""
    await exchange.answered()
    await exchange.reset()


async def half_body(exchange: Exchange) -> None:
    """Do the work, send half of the reply, then cut the connection."""
    answer = await exchange.answered()
    await exchange.start(answer.status, answer.headers, len(answer.body))
    await exchange.write(answer.body[: len(answer.body) // 2], more=True)
    await exchange.reset()


async def clock_skew(exchange: Exchange) -> None:
    """Give the right reply with the date of a clock that is wrong."""
    answer = await exchange.answered()
    now = exchange.server.clock.instant() + timedelta(seconds=exchange.conditions.skew_seconds)
    date = (b"date", format_datetime(now, usegmt=True).encode())
    await exchange.start(answer.status, [*answer.headers, date], len(answer.body))
    await exchange.write(answer.body)
