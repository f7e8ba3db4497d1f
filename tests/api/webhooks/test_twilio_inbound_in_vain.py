"""A customer rings us and nobody takes it, is a stranger, or meets a database that is away: never a dead line."""

import logging
from uuid import UUID
from xml.etree import ElementTree

import pytest
from sqlalchemy import Engine, text
from temporalio.client import Client

from api.webhooks.twilio import inbound
from channels.twilio.ringing import WORDS
from channels.twilio.twiml import WORDS as CALL_WORDS
from domain.words import Language
from tests.activities.scene import Scene
from tests.api.webhooks.customer_rings import (
    CALLER,
    COLLEAGUES,
    COMPANY,
    GONE,
    LEG,
    NOON,
    OWNERS,
    RING,
    ROOM,
    asked,
    dial,
    hangs_up,
    nobody_answers,
    picks_up,
    presses,
    rings,
    rung,
    speech,
    takers,
)
from tests.api.webhooks.twilio_site import TwilioSite, no_database, site

# Nobody takes it


async def test_when_nobody_takes_it_the_case_is_told_once_and_only_then_a_call_is_promised(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    twilio.clock.time = NOON
    second = await nobody_answers(twilio, await rings(twilio, scene.phone), scene.phone)
    last = [await nobody_answers(twilio, second, scene.phone) for _ in range(2)]
    assert ["call you back" in speech(document) for document in last] == [True, True]
    await hangs_up(twilio, scene.phone)
    assert takers(twilio, scene) == [None]


async def test_when_nobody_is_on_duty_they_are_told_at_once(twilio: TwilioSite, scene: Scene) -> None:
    document = await rings(twilio, scene.phone)
    assert [part.tag for part in document] == ["Say", "Hangup"]
    assert COMPANY in speech(document)
    assert takers(twilio, scene) == [None]


@pytest.mark.parametrize("status", ["completed", "canceled", "failed"])
async def test_who_hangs_up_while_they_wait_rang_in_vain(
    twilio: TwilioSite, scene: Scene, owner: UUID, status: str
) -> None:
    await rings(twilio, scene.phone)
    assert takers(twilio, scene) == []
    await hangs_up(twilio, scene.phone, status)
    await hangs_up(twilio, scene.phone, status)
    assert takers(twilio, scene) == [None]


async def test_who_hangs_up_while_the_owner_is_rung_is_not_looked_after_further(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    after = await nobody_answers(twilio, await rings(twilio, scene.phone), scene.phone, CallStatus="completed")
    assert ([part.tag for part in after], takers(twilio, scene)) == (["Hangup"], [None])


async def test_who_presses_the_key_after_they_have_hung_up_has_not_spoken_with_them(
    twilio: TwilioSite, scene: Scene, owner: UUID
) -> None:
    whisper = await picks_up(twilio, await rings(twilio, scene.phone), OWNERS)
    await hangs_up(twilio, scene.phone)
    assert speech(await presses(twilio, whisper)) == GONE
    assert takers(twilio, scene) == [None]


async def test_a_call_that_goes_on_has_not_ended(twilio: TwilioSite, scene: Scene, owner: UUID) -> None:
    await hangs_up(twilio, scene.phone, "in-progress")
    assert takers(twilio, scene) == []


# Anybody else


STRANGERS = {
    "a number nobody knows": "+79990000001",
    "withheld": "",
    "anonymous": "anonymous",
    "as Twilio writes anonymous": "+266696687",
    "a sip address": "sip:anna@example.com",
}
OVER = "a case that is over"


@pytest.mark.parametrize("stranger", [*STRANGERS, OVER])
async def test_anybody_else_is_greeted_put_through_and_nothing_is_written(
    twilio: TwilioSite, scene: Scene, colleague: UUID, stranger: str
) -> None:
    if stranger == OVER:
        scene.withdraw()
    phone = STRANGERS.get(stranger, scene.phone)
    document = await rings(twilio, phone)
    assert (rung(document), COMPANY in speech(document)) == ([COLLEAGUES], True)
    whisper = await picks_up(twilio, document, COLLEAGUES)
    assert WORDS[Language.EN].stranger in speech(whisper)
    assert list(await presses(twilio, whisper)) == []
    after = await nobody_answers(twilio, document, phone)
    assert [part.tag for part in after] == ["Say", "Hangup"]
    assert "перезвоним" not in speech(after)
    await hangs_up(twilio, phone)
    assert takers(twilio, scene) == []


async def test_the_erased_are_strangers(twilio: TwilioSite, scene: Scene, owner: UUID) -> None:
    with twilio.engine.begin() as connection:
        connection.execute(text("update response set phone = null, name = null, erased_at = now()"))
    document = await rings(twilio, scene.phone)
    assert "case=" not in ElementTree.tostring(document, encoding="unicode")


async def test_a_stranger_who_was_put_through_is_not_rung_for_again(twilio: TwilioSite, colleague: UUID) -> None:
    document = await rings(twilio, "+79990000001")
    after = await nobody_answers(twilio, document, "+79990000001", DialBridged="true", DialCallStatus="completed")
    assert [part.tag for part in after] == ["Hangup"]


# Recording


async def test_both_hear_that_it_is_recorded_before_it_is(
    engine: Engine, temporal: Client, scene: Scene, owner: UUID
) -> None:
    twilio = site(engine, temporal, inbound.router, record_calls=True)
    document = await rings(twilio, scene.phone)
    recorded = CALL_WORDS[Language.EN].recorded
    assert (recorded in speech(document), dial(document).get("record")) == (True, "record-from-answer-dual")
    assert speech(await presses(twilio, await picks_up(twilio, document, OWNERS))) == recorded


async def test_usually_nothing_is_recorded(twilio: TwilioSite, scene: Scene, owner: UUID) -> None:
    assert dial(await rings(twilio, scene.phone)).get("record") is None


# PostgreSQL is away


@pytest.fixture
def away(temporal: Client) -> TwilioSite:
    """The routes over a database that does not answer."""
    return site(no_database(), temporal, inbound.router, company_name=COMPANY)


async def test_without_the_database_they_hear_an_apology_and_no_promise(away: TwilioSite) -> None:
    for path in (ROOM, f"{ROOM}/{RING}/rung/owner", f"{ROOM}/{RING}/rung/anyone"):
        document = await away.document(path, CallSid=CALLER, From="+79161234567", CallStatus="in-progress")
        assert [part.tag for part in document] == ["Say", "Hangup"]
        assert "неполадки" in speech(document)
        assert "перезвоним" not in speech(document)


async def test_a_database_that_hangs_counts_as_away(
    twilio: TwilioSite, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "PATIENCE", inbound.PATIENCE / 40)
    with twilio.engine.begin() as blocker:
        blocker.execute(text("lock table response in access exclusive mode"))
        assert "неполадки" in speech(await rings(twilio, scene.phone))


async def test_without_the_database_a_call_that_is_taken_goes_through_after_some_tries(away: TwilioSite) -> None:
    staff, case = UUID(int=1), UUID(int=2)
    path = f"{ROOM}/{RING}/takers/{staff}/accepted?case={case}"
    document, tries = await away.document(path, CallSid=LEG, Digits="1"), 0
    while (redirect := document.find("Redirect")) is not None:
        document, tries = await asked(away, redirect.text or "", CallSid=LEG), tries + 1
    assert (tries, [part.tag for part in document]) == (inbound.MOST_TRIES, ["Say"])
    assert "вручную" in speech(document)


async def test_without_the_database_they_are_not_recorded_unheard(temporal: Client) -> None:
    away = site(no_database(), temporal, inbound.router, record_calls=True)
    path = f"{ROOM}/{RING}/takers/{UUID(int=1)}/accepted?again={inbound.MOST_TRIES}"
    document = await away.document(path, CallSid=LEG, Digits="1")
    assert CALL_WORDS[Language.RU].recorded in speech(document)


async def test_without_the_database_who_picks_up_can_still_take_the_call(away: TwilioSite) -> None:
    path = f"{ROOM}/{RING}/takers/{UUID(int=1)}/whisper?case={UUID(int=2)}"
    whisper = await away.document(path, CallSid=LEG)
    assert [part.tag for part in whisper] == ["Gather", "Gather", "Hangup"]


async def test_the_end_of_a_call_that_cannot_be_stored_is_not_accepted(away: TwilioSite) -> None:
    answer = await away.post(f"{ROOM}/ended", CallSid=CALLER, From="+79161234567", CallStatus="completed")
    assert answer.status_code == 503


# Who may ask, and what is logged


@pytest.mark.parametrize(
    "path", ["", f"/{RING}/rung/owner", f"/{RING}/takers/{RING}/whisper", f"/{RING}/takers/{RING}/accepted", "/ended"]
)
async def test_nothing_is_answered_that_twilio_did_not_sign(twilio: TwilioSite, path: str) -> None:
    answer = await twilio.send(ROOM + path, b"CallSid=" + CALLER.encode(), {"X-Twilio-Signature": "no"})
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_signature")


async def test_no_number_is_logged_and_none_is_in_an_address(
    twilio: TwilioSite, away: TwilioSite, scene: Scene, owner: UUID, colleague: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    document = await rings(twilio, scene.phone)
    await presses(twilio, await picks_up(twilio, document, OWNERS))
    await hangs_up(twilio, scene.phone)
    await rings(away, scene.phone)
    addresses = [value for part in document.iter() for name, value in part.items() if name in ("url", "action")]
    for secret in (scene.phone[1:], OWNERS[1:]):
        assert secret not in caplog.text
        assert not [address for address in addresses if secret in address]


async def test_a_ring_without_its_id_is_not_understood(twilio: TwilioSite) -> None:
    answer = await twilio.post(ROOM, From="+79161234567")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_shape")
