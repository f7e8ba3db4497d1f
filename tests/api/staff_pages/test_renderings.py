"""What was made a moment ago is given to all who ask alike, and is made once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest
from anyio import to_thread

from api.staff_pages.renderings import MOST, Renderings

MANY = 20


def test_all_who_ask_at_once_get_what_was_made_once() -> None:
    renderings, asking, made = Renderings(), Barrier(MANY), []

    def make() -> str:
        made.append(1)
        return "queue"

    def ask() -> str:
        asking.wait()
        return renderings.once("key", make)

    with ThreadPoolExecutor(MANY) as people:
        answers = [people.submit(ask) for _ in range(MANY)]
        assert {answer.result() for answer in answers} == {"queue"}
    assert made == [1]


async def test_the_same_for_the_event_loop() -> None:
    renderings, made, go_on = Renderings(), list[int](), Event()

    def make() -> str:
        made.append(1)
        go_on.wait(10)
        return "queue"

    asked = [asyncio.ensure_future(renderings.soon("key", make)) for _ in range(MANY)]
    await asyncio.sleep(0)
    asked.pop().cancel()
    go_on.set()
    assert set(await asyncio.gather(*asked)) == {"queue"}
    assert await renderings.soon("key", make) == "queue"
    assert made == [1]


async def test_whoever_asked_first_may_go_before_there_is_a_thread() -> None:
    renderings, threads = Renderings(), to_thread.current_default_thread_limiter()
    busy = [object() for _ in range(int(threads.available_tokens))]
    for one in busy:
        threads.acquire_on_behalf_of_nowait(one)
    first, second = (asyncio.ensure_future(renderings.soon("key", lambda: "queue")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    for one in busy:
        threads.release_on_behalf_of(one)
    assert await asyncio.wait_for(second, 5) == "queue"
    assert first.cancelled()


async def test_there_a_failure_is_everybodys_too() -> None:
    renderings = Renderings()

    def fail() -> str:
        raise ValueError("away")

    asked = [renderings.soon("key", fail) for _ in range(3)]
    assert {str(one) for one in await asyncio.gather(*asked, return_exceptions=True)} == {"away"}
    assert await renderings.soon("key", lambda: "back") == "back"


def test_another_key_is_made_for_itself() -> None:
    renderings = Renderings()
    assert [renderings.once(key, partial(str, key)) for key in (1, 2, 1)] == ["1", "2", "1"]


def test_a_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    renderings, begun, go_on = Renderings(), Event(), Event()

    def fail() -> str:
        begun.set()
        go_on.wait(10)
        raise ValueError("away")

    with ThreadPoolExecutor(2) as people:
        first = people.submit(renderings.once, "key", fail)
        begun.wait(10)
        second = people.submit(renderings.once, "key", fail)
        go_on.set()
        for answer in (first, second):
            with pytest.raises(ValueError, match="away"):
                answer.result()
    assert renderings.once("key", lambda: "back") == "back"


def test_only_those_last_asked_for_are_kept() -> None:
    renderings, made = Renderings(), []
    for key in [*range(MOST + 1), 0]:
        renderings.once(key, lambda: made.append(1))
    assert len(made) == MOST + 2
    for key in (0, *range(100, 100 + MOST - 1), 0):
        renderings.once(key, lambda: made.append(1))
    assert len(made) == 2 * MOST + 1
