"""A browser, pages in it, and an installation to look at."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import Engine

from ops.bench.browser import chromium
from ops.postgres import EmbeddedPostgres
from ops.temporal_server import TemporalServer
from tests.browser.desks import Desks, desks_over
from tests.browser.driver import Driver, driving
from tests.browser.installation import Installation, running
from tests.browser.pages import Looks, opened
from tests.databases import a_database
from tests.left_out import left_out

NewContext = Callable[[Looks], BrowserContext]


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """One browser for the session (for each xdist worker)."""
    found = chromium()
    if found is None:
        left_out("there is no Chromium or Chrome here, and none could be brought (make .venv/.browser says why)")
    with driving(found) as driver:
        yield driver


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complains of: errors, violations of the CSP, parts that were not served. Whatever is left fails
    the test; a test that expects some clears it."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def looks() -> Looks:
    """How `page` is looked at; parametrize it for others."""
    return Looks()


@pytest.fixture
def new_context(driver: Driver, complaints: list[str]) -> Iterator[NewContext]:
    """Opens browsers of people, each with cookies of their own. From here on nothing may call `asyncio.run`."""
    with driver.awake(), ExitStack() as contexts:
        yield lambda looks: contexts.enter_context(opened(driver.browser, looks, complaints))


@pytest.fixture
def context(new_context: NewContext, looks: Looks) -> BrowserContext:
    """The browser of somebody who looks so."""
    return new_context(looks)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page in it."""
    return context.new_page()


@pytest.fixture(scope="session")
def installation(migrated: EmbeddedPostgres, dev_server: TemporalServer, short_folder: Path) -> Iterator[Installation]:
    """The whole system, one for the session (for each xdist worker): use people and cases of your own."""
    folder = Path(mkdtemp(dir=short_folder))
    with a_database(migrated) as url, running(folder, database_url=url, temporal=dev_server.address) as system:
        yield system


@pytest.fixture
def desks(engine: Engine) -> Iterator[Desks]:
    """Pages over rows alone, on one replica."""
    with desks_over(engine) as desks:
        yield desks


@pytest.fixture
def at_desk(desks: Desks, context: BrowserContext) -> Page:
    """The desk of a specialist; open it by `goto`."""
    desks.sign_in(context)
    return context.new_page()
