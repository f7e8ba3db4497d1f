"""The calls we place: what each of the two hears, and how either leg goes."""

import logging
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.problems import responses
from api.webhooks.twilio import legs
from api.webhooks.twilio.signed import BODY, PROBLEMS, SignedForm
from channels.texts import whisper
from channels.twilio import twiml
from channels.twilio.addresses import PREFIX, CallAddresses
from channels.twilio.signatures import Form
from channels.twilio.twiml import WORDS
from db import openings, ringing_back, telephone
from domain.words import Language

router = APIRouter(prefix=f"{PREFIX}/calls/{{attempt}}", tags=["webhooks"])
_log = logging.getLogger(__name__)


class Twiml(Response):
    """A document that steers a call."""

    media_type = "application/xml"


@router.post("/specialist", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
def greet_specialist(attempt: UUID, form: SignedForm, session: SessionDep, parts: PartsDep) -> Twiml:
    """The specialist has answered: who asks for the call and why, and one key to take it. A voicemail presses none."""
    legs.note_call(session, attempt, legs.sid_of(form))
    people = telephone.people_of(session, attempt)
    if people is None:
        return _unknown(attempt)
    language = Language(people.specialist.language)
    if people.over:
        return Twiml(twiml.farewell(WORDS[language].over, language))
    text = whisper(language, name=people.customers_name, product=people.response.product)
    return Twiml(twiml.whisper(text, language, _addresses(parts, attempt)))


@router.post("/accepted", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
def put_through(attempt: UUID, form: SignedForm, session: SessionDep, parts: PartsDep, now: NowDep) -> Twiml:
    """The specialist has pressed a key. On 1 the customer is rung, unless that has become impossible meanwhile."""
    legs.note_call(session, attempt, legs.sid_of(form))
    people = telephone.people_of(session, attempt)
    if people is None:
        return _unknown(attempt)
    language = Language(people.specialist.language)
    refusal = _refusal(session, people, form, parts, now)
    if refusal or people.attempt.phone is None:
        return Twiml(twiml.farewell(refusal or WORDS[language].over, language))
    legs.accept(session, attempt, now)
    settings = parts.settings
    call = twiml.ToConnect(
        customer_phone=people.attempt.phone,
        caller_id=settings.caller_id,
        language=language,
        customers_language=Language(people.response.language),
        recorded=settings.record_calls,
    )
    return Twiml(twiml.connect(call, _addresses(parts, attempt)))


@router.post("/announcement", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
def announce_recording(
    _attempt: Annotated[UUID, Path(alias="attempt")],
    _form: SignedForm,
    parts: PartsDep,
    language: Language | None = None,
) -> Twiml:
    """The customer has answered a call that is recorded: they hear so before both are put through.

    Nothing is read, so they hear it also while the database is away.
    """
    spoken = language or parts.settings.default_language
    return Twiml(twiml.say(WORDS[spoken].recorded, spoken))


@router.post("/dialled", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
def end_specialists_leg(attempt: UUID, form: SignedForm, session: SessionDep, now: NowDep) -> Twiml:
    """The customer's leg is over, and so is the call."""
    legs.hear_dialled(session, attempt, form, now)
    return Twiml(twiml.hang_up())


@router.post("/status", status_code=204, responses=responses(*PROBLEMS), openapi_extra=BODY)
def report_specialists_leg(attempt: UUID, form: SignedForm, session: SessionDep, now: NowDep) -> None:
    """How the specialist's leg goes. When it ends without the key having been pressed, so does the attempt."""
    legs.hear_specialist(session, attempt, form, now)


@router.post("/customer", status_code=204, responses=responses(*PROBLEMS), openapi_extra=BODY)
def report_customers_leg(attempt: UUID, form: SignedForm, session: SessionDep, now: NowDep) -> None:
    """How the customer's leg goes, or who answered it: a person or a machine. The case is told."""
    legs.hear_customer(session, attempt, form, now)


def _refusal(session: Session, people: telephone.People, form: Form, parts: Parts, now: datetime) -> str | None:
    """Why the customer is not to be rung; None when they may be."""
    words = WORDS[Language(people.specialist.language)]
    if form.get("Digits") != twiml.ACCEPT:
        return words.not_taken
    if people.over:
        return words.over
    if ringing_back.is_served(session, people.case.id, since=people.attempt.started_at):
        return words.served
    policy = openings.policy_of(people.response, parts.policies)
    return None if telephone.may_be_rung(session, people, policy, now) else words.late


def _addresses(parts: Parts, attempt: UUID) -> CallAddresses:
    return CallAddresses(parts.settings.public_url, attempt)


def _unknown(attempt: UUID) -> Twiml:
    _log.warning("call of an unknown attempt: attempt=%s", attempt)
    return Twiml(twiml.hang_up())
