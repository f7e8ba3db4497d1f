"""What Twilio asks and reports about a call: answered from the rows, told to the case once, in whatever order."""

import logging
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
import time_machine
from sqlalchemy import Engine
from temporalio.client import Client

from api.webhooks.twilio import calls
from channels.twilio.twiml import WORDS
from db.columns import now
from domain.messages import CallbackChosen
from domain.rules import hear
from domain.words import AttemptOutcome, Language, Role
from tests.activities.scene import Scene, add_staff
from tests.api.webhooks.call_reports import (
    ALWAYS_OPEN,
    AT,
    CONVERSATION,
    DOCUMENTS,
    MOSCOW,
    STEPS,
    at,
    said,
    tags,
)
from tests.api.webhooks.twilio_site import CALL, FORM, LEG, NAME, TwilioSite, no_database, signature, site

# Who may ask


@pytest.mark.parametrize("step", STEPS)
async def test_without_twilio_there_are_no_such_routes(
    engine: Engine, temporal: Client, attempt: UUID, step: str
) -> None:
    closed = site(engine, temporal, calls.router, twilio_auth_token=None)
    answer = await closed.post(at(attempt, step), CallSid=CALL)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_configured")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": signature("/elsewhere", {"CallSid": CALL})}],
)
async def test_nothing_is_heard_that_twilio_did_not_sign(
    twilio: TwilioSite, scene: Scene, attempt: UUID, step: str, headers: dict[str, str]
) -> None:
    body = urlencode({"CallSid": CALL, "CallStatus": "completed", "Digits": "1"}).encode()
    answer = await twilio.send(at(attempt, step), body, headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_signature")
    assert (twilio.facts(scene.id), scene.attempt(attempt).provider_id) == ([], None)


async def test_the_query_is_signed_too(twilio: TwilioSite, attempt: UUID) -> None:
    path = at(attempt, "status") + "?a=1&b=%D0%B0"
    fields = {"CallSid": CALL, "CallStatus": "ringing"}
    assert (await twilio.post(path, **fields)).status_code == 204
    signed = {"X-Twilio-Signature": signature(at(attempt, "status"), fields)}
    assert (await twilio.send(path, urlencode(fields).encode(), signed)).status_code == 403


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"CallSid=" + b"1" * 2000, FORM, 413),
        (b"&".join([b"a=b"] * 400), FORM, 422),
    ],
)
async def test_other_bodies_are_refused(
    engine: Engine, temporal: Client, attempt: UUID, body: bytes, content_type: str, status: int
) -> None:
    twilio = site(engine, temporal, calls.router, body_limit=2000)
    headers = {"Content-Type": content_type, "X-Twilio-Signature": "x"}
    answer = await twilio.client.post(at(attempt, "status"), content=body, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("sid", ["", "CA 1", "CA'1", "C" * 65, "CA\x00"])
@pytest.mark.parametrize("step", ["specialist", "accepted", "dialled", "status", "customer"])
async def test_a_call_without_a_proper_id_is_refused(
    twilio: TwilioSite, scene: Scene, attempt: UUID, step: str, sid: str
) -> None:
    answer = await twilio.post(at(attempt, step), CallSid=sid, CallStatus="completed", DialCallStatus="busy")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_shape")
    assert twilio.facts(scene.id) == []


@pytest.mark.parametrize("step", [step for step in STEPS if step != "announcement"])
async def test_an_attempt_nobody_knows_ends_quietly(twilio: TwilioSite, step: str) -> None:
    fields = {"CallSid": CALL, "CallStatus": "completed", "DialCallStatus": "busy", "Digits": "1"}
    answer = await twilio.post(at(uuid4(), step), **fields)
    assert answer.status_code == (200 if step in DOCUMENTS else 204)
    assert step not in DOCUMENTS or tags(ElementTree.fromstring(answer.content)) == ["Hangup"]


# The specialist's leg


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", f"{NAME} asked for a call about Pro. Press 1 to be connected."), ("ru", NAME)],
)
async def test_the_specialist_hears_who_and_why_and_has_to_press_a_key(
    engine: Engine, twilio: TwilioSite, scene: Scene, language: str, words: str
) -> None:
    member = add_staff(engine, Role.SPECIALIST, language=language)
    scene.own(member)
    attempt = twilio.ring(scene, member)
    document = await twilio.document(at(attempt, "specialist"), CallSid=CALL, CallStatus="in-progress")
    assert tags(document) == ["Gather", "Gather", "Hangup"]
    assert all(text and text.startswith(words) for text in said(document))
    assert {part.get("language") for part in document.iter("Say")} == {{"en": "en-US", "ru": "ru-RU"}[language]}
    assert scene.attempt(attempt).provider_id == CALL
    assert "Number" not in {part.tag for part in document.iter()}


async def test_on_1_the_customer_is_rung(twilio: TwilioSite, scene: Scene, attempt: UUID) -> None:
    document = await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    assert tags(document) == ["Dial"]
    (dial,), (number,) = document.iter("Dial"), document.iter("Number")
    assert (number.text, dial.get("callerId"), dial.get("record")) == (scene.phone, "+74950000000", None)
    assert number.get("statusCallback") == f"https://help.example/app{at(attempt, 'customer')}"
    assert (dial.get("action"), number.get("url")) == (f"https://help.example/app{at(attempt, 'dialled')}", None)
    assert scene.attempt(attempt).accepted_at is not None


async def test_a_recorded_call_says_so_to_both(engine: Engine, temporal: Client, scene: Scene, attempt: UUID) -> None:
    recording = site(engine, temporal, calls.router, record_calls=True)
    document = await recording.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    assert tags(document) == ["Say", "Dial"]
    assert said(document) == [WORDS[Language.EN].recorded]
    (dial,), (number,) = document.iter("Dial"), document.iter("Number")
    assert dial.get("record") == "record-from-answer-dual"
    path = str(number.get("url")).removeprefix("https://help.example/app")
    announcement = await recording.document(path, CallSid=LEG)
    assert (tags(announcement), said(announcement)) == (["Say"], [WORDS[Language.EN].recorded])


@pytest.mark.parametrize(
    ("query", "spoken"), [("?language=en", Language.EN), ("?language=ru", Language.RU), ("", Language.RU)]
)
async def test_that_it_is_recorded_is_said_without_the_database(temporal: Client, query: str, spoken: Language) -> None:
    away = site(no_database(), temporal, calls.router, record_calls=True)
    document = await away.document(at(uuid4(), "announcement") + query, CallSid=LEG)
    assert said(document) == [WORDS[spoken].recorded]


@pytest.mark.parametrize("fields", [{"Digits": "2"}, {"Digits": ""}, {"Digits": "11"}, {}])
async def test_another_key_rings_nobody(
    twilio: TwilioSite, scene: Scene, attempt: UUID, fields: dict[str, str]
) -> None:
    document = await twilio.document(at(attempt, "accepted"), CallSid=CALL, **fields)
    assert (tags(document), said(document)) == (["Say", "Hangup"], [WORDS[Language.EN].not_taken])
    assert scene.attempt(attempt).accepted_at is None


@pytest.mark.parametrize("step", ["specialist", "accepted"])
async def test_after_a_withdrawal_nobody_is_rung(twilio: TwilioSite, scene: Scene, attempt: UUID, step: str) -> None:
    scene.withdraw()
    document = await twilio.document(at(attempt, step), CallSid=CALL, Digits="1")
    assert (tags(document), said(document)) == (["Say", "Hangup"], [WORDS[Language.EN].over])
    assert scene.attempt(attempt).accepted_at is None


@pytest.mark.parametrize("step", ["specialist", "accepted"])
async def test_an_attempt_that_was_given_up_rings_nobody(
    twilio: TwilioSite, scene: Scene, attempt: UUID, step: str
) -> None:
    scene.end(attempt, AttemptOutcome.TECHNICAL)
    document = await twilio.document(at(attempt, step), CallSid=CALL, Digits="1")
    assert tags(document) == ["Say", "Hangup"]


async def test_an_erased_customer_is_not_rung_and_their_call_not_kept(
    twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    twilio.change(attempt, phone=None)
    document = await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    assert (tags(document), scene.attempt(attempt).provider_id) == (["Say", "Hangup"], None)


@pytest.mark.parametrize(
    ("hour", "agreed", "is_rung"), [(20, None, True), (21, None, False), (23, 23, True), (23, 15, False)]
)
async def test_nobody_is_rung_at_night_unless_agreed(
    engine: Engine, temporal: Client, specialist: UUID, hour: int, agreed: int | None, is_rung: bool
) -> None:
    twilio = site(engine, temporal, calls.router, policy=ALWAYS_OPEN)
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=MOSCOW)):
        scene = Scene(engine, policy=ALWAYS_OPEN, zone="Europe/Moscow")
        scene.own(specialist)
        if agreed:
            time = datetime(2026, 11, 24, agreed, 5, tzinfo=MOSCOW)
            hear(scene.case, CallbackChosen(id=str(uuid4()), at=now(), time=time), now=now())
            scene.project()
        attempt = twilio.ring(scene, specialist)
    twilio.clock.time = datetime(2026, 11, 24, hour, 0, 30, tzinfo=MOSCOW)
    document = await twilio.document(at(attempt, "accepted"), CallSid=CALL, Digits="1")
    assert tags(document) == (["Dial"] if is_rung else ["Say", "Hangup"])
    assert is_rung or said(document) == [WORDS[Language.EN].late]


# What is kept


async def test_the_case_follows_what_was_told(twilio: TwilioSite, scene: Scene, attempt: UUID) -> None:
    for fields in CONVERSATION:
        await twilio.post(at(attempt, "customer"), **fields)
    scene.answer(attempt)
    scene.end(attempt, AttemptOutcome.REACHED)
    row = scene.attempt(attempt)
    assert (row.outcome, row.answered_by, row.picked_up_at) == ("reached", "human", AT)


async def test_no_number_and_no_name_is_logged(
    twilio: TwilioSite, scene: Scene, attempt: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    people = {"To": scene.phone, "From": "+74950000001", "Caller": "+74950000001"}
    for step in STEPS:
        for sent in ({"X-Twilio-Signature": "x"}, None):
            fields = {"CallSid": CALL, "CallStatus": "completed", "Digits": "1", **people}
            signed = {"X-Twilio-Signature": signature(at(attempt, step), fields)}
            await twilio.send(at(attempt, step), urlencode(fields).encode(), sent or signed)
    assert "delivery refused: source=twilio" in caplog.text
    for personal in (scene.phone[1:], "74950000001", NAME):
        assert personal not in caplog.text
