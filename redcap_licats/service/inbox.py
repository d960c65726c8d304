"""Puts hints on the disk, all that came meanwhile in one go. A trigger is answered when it cannot be lost."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from redcap_licats.errors import LicatsError
from redcap_licats.journal.hints import Patience, put_hints


@dataclass(frozen=True, slots=True)
class _Letter:
    project: str
    record: str
    stored: asyncio.Future[None]


class Inbox:
    """The way of hints onto the disk.

    Args:
        engines: The state's database of every project, by the project's key.
        patience: How long records wait for further saves.
        tell: Called with a project's key once a hint of it is stored.
    """

    def __init__(self, engines: Mapping[str, Engine], patience: Patience, tell: Callable[[str], None]) -> None:
        self._engines = engines
        self._patience = patience
        self._tell = tell
        self._letters: list[_Letter] = []
        self._writing: asyncio.Task[None] | None = None

    async def put(self, project: str, record: str) -> None:
        """Store a hint.

        Raises:
            LicatsError: It could not be stored.
        """
        letter = _Letter(project, record, asyncio.get_running_loop().create_future())
        self._letters.append(letter)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await letter.stored

    async def _write(self) -> None:
        while self._letters:
            letters, self._letters = self._letters, []
            by_engine: dict[Engine, list[_Letter]] = {}
            for one in letters:
                by_engine.setdefault(self._engines[one.project], []).append(one)
            for engine, some in by_engine.items():
                await self._store(engine, some)

    async def _store(self, engine: Engine, letters: list[_Letter]) -> None:
        told = {(one.project, one.record) for one in letters}
        try:
            await asyncio.to_thread(put_hints, engine, told, dt.datetime.now(dt.UTC), self._patience)
        except LicatsError as error:
            for one in letters:
                if not one.stored.done():
                    one.stored.set_exception(error)
            return
        for one in letters:
            # whoever hung up has no future to be told
            if not one.stored.done():
                one.stored.set_result(None)
        for project in {one.project for one in letters}:
            self._tell(project)
