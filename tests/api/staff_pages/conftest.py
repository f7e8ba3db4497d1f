"""An office: the staff's pages over rows, or over the real workflow."""

import pytest

from tests.api.staff_desk import Desk
from tests.api.staff_pages.office import Office


@pytest.fixture
def office(desk: Desk) -> Office:
    """Over rows alone; Temporal is away."""
    return Office(desk)


@pytest.fixture
def live_office(live: Desk) -> Office:
    """Over the real workflow; cases open by `open_case`."""
    return Office(live)
