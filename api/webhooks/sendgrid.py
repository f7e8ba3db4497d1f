"""SendGrid's events: a letter's row says what became of it, and whom not to write to any more is kept."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep
from api.problems import Problem, responses
from api.webhooks import raw
from channels.sendgrid import events
from channels.sendgrid.events import Batch, Fate, MailEvent
from db import callbacks, suppressions
from db.outreach import MessageState
from provider_settings import Mailer
from surveys.errors import BadSignature, NotJson, Stale

router = APIRouter(tags=["webhooks"])
_log = logging.getLogger(__name__)

MAIL = "mail"
REPEATED_FOR = timedelta(hours=24)
"""SendGrid repeats for so long what nobody took, and does not say that it signs anew. A replay of what was taken says
nothing new: a letter's fate is settled once, an address is suppressed once."""
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    }
}


class EventsReceived(BaseModel):
    """The batch is stored as far as it speaks of our letters; it need not come again."""

    news: int = Field(description="Events that told us something new.")
    known: int = Field(description="Events of our letters that we had heard of, or that change nothing.")
    ignored: int = Field(description="Events of letters that are not ours, or of a kind that means nothing to us.")
    unreadable: int = Field(description="Events that could not be read.")


@router.post(
    "/webhooks/sendgrid/events",
    status_code=202,
    responses=responses(404, *raw.PROBLEMS),
    openapi_extra=BODY,
)
async def receive_mail_events(request: Request, parts: PartsDep, now: NowDep) -> EventsReceived:
    """Letters were delivered, bounced, complained of: each one's row says so from now on.

    In whatever order and however often they come, the end is the same.
    """
    key = parts.settings.sendgrid_webhook_key
    if parts.settings.mailer is not Mailer.SENDGRID or key is None:
        raise Problem(404, "no_sendgrid", "Mail goes another way here: set CLOSELOOP_MAILER=sendgrid to use SendGrid.")
    body = await raw.read(request, limit=parts.settings.body_limit)
    return await run_in_threadpool(_take, request, body, key, parts, now)


def _take(request: Request, body: bytes, key: str, parts: Parts, now: datetime) -> EventsReceived:
    with raw.refusals("sendgrid"):
        _verify(request, body, key, window=parts.settings.replay_window, now=now)
        batch = _read(body)
    with raw.transaction(parts.engine) as session:
        received = _store(session, batch, parts)
    if received.ignored or received.unreadable:
        _log.info("mail events passed over: ignored=%s unreadable=%s", received.ignored, received.unreadable)
    return received


def _verify(request: Request, body: bytes, key: str, *, window: timedelta, now: datetime) -> None:
    if not events.is_genuine(request.headers, body, key):
        raise BadSignature("The signature does not fit: switch the signed event webhook on, and set its public key.")
    at = events.signed_at(request.headers)
    if at is None or not now - REPEATED_FOR - window <= at <= now + window:
        raise Stale("The signature is further away from our clock than we allow: check our clock, send anew.")


def _read(body: bytes) -> Batch:
    try:
        return events.read(body)
    except events.NotABatch:
        raise NotJson("The body is not a JSON array of events: send what SendGrid sends, unchanged.") from None


def _store(session: Session, batch: Batch, parts: Parts) -> EventsReceived:
    ours = callbacks.recipients_of(session, {event.message_id for event in batch.events})
    told = [event for event in batch.events if event.message_id in ours]
    from_customers = [event for event in told if event.never_again and ours[event.message_id] is None]
    # First whom not to write to: whoever then hears of a failure takes another way.
    closed = _suppress(session, from_customers, parts.settings.token_secret.get_secret_value().encode())
    news = sum(_settle(session, event) or id(event) in closed for event in told)
    ignored = batch.ignored + len(batch.events) - len(told)
    return EventsReceived(news=news, known=len(told) - news, ignored=ignored, unreadable=batch.unreadable)


def _suppress(session: Session, events: Sequence[MailEvent], secret: bytes) -> set[int]:
    """The events that closed an address. Always in one order, as letters are: two batches do not deadlock."""
    return {
        id(event)
        for event in sorted(events, key=lambda one: one.address.lower())
        if suppressions.suppress(session, MAIL, event.address, secret, reason=event.never_again or "")
    }


def _settle(session: Session, event: MailEvent) -> bool:
    message_id, at = event.message_id, event.at
    match event.fate:
        case Fate.ACCEPTED:
            return callbacks.accept_message(session, message_id, at=at)
        case Fate.ARRIVED:
            return callbacks.settle_message(session, message_id, state=MessageState.DELIVERED, at=at, error=None)
        case Fate.FAILED:
            return callbacks.return_message(session, message_id, at=at, error=event.error)
