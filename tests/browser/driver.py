"""Playwright beside tests that have event loops of their own."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import FLAGS, Chromium
from tests.npm import NODE

START = 30_000
"""Milliseconds."""


class Driver:
    """One browser, for all tests of this process.

    Playwright's event loop stands still between two calls and yet stays marked as the one that runs in this thread, in
    which no other could run then: not those of asynchronous tests, nor `asyncio.run`. So the mark is set only `awake`.
    """

    def __init__(self, playwright: Playwright, chromium: Chromium) -> None:
        self._loop = asyncio.get_running_loop()
        self.browser: Browser = playwright.chromium.launch(
            executable_path=chromium.program,
            args=FLAGS,
            env={**os.environ, **chromium.environment},
            timeout=START,
        )

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
    """A browser as long as the block lasts, driven by the Node that PyPI has: Playwright's own needs libatomic1."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PLAYWRIGHT_NODEJS_PATH", str(NODE))
        playwright = sync_playwright().start()
    try:
        driver = Driver(playwright, chromium)
    except BaseException:
        playwright.stop()
        raise
    asyncio._set_running_loop(None)
    yield driver
    with driver.awake():
        driver.browser.close()
        playwright.stop()
