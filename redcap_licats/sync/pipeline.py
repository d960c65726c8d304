"""Read ahead and write behind, each in one thread, with one batch in each at most."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Give the items, the next one being fetched while the last one is worked on.

    An error of the iterator comes where its item would have come.
    """
    end = object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        coming: Future[Item | object] = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, items, end)
            yield item  # type: ignore[misc]  # the end is told apart by identity, which types cannot follow


class Behind(Generic[Item]):
    """Do something with each item while the next one is prepared.

    An error is raised by the next :meth:`put`, or at the end. Whatever ends the block, an interruption too, the
    item being done is done to its end.
    """

    def __init__(self, do: Callable[[Item], None]) -> None:
        self._do = do
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="behind")
        self._running: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)
        if error is None:
            self._wait()

    def put(self, item: Item) -> None:
        """Begin with an item as soon as the one before is done."""
        self._wait()
        self._running = self._thread.submit(self._do, item)

    def _wait(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.result()
