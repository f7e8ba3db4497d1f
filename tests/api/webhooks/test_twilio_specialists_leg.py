"""The specialist takes a call, or does not, or is gone at once: what becomes of the attempt."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col

from channels.twilio.twiml import WORDS
from db import ringing_back
from db.columns import now
from db.tables import Inbox
from domain.words import AttemptOutcome, Language, Role
from tests.activities.scene import Scene, add_staff
from tests.api.webhooks.call_reports import CONVERSATION, TOLD_AT, at, leg, said, tags, told
from tests.api.webhooks.twilio_site import CALL, TwilioSite


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
async def test_a_call_the_specialist_did_not_take_is_given_back_once(
    twilio: TwilioSite, scene: Scene, attempt: UUID, status: str
) -> None:
    for reported in ("initiated", "ringing", "in-progress", status, status, "ringing"):
        answer = await twilio.post(at(attempt, "status"), CallSid=CALL, CallStatus=reported, Timestamp=TOLD_AT)
        assert answer.status_code == 204
    ((kind, body),) = twilio.facts(scene.id)
    assert (kind, body["outcome"], body["at"]) == ("call_ended", "technical", "2026-11-22T12:00:00Z")
    assert scene.attempt(attempt).provider_id == CALL


async def test_once_the_call_is_taken_its_end_is_the_customers(twilio: TwilioSite, scene: Scene, attempt: UUID) -> None:
    await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    await twilio.post(at(attempt, "customer"), **leg("in-progress"))
    await twilio.post(at(attempt, "status"), CallSid=CALL, CallStatus="completed")
    assert told(twilio, scene) == []
    await twilio.post(at(attempt, "customer"), **leg("completed", AnsweredBy="human"))
    assert told(twilio, scene) == [("call_ended", "reached"), ("customer_answered", None)]


@pytest.mark.parametrize("status", ["completed", "failed", "canceled"])
async def test_of_who_took_the_call_and_is_gone_without_a_sign_of_the_customer_the_provider_is_to_be_asked(
    twilio: TwilioSite, scene: Scene, attempt: UUID, status: str
) -> None:
    """Silence proves nothing: nobody may have been rung, or reports are late."""
    await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    for reported in ("in-progress", status, status):
        await twilio.post(at(attempt, "status"), CallSid=CALL, CallStatus=reported, Timestamp=TOLD_AT)
    ((kind, body),) = twilio.facts(scene.id)
    assert (kind, body["outcome"], body["at"]) == ("call_ended", None, "2026-11-22T12:00:00Z")


async def test_a_customers_leg_that_is_told_of_last_still_tells_the_end(
    twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    await twilio.post(at(attempt, "status"), CallSid=CALL, CallStatus="completed", Timestamp=TOLD_AT)
    for fields in CONVERSATION:
        await twilio.post(at(attempt, "customer"), **fields)
    assert told(twilio, scene) == [("call_ended", None), ("call_ended", "reached"), ("customer_answered", None)]


async def test_an_attempt_whose_end_is_known_is_not_asked_after(
    twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    scene.end(attempt, AttemptOutcome.NO_ANSWER)
    await twilio.post(at(attempt, "status"), CallSid=CALL, CallStatus="completed")
    assert twilio.facts(scene.id) == []


async def test_a_customer_who_speaks_with_a_colleague_already_is_not_rung(
    engine: Engine, twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    """They rang us while the specialist's telephone rang; our own call has yet to be hung up."""
    with Session(engine) as session, session.begin():
        ringing_back.tell(session, uuid4(), scene.id, by=add_staff(engine, Role.SPECIALIST), at=now())
    document = await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    assert (tags(document), said(document)) == (["Say", "Hangup"], [WORDS[Language.EN].served])
    assert scene.attempt(attempt).accepted_at is None


async def test_a_ring_that_nobody_took_or_that_the_case_knew_before_the_call_hinders_nothing(
    engine: Engine, twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    before = scene.attempt(attempt).started_at - timedelta(seconds=1)
    with Session(engine) as session, session.begin():
        ringing_back.tell(session, uuid4(), scene.id, by=None, at=now())
        ringing_back.tell(session, earlier := uuid4(), scene.id, by=add_staff(engine, Role.SPECIALIST), at=before)
        session.execute(update(Inbox).where(col(Inbox.key) == str(earlier)).values(done_at=before))
    document = await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    assert tags(document) == ["Dial"]
