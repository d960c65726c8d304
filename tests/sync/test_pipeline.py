from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from redcap_licats.sync.pipeline import Behind, ahead


def test_the_next_item_is_fetched_while_the_last_one_is_worked_on() -> None:
    asked = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        asked.set()
        yield 2

    with closing(ahead(items())) as given:
        assert next(given) == 1
        assert asked.wait(10)
        assert list(given) == [2]


def test_no_more_than_one_item_is_fetched_ahead() -> None:
    fetched: list[int] = []

    def items() -> Iterator[int]:
        for number in range(9):
            fetched.append(number)
            yield number

    with closing(ahead(items())) as given:
        next(given)
    assert len(fetched) == 2


def test_an_error_of_the_source_comes_after_what_came_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    given = ahead(items())
    assert next(given) == 1
    with pytest.raises(ValueError, match="broken"):
        next(given)


def test_items_are_done_in_order_and_all_by_the_end() -> None:
    done: list[int] = []
    with Behind(done.append) as behind:
        for number in range(5):
            behind.put(number)
    assert done == [0, 1, 2, 3, 4]


def test_an_error_of_the_work_stops_who_puts_more() -> None:
    def fail(number: int) -> None:
        raise ValueError(f"broken {number}")

    with pytest.raises(ValueError, match="broken 1"), Behind(fail) as behind:
        behind.put(1)
        behind.put(2)
    with pytest.raises(ValueError, match="broken 3"), Behind(fail) as behind:
        behind.put(3)


def test_an_interruption_lets_the_item_being_done_end() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def work(number: int) -> None:
        begun.set()
        assert go_on.wait(10)
        done.append(number)

    threading.Timer(0.2, go_on.set).start()
    with pytest.raises(KeyboardInterrupt), Behind(work) as behind:
        behind.put(1)
        assert begun.wait(10)
        raise KeyboardInterrupt
    assert done == [1]
