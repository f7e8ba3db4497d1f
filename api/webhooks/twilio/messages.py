"""SMS: what became of ours, and what customers write to us."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.problems import responses
from api.webhooks import wrote
from api.webhooks.twilio.calls import Twiml
from api.webhooks.twilio.legs import sid_of
from api.webhooks.twilio.line import number_of
from api.webhooks.twilio.signed import BODY, PROBLEMS, SignedForm
from api.webhooks.wrote import SMS, Written
from channels.errors import RefusedReason
from channels.twilio import statuses
from channels.twilio.addresses import PREFIX
from channels.twilio.errors import RULES, Then
from db import callbacks, suppressions, undelivered
from db.outreach import MessageState

router = APIRouter(prefix=PREFIX, tags=["webhooks"])
_log = logging.getLogger(__name__)

_SID = "MessageSid"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CODE = re.compile(r"[0-9]{1,9}")
_NOTHING_TO_SAY = "<Response/>"


@dataclass(frozen=True)
class Failure:
    """What is written down of an SMS that did not arrive."""

    error: str
    never_again: str | None = None
    """Why its number gets no SMS any more, a code; None: it may."""


_FAILURES: Mapping[Then, Failure] = MappingProxyType(
    {
        Then.NEW_NUMBER: Failure(RefusedReason.INVALID_NUMBER),
        Then.OTHER_CHANNEL: Failure(RefusedReason.NO_SMS, never_again="no_sms"),
        Then.NEVER_AGAIN: Failure(RefusedReason.OPTED_OUT, never_again="stop"),
        Then.OPERATOR: Failure(RefusedReason.CONFIG),
        Then.LATER: Failure(undelivered.UNREACHABLE),
    }
)
_UNEXPLAINED = Failure("undelivered")


@router.post("/messages/{message}", status_code=204, responses=responses(*PROBLEMS), openapi_extra=BODY)
def report_sms(message: UUID, form: SignedForm, session: SessionDep, parts: PartsDep, now: NowDep) -> None:
    """How an SMS of ours fares. One that failed for good changes the channel, and may close its number to SMS.

    In whatever order and however often reports come, the end is the same.
    """
    sid, status = sid_of(form, _SID), form.get("MessageStatus") or form.get("SmsStatus")
    ours = callbacks.recipients_of(session, [message])
    if message not in ours:
        _log.warning("report of an unknown message: message=%s", message)
        return
    callbacks.name_message(session, message, sid)
    arrived = statuses.MESSAGE_OUTCOMES.get(status)
    if arrived is None:
        callbacks.accept_message(session, message, at=now)
    elif arrived:
        callbacks.settle_message(session, message, state=MessageState.DELIVERED, at=now, error=None)
    else:
        failure = failure_of(form.get("ErrorCode"))
        if ours[message] is None:  # first: whoever then hears of the failure takes another way
            _close_number(session, form.get("To"), failure, parts)
        _fail(session, message, failure, form.get("ErrorCode"), now)


@router.post("/sms", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
def receive_inbound_sms(form: SignedForm, session: SessionDep, parts: PartsDep, now: NowDep) -> Twiml:
    """A customer wrote to us. STOP ends SMS to that number for ever, and withdraws its open cases; START lifts nothing.

    Nothing is answered: Twilio answers STOP by itself.
    """
    phone = number_of(form)
    if phone:
        opted_out = form.get("OptOutType").upper() == "STOP"
        written = Written(id=sid_of(form, _SID), phone=phone, text=form.get("Body"), at=now, opted_out=opted_out)
        wrote.hear(session, written, parts, now)
    return Twiml(_NOTHING_TO_SAY)


def failure_of(code: str) -> Failure:
    """What an `ErrorCode` means for this message; without one, or with one we do not know, it did not arrive."""
    rule = RULES.get(int(code)) if _CODE.fullmatch(code) else None
    return _FAILURES.get(rule.then, _UNEXPLAINED) if rule else _UNEXPLAINED


def _close_number(session: Session, phone: str, failure: Failure, parts: Parts) -> None:
    if failure.never_again and _E164.fullmatch(phone):
        secret = parts.settings.token_secret.get_secret_value().encode()
        suppressions.suppress(session, SMS, phone, secret, reason=failure.never_again)


def _fail(session: Session, message: UUID, failure: Failure, code: str, now: datetime) -> None:
    if not callbacks.settle_message(session, message, state=MessageState.FAILED, at=now, error=failure.error):
        return
    _log.warning("SMS did not arrive: message=%s code=%s", message, code if _CODE.fullmatch(code) else "none")
    if failure.error == RefusedReason.CONFIG:
        undelivered.raise_alert(session, SMS)
