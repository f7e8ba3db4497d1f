"""What the local channel reports back: calls, messages, and customers who write STOP."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, TypeAdapter
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep
from api.problems import responses
from api.webhooks import raw, wrote
from api.webhooks.wrote import Written
from channels.events import CallEvent, CallEventName, InboundCall, InboundSms, MessageEvent, MessageEventName, RingEnd
from db import callbacks, inbox, ringing_back
from db.outreach import MessageState
from db.ringing_back import Caller
from domain.messages import CallEnded, CustomerAnswered, Fact
from domain.words import AttemptOutcome
from surveys import signatures
from surveys.reading import read_model

router = APIRouter(prefix="/webhooks/local", tags=["webhooks"])
_log = logging.getLogger(__name__)

Event = TypeVar("Event", bound=BaseModel)
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}


class EventReceived(BaseModel):
    """The event is stored, or means nothing to us; either way it need not come again."""

    known: bool = Field(description="Whether it was news about a call, message or case of ours.")


@router.post("/calls", status_code=202, responses=responses(*raw.PROBLEMS), openapi_extra=BODY)
async def receive_call_event(request: Request, parts: PartsDep, now: NowDep) -> EventReceived:
    """The customer's phone rang, was answered, or the call ended: the case is told."""
    return await _receive(request, TypeAdapter(CallEvent), _take_call, parts, now)


@router.post("/messages", status_code=202, responses=responses(*raw.PROBLEMS), openapi_extra=BODY)
async def receive_message_event(request: Request, parts: PartsDep, now: NowDep) -> EventReceived:
    """An SMS or e-mail was delivered or failed: its row says so from now on."""
    return await _receive(request, TypeAdapter(MessageEvent), _take_message, parts, now)


@router.post("/inbound", status_code=202, responses=responses(*raw.PROBLEMS), openapi_extra=BODY)
async def receive_sms(request: Request, parts: PartsDep, now: NowDep) -> EventReceived:
    """A customer wrote to us. STOP ends SMS to that number for ever, and withdraws its open cases."""
    return await _receive(request, TypeAdapter(InboundSms), _take_sms, parts, now)


@router.post("/rings", status_code=202, responses=responses(*raw.PROBLEMS), openapi_extra=BODY)
async def receive_ring(request: Request, parts: PartsDep, now: NowDep) -> EventReceived:
    """A customer has rung us. Their open case is told who spoke with them, or that nobody was free."""
    return await _receive(request, TypeAdapter(InboundCall), _take_ring, parts, now)


async def _receive(
    request: Request,
    shape: TypeAdapter[Event],
    take: Callable[[Session, Event, Parts, datetime], bool],
    parts: Parts,
    now: datetime,
) -> EventReceived:
    body = await raw.read(request, limit=parts.settings.body_limit)

    def stored() -> bool:
        event = _verified(request, body, shape, parts, now)
        with raw.transaction(parts.engine) as session:
            return take(session, event, parts, now)

    return EventReceived(known=await run_in_threadpool(stored))


def _verified(request: Request, body: bytes, shape: TypeAdapter[Event], parts: Parts, now: datetime) -> Event:
    secrets = [parts.settings.channel_callback_secret.get_secret_value()]
    window = parts.settings.replay_window
    with raw.refusals("local"):
        raw.verified(signatures.standard_webhooks, request, body, secrets=secrets, window=window, now=now)
        return read_model(body, shape)


def _take_call(session: Session, event: CallEvent, _parts: Parts, now: datetime) -> bool:
    case_id = callbacks.case_of_attempt(session, event.attempt_id)
    if case_id is None:
        _log.warning("call event of an unknown attempt: attempt=%s", event.attempt_id)
        return False
    if event.event is CallEventName.RINGING:
        return callbacks.note_ringing(session, event.attempt_id, event.at)  # for whoever looks on: no news for the case
    if event.event is CallEventName.ANSWERED:
        callbacks.note_answer(session, event.attempt_id, event.at)
    return inbox.tell(session, case_id, _call_fact(event), urgent_at=now)


def _call_fact(event: CallEvent) -> Fact:
    if event.event is CallEventName.ANSWERED:
        return CustomerAnswered(id=event.event_id, at=event.at, attempt=event.attempt_id)
    # A provider that does not say how a call ended must not keep the attempt ringing for ever.
    outcome = event.outcome or AttemptOutcome.TECHNICAL
    return CallEnded(id=event.event_id, at=event.at, attempt=event.attempt_id, outcome=outcome)


def _take_message(session: Session, event: MessageEvent, _parts: Parts, _now: datetime) -> bool:
    if event.event is MessageEventName.DELIVERED:
        state, error = MessageState.DELIVERED, None
    else:
        state, error = MessageState.FAILED, event.event.value
    return callbacks.settle_message(session, event.message_id, state=state, at=event.at, error=error)


def _take_sms(session: Session, event: InboundSms, parts: Parts, now: datetime) -> bool:
    written = Written(id=event.event_id, phone=event.phone, text=event.text, at=event.at)
    return wrote.hear(session, written, parts, now)


def _take_ring(session: Session, event: InboundCall, parts: Parts, _now: datetime) -> bool:
    secret = parts.settings.token_secret.get_secret_value().encode()
    caller = ringing_back.caller_of(session, event.phone, secret)
    if caller is None:
        return False
    by = _rung_first(session, caller) if event.end is RingEnd.TAKEN else None
    return ringing_back.tell(session, ringing_back.ring_id(event.event_id), caller.case, by=by, at=event.at)


def _rung_first(session: Session, caller: Caller) -> UUID | None:
    at_work = ringing_back.on_duty(session, but=None)
    if any(member.id == caller.first for member in at_work):
        return caller.first
    return next((member.id for member in ringing_back.who_may_take_it(at_work, None)), None)
