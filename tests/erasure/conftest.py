"""A desk over real rows, without a Temporal, and a marked person at it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.api.staff_desk import Desk, desk_over, nowhere
from tests.erasure.marked import marked_customer


@pytest.fixture
async def desk(engine: Engine) -> AsyncIterator[Desk]:
    """Rows only: Temporal is away."""
    desk = desk_over(engine, await nowhere())
    async with desk.client:
        yield desk


@pytest.fixture
def person(desk: Desk) -> UUID:
    return marked_customer(desk)
