"""The routes Twilio knows over one case, and the people around it."""

from uuid import UUID

import pytest
from sqlalchemy import Engine
from temporalio.client import Client

from api.webhooks.twilio import calls, inbound, messages
from domain.words import Role
from settings import Settings
from temporal_client import connect_lazily
from tests.activities.scene import Scene, add_staff
from tests.api.webhooks.customer_rings import COLLEAGUES, COMPANY, OWNERS
from tests.api.webhooks.twilio_site import NAME, TwilioSite, site


@pytest.fixture
async def temporal() -> Client:
    """Temporal is away."""
    return await connect_lazily(Settings(_env_file=None))


@pytest.fixture
def twilio(engine: Engine, temporal: Client) -> TwilioSite:
    """All its routes."""
    return site(engine, temporal, calls.router, inbound.router, messages.router, company_name=COMPANY)


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """One case, of somebody whose name is in no text by chance."""
    return Scene(engine, product="Pro", name=NAME)


@pytest.fixture
def specialist(engine: Engine) -> UUID:
    """On duty."""
    return add_staff(engine, Role.SPECIALIST)


@pytest.fixture
def attempt(twilio: TwilioSite, scene: Scene, specialist: UUID) -> UUID:
    """The specialist owns the case and rings its customer."""
    scene.own(specialist)
    return twilio.ring(scene, specialist)


@pytest.fixture
def owner(engine: Engine, scene: Scene) -> UUID:
    """Of the case, on duty."""
    member = add_staff(engine, Role.SPECIALIST, phone=OWNERS)
    scene.own(member)
    return member


@pytest.fixture
def colleague(engine: Engine) -> UUID:
    """On duty too."""
    return add_staff(engine, Role.SPECIALIST, phone=COLLEAGUES)
