"""A customer rings us: they are greeted, hear that we look for somebody, and are put through; never a dead line."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

import anyio
from fastapi import APIRouter, Query
from sqlmodel import Session

from api.deps import NowDep, Parts, PartsDep, SessionDep
from api.problems import DATABASE_AWAY, responses
from api.webhooks import raw
from api.webhooks.twilio import legs
from api.webhooks.twilio.calls import Twiml
from api.webhooks.twilio.line import Line, Listener, number_of
from api.webhooks.twilio.signed import BODY, PROBLEMS, SignedForm
from channels.twilio import ringing, statuses, twiml
from channels.twilio.addresses import PREFIX
from channels.twilio.ringing import RingAddresses, Round
from channels.twilio.signatures import Form
from db import ringing_back
from db.ringing_back import ring_id
from db.staff import Staff
from domain.hold import Moment
from domain.words import Language

router = APIRouter(prefix=f"{PREFIX}/inbound", tags=["webhooks"])
_log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=8)
"""After 15 seconds without an answer Twilio plays an error of its own to the customer."""
MOST_TRIES = 3
"""So often we try to write down who takes a call, before they are put through all the same."""
CaseOfCaller = Annotated[UUID | None, Query(alias="case", description="The open case of whoever rings.")]
TriesBefore = Annotated[int, Query(ge=0, le=MOST_TRIES, description="How often it could not be written down.")]


@router.post("", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
async def answer_customer(form: SignedForm, parts: PartsDep, now: NowDep) -> Twiml:
    """A customer rings: they hear the company's name and that we look for somebody, and telephones begin to ring."""
    ring, phone = ring_id(legs.sid_of(form)), number_of(form)

    def first_step(session: Session) -> str:
        return _greet(Line.of(phone, ring, parts, session, now))

    return await _steered(parts, first_step, _apology(parts, ring, now))


@router.post("/{ring}/rung/{whom}", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
async def go_on_looking(ring: UUID, whom: Round, form: SignedForm, parts: PartsDep, now: NowDep) -> Twiml:
    """Telephones have rung. Unless somebody took it, the others ring; then the case is told, and so is the customer."""
    phone = number_of(form)

    def next_step(session: Session) -> str:
        return _go_on(Line.of(phone, ring, parts, session, now), whom, form)

    return await _steered(parts, next_step, _apology(parts, ring, now))


@router.post("/{ring}/takers/{staff}/whisper", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY)
async def greet_taker(ring: UUID, staff: UUID, _form: SignedForm, parts: PartsDep, case: CaseOfCaller = None) -> Twiml:
    """Somebody of ours picks up: who rings and why, and one key to take the call. A voicemail presses none."""
    accepted, fallback = _addresses(parts, ring, case).accepted(staff), parts.settings.default_language
    unknown = ringing.whisper(ringing.WORDS[fallback].customer, fallback, accepted)
    return await _steered(parts, lambda session: _whisper(session, ring, staff, case, parts), unknown)


@router.post(
    "/{ring}/takers/{staff}/accepted", responses=responses(*PROBLEMS), response_class=Twiml, openapi_extra=BODY
)
async def put_customer_through(
    ring: UUID,
    staff: UUID,
    form: SignedForm,
    parts: PartsDep,
    now: NowDep,
    case: CaseOfCaller = None,
    again: TriesBefore = 0,
) -> Twiml:
    """Somebody of ours has pressed a key. On 1, for the first, the case is told that they speak with the customer."""
    if again == 0 and form.get("Digits") != twiml.ACCEPT:
        return Twiml(twiml.hang_up())
    unrecorded = _unrecorded(parts, _addresses(parts, ring, case), staff, again)
    return await _steered(parts, lambda session: _put_through(session, ring, staff, case, parts, now), unrecorded)


@router.post("/ended", status_code=204, responses=responses(*PROBLEMS), openapi_extra=BODY)
def report_ring_ended(form: SignedForm, parts: PartsDep, session: SessionDep, now: NowDep) -> None:
    """The customer's call is over. Whoever hung up before anybody took it rang in vain, and their case is told."""
    sid, phone = legs.sid_of(form), number_of(form)
    if not statuses.is_over(form.get("CallStatus")) or phone is None:
        return
    line = Line.of(phone, ring_id(sid), parts, session, now)
    line.record_in_vain()
    ringing_back.keep_provider_id(session, line.ring, phone=phone, provider_id=sid)


async def _steered(parts: Parts, step: Callable[[Session], str], otherwise: str) -> Twiml:
    """The document of this step; `otherwise` when the database does not answer in time, for a line must not be dead."""
    try:
        with anyio.fail_after(PATIENCE.total_seconds()):
            done = partial(_in_transaction, parts, step)
            return Twiml(await anyio.to_thread.run_sync(done, abandon_on_cancel=True))
    except (*DATABASE_AWAY, TimeoutError) as away:
        _log.error("a customer's ring met a database that does not answer: %s", type(away).__name__)
        return Twiml(otherwise)


def _in_transaction(parts: Parts, step: Callable[[Session], str]) -> str:
    with raw.transaction(parts.engine) as session:
        return step(session)


def _greet(line: Line) -> str:
    first = line.first()
    people = first or ringing_back.who_may_take_it(line.at_work, passed_over=None)
    opening = [line.say(Moment.GREETING)]
    if not people:
        return line.nobody(opening)
    recorded = [twiml.WORDS[line.language].recorded] if line.parts.settings.record_calls else []
    return line.ring_them(Round.OWNER if first else Round.ANYONE, people, [*opening, *recorded, line.say(Moment.HOLD)])


def _go_on(line: Line, whom: Round, form: Form) -> str:
    bridged, taken = form.get("DialBridged"), ringing_back.taken_by(line.session, line.ring)
    if bridged == "true" or (taken and bridged != "false"):
        return twiml.hang_up()
    if taken:  # whoever pressed the key was gone before the two could speak
        return twiml.farewell(line.say(Moment.NOBODY), line.language)
    if statuses.is_over(form.get("CallStatus")):
        line.record_in_vain()
        return twiml.hang_up()
    # A busy owner may have been calling this very customer, and be free by now.
    passed_over = None if form.get("DialCallStatus") == "busy" or not line.caller else line.caller.first
    others = ringing_back.who_may_take_it(line.at_work, passed_over) if whom is Round.OWNER else ()
    return line.ring_them(Round.ANYONE, others, [line.say(Moment.SEARCH)]) if others else line.nobody()


def _whisper(session: Session, ring: UUID, staff: UUID, case: UUID | None, parts: Parts) -> str:
    language, words = _words_for(session, staff, parts)
    if ringing_back.taken_by(session, ring):
        return twiml.farewell(words.gone, language)
    caller = ringing_back.case_caller(session, case, _secret(parts)) if case else None
    text = words.customer if caller else words.stranger
    if caller and caller.name:
        text = words.known.format(who=caller.name, about=f": {caller.product}" if caller.product else "")
    return ringing.whisper(text, language, _addresses(parts, ring, case).accepted(staff))


def _put_through(session: Session, ring: UUID, staff: UUID, case: UUID | None, parts: Parts, now: datetime) -> str:
    """Told to the case at once, not when the call ends: meanwhile its promise would break."""
    language, words = _words_for(session, staff, parts)
    caller = ringing_back.case_caller(session, case, _secret(parts)) if case else None
    if caller and ringing_back.record(session, ring, caller.case, by=staff, at=now) != staff:
        return twiml.farewell(words.gone, language)
    if parts.settings.record_calls:
        return twiml.say(twiml.WORDS[language].recorded, language)
    return ringing.put_through()


def _unrecorded(parts: Parts, addresses: RingAddresses, staff: UUID, again: int) -> str:
    """The two are to speak in any case: try again for some seconds, then ask the specialist to log it."""
    language = parts.settings.default_language
    if again < MOST_TRIES and addresses.case:
        return ringing.in_a_moment(addresses.accepted(staff, again + 1))
    recorded = [twiml.WORDS[language].recorded] if parts.settings.record_calls else []
    return twiml.say(" ".join([ringing.WORDS[language].unrecorded, *recorded]), language)


def _words_for(session: Session, staff: UUID, parts: Parts) -> tuple[Language, ringing.Spoken]:
    member = session.get(Staff, staff)
    language = Language(member.language) if member else parts.settings.default_language
    return language, ringing.WORDS[language]


def _apology(parts: Parts, ring: UUID, now: datetime) -> str:
    listener = Listener(parts, ring, now)
    return twiml.farewell(listener.say(Moment.TROUBLE), listener.language)


def _addresses(parts: Parts, ring: UUID, case: UUID | None) -> RingAddresses:
    return RingAddresses(parts.settings.public_url, ring, case)


def _secret(parts: Parts) -> bytes:
    return parts.settings.token_secret.get_secret_value().encode()
