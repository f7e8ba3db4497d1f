"""Outgoing webhooks: which other systems are told of cases and alerts, and what became of each telling."""

import base64
import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from api.auth import Person, require
from api.deps import NowDep, PartsDep, SessionDep
from api.problems import Problem, responses
from api.shapes import example
from channels.alerts.addresses import LONGEST_URL, ForbiddenAddress, check_url, public_address
from db import outgoing_queue, tail
from db.columns import new_id
from db.outgoing import Deactivation, DeliveryState, WebhookDelivery, WebhookEndpoint
from db.sealing import seal
from domain.outgoing import WANTABLE
from domain.policy import Frozen
from domain.words import Role
from payload_keys import KeyRing
from settings import Environment, Settings

router = APIRouter(prefix="/outgoing-webhooks", tags=["outgoing webhooks"])
SHOWN = 100
MOST_ENDPOINTS = 50
SECRET_BYTES = 32
KNOWN = "This address is told already. Change what it wants, or remove it first."
AdminDep = Annotated[Person, require(Role.ADMIN)]


def _one_of_ours(name: str) -> str:
    if name not in WANTABLE:
        raise ValueError(f"there is no event {name!r}")
    return name


EventName = Annotated[str, AfterValidator(_one_of_ours), Field(json_schema_extra={"enum": list(WANTABLE)})]
EventNames = Annotated[tuple[EventName, ...], Field(min_length=1, max_length=len(WANTABLE))]


class EndpointIn(Frozen):
    """A system that is to be told."""

    model_config = example({"url": "https://example.com/hooks/loop", "events": ["case.*", "alert.promise_broken"]})

    url: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=LONGEST_URL)]
    """https, reachable on the public internet. In development also http, and this machine."""
    events: EventNames
    """Names, or `case.*` and `alert.*` for all of a kind."""


class EndpointChange(Frozen):
    """What is left out stays as it is."""

    model_config = example({"active": True})

    events: EventNames | None = None
    active: StrictBool | None = None
    """true tells it again, of what happens from now on; false tells it nothing more."""


class EndpointOut(BaseModel):
    """A system that is told."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    url: str
    events: list[str]
    active: bool
    deactivated_because: Deactivation | None
    failing_since: datetime | None = Field(description="Since then no try has arrived; null: the last one did.")
    created_at: datetime
    created_by: UUID | None


class EndpointMade(EndpointOut):
    """Keep the secret: it is shown here and never again."""

    secret: str = Field(examples=["whsec_…"], description="What verifies the signatures, as Standard Webhooks has it.")


class Endpoints(BaseModel):
    """All of them, the oldest first."""

    endpoints: list[EndpointOut]


class DeliveryOut(BaseModel):
    """One event for one endpoint."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID = Field(description="The header `webhook-id`, the same at every try.")
    event: str
    body: dict[str, object]
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_try_at: datetime
    give_up_at: datetime
    settled_at: datetime | None
    last_status: int | None
    error: str | None = Field(description="What went wrong where no status came back, such as `timeout`.")


class Deliveries(BaseModel):
    """The latest, newest first."""

    deliveries: list[DeliveryOut]


@router.get("", name="list_outgoing_webhooks", responses=responses(401, 403))
def list_endpoints(_: AdminDep, session: SessionDep) -> Endpoints:
    """Who is told, and whether it arrives."""
    everyone = session.exec(select(WebhookEndpoint).order_by(col(WebhookEndpoint.id)))
    return Endpoints(endpoints=[EndpointOut.model_validate(one) for one in everyone])


@router.post("", name="add_outgoing_webhook", status_code=201, responses=responses(401, 403, 409, 422))
def add_endpoint(body: EndpointIn, admin: AdminDep, session: SessionDep, parts: PartsDep) -> EndpointMade:
    """Tell another system of what happens from now on. The answer holds its secret, which is never shown again."""
    _check(body.url, parts.settings)
    everyone = session.exec(select(col(WebhookEndpoint.url))).all()
    if body.url in everyone:
        raise Problem(409, "known_already", KNOWN)
    if len(everyone) >= MOST_ENDPOINTS:
        raise Problem(409, "too_many", f"There are {MOST_ENDPOINTS} already. Remove one that is not needed any more.")
    return _add(body, admin, session, parts.settings.payload_ring)


@router.get("/{endpoint_id}", name="get_outgoing_webhook", responses=responses(401, 403, 404, 422))
def get_endpoint(endpoint_id: UUID, _: AdminDep, session: SessionDep) -> EndpointOut:
    """One system that is told."""
    return EndpointOut.model_validate(_endpoint(session, endpoint_id))


@router.patch("/{endpoint_id}", name="change_outgoing_webhook", responses=responses(401, 403, 404, 422))
def change_endpoint(endpoint_id: UUID, body: EndpointChange, _: AdminDep, session: SessionDep) -> EndpointOut:
    """Want other events, rest, or be told again: what happened meanwhile is not told later."""
    endpoint = _endpoint(session, endpoint_id)
    if body.events is not None:
        endpoint.events = list(body.events)
    if body.active is not None and body.active != endpoint.active:
        _switch(session, endpoint)
    return EndpointOut.model_validate(endpoint)


@router.delete(
    "/{endpoint_id}", name="remove_outgoing_webhook", status_code=204, responses=responses(401, 403, 404, 422)
)
def remove_endpoint(endpoint_id: UUID, _: AdminDep, session: SessionDep) -> None:
    """Tell it nothing more, and forget what it was told."""
    session.delete(_endpoint(session, endpoint_id))
    outgoing_queue.end_alert(session, endpoint_id)


@router.get("/{endpoint_id}/deliveries", name="list_deliveries", responses=responses(401, 403, 404, 422))
def list_deliveries(
    endpoint_id: UUID, _: AdminDep, session: SessionDep, state: Annotated[DeliveryState | None, Query()] = None
) -> Deliveries:
    """What it was told lately, and what has not arrived; at most 100."""
    _endpoint(session, endpoint_id)
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if state:
        query = query.where(WebhookDelivery.state == state.value)
    latest = session.exec(query.order_by(col(WebhookDelivery.id).desc()).limit(SHOWN))
    return Deliveries(deliveries=[DeliveryOut.model_validate(one) for one in latest])


@router.post(
    "/{endpoint_id}/pings", name="ping_outgoing_webhook", status_code=202, responses=responses(401, 403, 404, 422)
)
def ping_endpoint(endpoint_id: UUID, _: AdminDep, session: SessionDep, now: NowDep) -> DeliveryOut:
    """Send it an event of type `ping`, to see whether it hears us."""
    _endpoint(session, endpoint_id)
    return DeliveryOut.model_validate(outgoing_queue.ping(session, endpoint_id, now))


@router.post(
    "/{endpoint_id}/deliveries/{delivery_id}/redelivery",
    name="redeliver",
    status_code=202,
    responses=responses(401, 403, 404, 422),
)
def redeliver(endpoint_id: UUID, delivery_id: UUID, _: AdminDep, session: SessionDep) -> DeliveryOut:
    """Send it once more under the same id, whether or not it has arrived; tried for another 24 hours."""
    delivery = session.get(WebhookDelivery, delivery_id)
    if delivery is None or delivery.endpoint_id != endpoint_id:
        raise Problem(404, "no_such_delivery", "This endpoint has no delivery with this id.")
    outgoing_queue.again(session, delivery)
    return DeliveryOut.model_validate(delivery)


def _check(url: str, settings: Settings) -> None:
    if settings.environment is Environment.DEVELOPMENT:
        return
    try:
        host, port = check_url(url)
        public_address(host, port)
    except ForbiddenAddress as forbidden:
        raise Problem(422, forbidden.code, f"It cannot be told anything at this address: {forbidden}.") from None


def _add(body: EndpointIn, admin: Person, session: Session, ring: KeyRing) -> EndpointMade:
    secret, endpoint_id = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}", new_id()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        url=body.url,
        events=list(body.events),
        secret=seal(secret, ring, place=str(endpoint_id)),
        cursor=tail.newest(session),
        created_by=admin.id,
    )
    session.add(endpoint)
    try:
        session.flush()
    except IntegrityError:  # by somebody else, at this moment
        raise Problem(409, "known_already", KNOWN) from None
    return EndpointMade.model_validate(endpoint.model_dump() | {"secret": secret})


def _switch(session: Session, endpoint: WebhookEndpoint) -> None:
    endpoint.active = not endpoint.active
    endpoint.deactivated_because = None if endpoint.active else Deactivation.BY_ADMIN.value
    endpoint.cursor, endpoint.failing_since = tail.newest(session), None
    outgoing_queue.end_alert(session, endpoint.id)


def _endpoint(session: Session, endpoint_id: UUID) -> WebhookEndpoint:
    found = session.get(WebhookEndpoint, endpoint_id)
    if found is None:
        raise Problem(404, "no_such_endpoint", "There is no outgoing webhook with this id.")
    return found
