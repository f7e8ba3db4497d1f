"""Playwright beside tests that have event loops of their own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser

from ops.bench.browser import Chromium, launched


class Driver:
    """One browser, for all tests of this process.

    Playwright's event loop stands still between two calls and yet stays marked as the one that runs in this thread, in
    which no other could run then: not those of asynchronous tests, nor `asyncio.run`. So the mark is set only `awake`.
    """

    def __init__(self, browser: Browser) -> None:
        self._loop = asyncio.get_running_loop()
        self.browser = browser

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Inside it, and nowhere else, the browser's pages can be used."""
        asyncio._set_running_loop(self._loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)


@contextmanager
def driving(chromium: Chromium) -> Iterator[Driver]:
    """A browser as long as the block lasts."""
    with launched(chromium) as browser:
        driver = Driver(browser)
        asyncio._set_running_loop(None)
        try:
            yield driver
        finally:
            asyncio._set_running_loop(driver._loop)
    asyncio._set_running_loop(None)
