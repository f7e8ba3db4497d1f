"""The API as one app: every route, every problem, and an OpenAPI document to generate clients from."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api import (
    alerts,
    case_commands,
    cases,
    causes,
    codec,
    docs,
    erasures,
    events,
    health,
    metrics,
    next_case,
    notes,
    outgoing_webhooks,
    pages,
    problems,
    reports,
    reviews,
    staff,
    staff_pages,
    workflows,
)
from api.access_log import AccessLog
from api.body_limit import BodyLimit
from api.deps import Parts
from api.feed import Feed
from api.form_bytes import FormBytes
from api.relay_waker import RelayWaker
from api.security_headers import SecurityHeaders
from api.staff_pages.renderings import Renderings
from api.staff_pages.who_asks import WhoAsks
from api.webhooks import local, sendgrid, shop, surveys
from api.webhooks.twilio import calls, inbound, messages

VERSION = "0.1.0"
TAGS = [
    {"name": "cases", "description": "Reading cases: the queue, search, the card, the timeline."},
    {"name": "commands", "description": "What staff do with a case. Send an `Idempotency-Key`, and repeat on 503."},
    {"name": "reviews", "description": "Questions to second line, and its answers."},
    {"name": "staff", "description": "Oneself, colleagues, duty."},
    {"name": "alerts", "description": "What a lead or manager has to see."},
    {"name": "events", "description": "Live changes."},
    {"name": "reports", "description": "How well promises are kept."},
    {"name": "erasures", "description": "Erasure of a person, and its proof."},
    {"name": "workflows", "description": "Behind the rows."},
    {"name": "webhooks", "description": "What other systems send; signed, without a staff token."},
    {"name": "outgoing webhooks", "description": "Other systems that are told of cases and alerts, and what arrived."},
    {"name": "codec", "description": "For Temporal's UI and command line: what is encrypted, readable."},
    {"name": "operations", "description": "For the operator; without a token."},
]
DESCRIPTION = """A customer asks for a call; a person calls within the hour and stays until it is solved.

Every error is `application/problem+json` with a stable `code`. Times carry their offset. Any one of the roles listed
beside a route's security scheme is enough."""
ROUTERS = (
    surveys.router,  # routes are tried in turn, and nothing else comes in such bursts as this
    staff_pages.router,  # and its live fragments
    next_case.router,  # before /cases/{case_id}
    cases.router,
    case_commands.router,
    notes.router,
    reviews.router,
    staff.router,
    causes.router,
    alerts.router,
    events.router,
    reports.router,
    erasures.router,
    outgoing_webhooks.router,
    workflows.router,
    shop.router,
    local.router,
    calls.router,
    inbound.router,
    messages.router,
    sendgrid.router,
    codec.router,
    health.router,
    metrics.router,
    docs.router,
    pages.router,
)


def _operation(route: APIRoute) -> str:
    return route.name


def _together() -> list[BaseRoute]:
    every = APIRouter(
        responses=problems.responses(*problems.EVERYWHERE),
        generate_unique_id_function=_operation,
    )
    for router in ROUTERS:
        every.include_router(router)
    return every.routes


ROUTES = _together()
"""FastAPI works out what each takes and answers once, however many apps serve them."""


def create_app(parts: Parts) -> FastAPI:
    """The app over these parts. Its feed, `app.state.feed`, reads while the app's lifespan lasts."""
    app = FastAPI(
        title="Close the Loop",
        version=VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        routes=ROUTES,
    )
    app.state.parts, app.state.feed = parts, Feed(parts.engine)
    app.state.relay_waker = RelayWaker(parts.engine)
    app.state.renderings, app.state.who_asks = Renderings(), WhoAsks(parts.engine)
    problems.install(app)
    pages.install(app)
    app.mount("/docs/assets", docs.assets)
    app.add_middleware(FormBytes)
    app.add_middleware(BodyLimit, most=parts.settings.body_limit, patience=parts.settings.body_timeout)
    app.add_middleware(codec.CodecCors, origins=parts.settings.temporal_ui_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    feed: Feed = app.state.feed
    reading = asyncio.create_task(feed.run(), name="feed")
    yield
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
