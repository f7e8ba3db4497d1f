"""What Twilio reports of the customer's leg: how an attempt ended, in whatever order it is told."""

import itertools
from datetime import timedelta
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from tests.activities.scene import Scene
from tests.api.webhooks.call_reports import (
    AT,
    CONVERSATION,
    REAL,
    at,
    leg,
    tags,
    told,
)
from tests.api.webhooks.twilio_site import CALL, LEG, TwilioSite, signature

# The customer's leg


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        (leg("busy", SipResponseCode="486"), "busy"),
        (leg("no-answer"), "no_answer"),
        (leg("canceled"), "technical"),
        (leg("failed"), "unavailable"),
        (leg("failed", ErrorCode="13224"), "invalid"),
        (leg("failed", ErrorCode="13227"), "technical"),
        (leg("failed", ErrorCode="٣" * 5), "unavailable"),
        (leg("completed", AnsweredBy="machine_start"), "voicemail"),
        (leg("completed", AnsweredBy="fax"), "voicemail"),
        (leg("completed", AnsweredBy="human"), "reached"),
        (leg("completed", AnsweredBy="unknown"), "reached"),
        (leg("completed"), "reached"),
    ],
)
async def test_the_customers_leg_tells_how_the_attempt_ended(
    twilio: TwilioSite, scene: Scene, attempt: UUID, fields: dict[str, str], outcome: str
) -> None:
    for _ in range(2):
        assert (await twilio.post(at(attempt, "customer"), **fields)).status_code == 204
    assert told(twilio, scene) == [("call_ended", outcome)]
    assert scene.attempt(attempt).provider_id is None


VOICEMAIL = (
    leg("in-progress"),
    leg(AnsweredBy="machine_start"),
    leg("completed", AnsweredBy="machine_start"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(CONVERSATION)))
async def test_a_conversation_is_told_alike_in_every_order(
    twilio: TwilioSite, scene: Scene, attempt: UUID, order: tuple[dict[str, str], ...]
) -> None:
    for fields in order * 2:
        await twilio.post(at(attempt, "customer"), **fields)
    assert told(twilio, scene) == [("call_ended", "reached"), ("customer_answered", None)]
    assert {body["at"] for _, body in twilio.facts(scene.id)} == {"2026-11-22T12:00:00Z"}
    assert scene.attempt(attempt).answered_at == AT


@pytest.mark.parametrize("order", list(itertools.permutations(VOICEMAIL)))
async def test_a_machine_is_never_an_answer(
    twilio: TwilioSite, scene: Scene, attempt: UUID, order: tuple[dict[str, str], ...]
) -> None:
    for fields in order * 2:
        await twilio.post(at(attempt, "customer"), **fields)
    assert told(twilio, scene) == [("call_ended", "voicemail")]
    assert scene.attempt(attempt).answered_at is None


async def test_an_answer_waits_until_somebody_has_listened(twilio: TwilioSite, scene: Scene, attempt: UUID) -> None:
    await twilio.post(at(attempt, "customer"), **leg("in-progress"))
    assert twilio.facts(scene.id) == []
    await twilio.post(at(attempt, "customer"), CallSid=LEG, AnsweredBy="unknown", MachineDetectionDuration="4000")
    assert told(twilio, scene) == [("customer_answered", None)]
    assert scene.attempt(attempt).answered_at == AT


async def test_whoever_hangs_up_before_anybody_has_listened_was_reached(
    twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    await twilio.post(at(attempt, "customer"), **leg("in-progress"))
    await twilio.post(at(attempt, "customer"), **leg("completed"))
    assert told(twilio, scene) == [("call_ended", "reached"), ("customer_answered", None)]


async def test_a_conversation_whose_beginning_was_not_reported_began_so_long_before_its_end(
    twilio: TwilioSite, scene: Scene, attempt: UUID
) -> None:
    await twilio.post(at(attempt, "customer"), **leg("completed", AnsweredBy="human", CallDuration="49"))
    await twilio.post(at(attempt, "customer"), **leg("in-progress"))
    assert told(twilio, scene) == [("call_ended", "reached"), ("customer_answered", None)]
    assert scene.attempt(attempt).answered_at == AT - timedelta(seconds=49)


async def test_an_end_stays_whatever_is_told_later(twilio: TwilioSite, scene: Scene, attempt: UUID) -> None:
    for status in ("busy", "ringing", "no-answer", "completed"):
        await twilio.post(at(attempt, "customer"), **leg(status))
    assert told(twilio, scene) == [("call_ended", "busy")]


@pytest.mark.parametrize("timestamp", ["", "yesterday", "Fri, 01 Jan 2100 00:00:00 +0000", "Sun, 99 Nov 2026"])
async def test_a_time_that_cannot_be_is_now(twilio: TwilioSite, scene: Scene, attempt: UUID, timestamp: str) -> None:
    twilio.clock.time = AT + timedelta(hours=1)
    await twilio.post(at(attempt, "customer"), CallSid=LEG, CallStatus="busy", Timestamp=timestamp)
    ((_, body),) = twilio.facts(scene.id)
    assert body["at"] == "2026-11-22T13:00:00Z"


async def test_a_real_delivery_passes(twilio: TwilioSite, scene: Scene, attempt: UUID) -> None:
    if not REAL.exists():
        pytest.skip("no real payload here")
    fields = dict(parse_qsl(REAL.read_text().strip(), keep_blank_values=True))
    path = at(attempt, "customer")
    signed = {"X-Twilio-Signature": signature(path, fields)}
    assert (await twilio.send(path, REAL.read_bytes().strip(), signed)).status_code == 204
    (kind, body), (_, answered) = twilio.facts(scene.id)
    assert (kind, body["outcome"], body["at"]) == ("call_ended", "reached", "2018-03-25T09:53:19Z")
    assert answered["at"] == "2018-03-25T09:52:30Z"


# The end of dialling


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"DialCallStatus": "busy", "DialCallSid": LEG}, "busy"),
        ({"DialCallStatus": "no-answer", "DialCallSid": LEG}, "no_answer"),
        ({"DialCallStatus": "canceled", "DialCallSid": LEG}, "technical"),
        ({"DialCallStatus": "failed"}, "technical"),
        ({"DialCallStatus": "failed", "ErrorCode": "13224"}, "invalid"),
        ({"DialCallStatus": "failed", "DialCallSid": LEG}, None),
        ({"DialCallStatus": "completed", "DialCallSid": LEG}, None),
        ({"DialCallStatus": "something new", "DialCallSid": LEG}, None),
    ],
)
async def test_the_end_of_dialling_ends_the_call(
    twilio: TwilioSite, scene: Scene, attempt: UUID, fields: dict[str, str], outcome: str | None
) -> None:
    for _ in range(2):
        document = await twilio.document(at(attempt, "dialled"), CallSid=CALL, CallStatus="in-progress", **fields)
        assert tags(document) == ["Hangup"]
    assert told(twilio, scene) == ([("call_ended", outcome)] if outcome else [])


@pytest.mark.parametrize(("heard", "outcome"), [("human", "reached"), ("machine_start", "voicemail")])
async def test_once_somebody_has_listened_either_report_ends_the_call(
    twilio: TwilioSite, scene: Scene, attempt: UUID, heard: str, outcome: str
) -> None:
    await twilio.post(at(attempt, "customer"), CallSid=LEG, AnsweredBy=heard)
    fields = {"CallSid": CALL, "DialCallStatus": "completed", "DialCallSid": LEG}
    await twilio.document(at(attempt, "dialled"), **fields)
    await twilio.post(at(attempt, "customer"), **leg("completed", AnsweredBy=heard))
    assert told(twilio, scene) == [("call_ended", outcome)]
