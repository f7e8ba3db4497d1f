"""What shop or CRM tells of customers, licences and purchases; out of order, older versions are passed over."""

from datetime import datetime
from typing import assert_never

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep
from api.problems import responses
from api.webhooks import raw
from db import people, profiles
from settings import Settings
from surveys import shop
from surveys.questionnaire import language_of, zone_of
from typed_numbers import e164_of

router = APIRouter(tags=["webhooks"])


class NewsReceived(BaseModel):
    """What became of the event."""

    applied: bool = Field(description="False: we knew the same or a newer version, and nothing changed.")


@router.post(
    "/webhooks/shop",
    status_code=202,
    responses={200: {"model": NewsReceived, "description": "Known already"}, **responses(*raw.PROBLEMS)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "One event: customer.updated, licence.updated, purchase.completed or renewal.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    },
)
async def receive_news(request: Request, answer: Response, parts: PartsDep, now: NowDep) -> NewsReceived:
    """Bring profiles, licences and purchases up to date. 202 when something changed, 200 when it was known already."""
    body = await raw.read(request, limit=parts.settings.body_limit)
    applied = await run_in_threadpool(_take, request, body, parts, now)
    answer.status_code = 202 if applied else 200
    return NewsReceived(applied=applied)


def _take(request: Request, body: bytes, parts: Parts, now: datetime) -> bool:
    secrets = [secret.get_secret_value() for secret in parts.settings.secrets_of("shop")]
    with raw.refusals("shop"):
        raw.verified(shop.verify, request, body, secrets=secrets, window=parts.settings.replay_window, now=now)
        event = shop.parse(body)
    with raw.transaction(parts.engine) as session:
        return apply(session, event, parts.settings)


def apply(session: Session, event: shop.ShopEvent, settings: Settings) -> bool:
    """Bring the rows an event speaks of up to date. False: we knew the same or newer, or the customer was erased."""
    subject = event.customer.id if isinstance(event, shop.CustomerUpdated) else event.customer_id
    profile = profiles.of_shop(session, subject, secret=settings.token_secret.get_secret_value().encode())
    if profile is None:
        return False
    match event:
        case shop.CustomerUpdated():
            return _customer(profile, event, session, settings)
        case shop.LicenceUpdated():
            return _licence(session, profile, event.licence, event.version)
        case shop.PurchaseCompleted():
            return _purchase(session, profile, event.purchase, event.version)
        case shop.Renewed():
            return _renewal(session, profile, event)
        case _:
            assert_never(event)


def _customer(profile: people.Customer, event: shop.CustomerUpdated, session: Session, settings: Settings) -> bool:
    told = event.customer
    if profile.version >= event.version:
        return False
    profile.version = event.version
    for column, value in _columns(told, settings).items():
        setattr(profile, column, value)
    if told.organisation:
        company = told.organisation
        profile.organisation_id = profiles.organisation_of_shop(session, company.id, company.name)
    # Only ever filled in: the number of a contact request goes before it.
    profile.phone = profile.phone or e164_of(told.phone, settings)
    return True


def _columns(told: shop.Customer, settings: Settings) -> dict[str, object]:
    """What the event speaks of; a language we do not write becomes the default, a zone we do not know tells nothing."""
    columns: dict[str, object] = told.model_dump(exclude_unset=True, exclude={"id", "phone", "organisation"})
    if told.email:
        columns["email"] = told.email.lower()
    if told.language:
        columns["language"] = language_of(told.language, settings.default_language).value
    if told.zone and zone_of(told.zone) is None:
        del columns["zone"]
    return columns


def _renewal(session: Session, owner: people.Customer, event: shop.Renewed) -> bool:
    renewed = _licence(session, owner, event.licence, event.version)
    paid = event.purchase is not None and _purchase(session, owner, event.purchase, event.version)
    return renewed or paid


def _licence(session: Session, owner: people.Customer, news: shop.Licence, version: int) -> bool:
    told: dict[str, object] = {
        "customer_id": owner.id,
        "product": news.product,
        "segment": news.segment.value,
        "seats": news.seats,
        "valid_until": news.valid_until,
    }
    return profiles.tell(session, people.Licence, news.key_id, version=version, told=told)


def _purchase(session: Session, owner: people.Customer, news: shop.Purchase, version: int) -> bool:
    told: dict[str, object] = {
        "customer_id": owner.id,
        "product": news.product,
        "amount_minor": news.amount,
        "currency": news.currency,
        "state": news.state.value,
        "at": news.at,
    }
    return profiles.tell(session, people.Purchase, news.id, version=version, told=told)
