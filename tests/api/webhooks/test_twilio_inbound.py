"""A customer rings us: whose telephones ring, what everybody hears, who gets the call; the case is told once."""

from datetime import UTC, datetime
from uuid import UUID
from xml.etree import ElementTree

import pytest
from sqlalchemy import text
from sqlmodel import Session

from channels.twilio.ringing import WORDS
from db.suppressions import suppress
from domain import rules
from domain.messages import CustomerRang
from domain.words import AttemptOutcome, Language, Role
from settings import Settings
from tests.activities.scene import Scene, add_staff
from tests.api.webhooks.customer_rings import (
    CALLER,
    COLLEAGUES,
    COMPANY,
    GONE,
    LEADS,
    NOON,
    OWNERS,
    RING,
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
from tests.api.webhooks.twilio_site import NAME, TwilioSite

# Whose telephones ring


async def test_the_owner_is_rung_first_and_then_everybody_on_duty_at_once(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    add_staff(twilio.engine, Role.SPECIALIST, phone="+74950000019")
    first = await rings(twilio, scene.phone)
    assert (rung(first), dial(first).get("timeout"), dial(first).get("answerOnBridge")) == ([OWNERS], "15", "true")
    others = await nobody_answers(twilio, first, scene.phone)
    assert set(rung(others)) == {COLLEAGUES, "+74950000019"}
    assert dial(others).get("callerId") == "+74950000000"


@pytest.mark.parametrize(
    "changes", ["update duty set ended_at = now()", "update staff set phone = null", "update staff set active = false"]
)
async def test_an_owner_who_cannot_be_rung_is_passed_over(
    twilio: TwilioSite, scene: Scene, owner: UUID, changes: str
) -> None:
    with twilio.engine.begin() as connection:
        connection.execute(text(changes))
    add_staff(twilio.engine, Role.SPECIALIST, phone=COLLEAGUES)
    assert rung(await rings(twilio, scene.phone)) == [COLLEAGUES]


async def test_without_a_specialist_second_line_and_leads_are_rung(twilio: TwilioSite, scene: Scene) -> None:
    for role, phone in (
        (Role.LEAD, LEADS),
        (Role.SECOND_LINE, COLLEAGUES),
        (Role.MANAGER, OWNERS),
        (Role.ADMIN, OWNERS),
    ):
        add_staff(twilio.engine, role, phone=phone)
    assert set(rung(await rings(twilio, scene.phone))) == {LEADS, COLLEAGUES}


async def test_an_owner_alone_on_duty_is_not_rung_twice_unless_they_were_busy(
    twilio: TwilioSite, scene: Scene, owner: UUID
) -> None:
    first = await rings(twilio, scene.phone)
    assert rung(await nobody_answers(twilio, first, scene.phone, DialCallStatus="busy")) == [OWNERS]
    assert rung(await nobody_answers(twilio, first, scene.phone)) == []


async def test_who_rings_them_at_this_moment_gets_the_call_whoever_owns_the_case(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    twilio.ring(scene, colleague)
    assert rung(await rings(twilio, scene.phone)) == [COLLEAGUES]


async def test_of_many_on_duty_ten_are_rung_and_those_who_talk_come_last(twilio: TwilioSite, scene: Scene) -> None:
    busy = add_staff(twilio.engine, Role.SPECIALIST, phone=OWNERS)
    other = Scene(twilio.engine)
    other.own(busy)
    twilio.ring(other, busy)
    for number in range(12):
        add_staff(twilio.engine, Role.SPECIALIST, phone=f"+749500001{number:02}")
    found = rung(await rings(twilio, scene.phone))
    assert (len(found), OWNERS in found) == (10, False)


async def test_of_several_cases_of_a_number_the_one_with_an_owner_is_meant(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    Scene(twilio.engine, phone=scene.phone)
    document = await rings(twilio, scene.phone)
    assert (rung(document), f"case={scene.id}" in dial(document).get("action", "")) == ([OWNERS], True)


async def test_nobody_of_ours_is_rung_on_the_telephone_they_ring_from(
    twilio: TwilioSite, owner: UUID, colleague: UUID
) -> None:
    assert rung(await rings(twilio, OWNERS)) == [COLLEAGUES]


# What they hear


async def test_before_a_key_is_pressed_the_customers_side_hears_the_companys_name_and_nothing_of_the_case(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    first = await rings(twilio, scene.phone)
    second = await nobody_answers(twilio, first, scene.phone)
    last = await nobody_answers(twilio, second, scene.phone)
    assert COMPANY in speech(first)
    for document in (first, second, last):
        heard = ElementTree.tostring(document, encoding="unicode")
        assert speech(document)
        assert not [word for word in (NAME, "Pro", "Irina", scene.phone) if word in heard]


async def test_they_hear_their_language_and_their_hour(twilio: TwilioSite, owner: UUID) -> None:
    scene = Scene(twilio.engine, language="ru", zone="Asia/Vladivostok")
    twilio.clock.time = NOON  # 19:00 there
    document = await rings(twilio, scene.phone)
    assert speech(document).startswith("Добрый вечер!")
    assert {say.get("language") for say in document.iter("Say")} == {"ru-RU"}


async def test_whom_we_keep_waiting_hears_an_apology(twilio: TwilioSite, owner: UUID) -> None:
    scene = Scene(twilio.engine)
    twilio.clock.time = NOON
    assert "sorry" not in speech(await rings(twilio, scene.phone))
    due = scene.case.promise.due
    assert due is not None
    rules.fall_due(scene.case, due)
    scene.project()
    assert "sorry to have kept you waiting" in speech(await rings(twilio, scene.phone))


async def test_the_same_call_asked_twice_hears_the_same(twilio: TwilioSite, scene: Scene, owner: UUID) -> None:
    once, again = [await rings(twilio, scene.phone) for _ in range(2)]
    assert ElementTree.tostring(once) == ElementTree.tostring(again)


async def test_who_picks_up_hears_who_rings_and_why_twice_and_a_voicemail_takes_nothing(
    twilio: TwilioSite, scene: Scene, owner: UUID
) -> None:
    whisper = await picks_up(twilio, await rings(twilio, scene.phone), OWNERS)
    assert [part.tag for part in whisper] == ["Gather", "Gather", "Hangup"]
    assert speech(whisper).count(f"{NAME} is calling back: Pro. Press 1 to take the call.") == 2
    assert takers(twilio, scene) == []


async def test_who_wishes_to_be_left_alone_is_put_through_without_a_name(
    twilio: TwilioSite, scene: Scene, owner: UUID
) -> None:
    with Session(twilio.engine) as session, session.begin():
        secret = Settings(_env_file=None).token_secret.get_secret_value().encode()
        suppress(session, "sms", scene.phone, secret, reason="stop")
    whisper = await picks_up(twilio, await rings(twilio, scene.phone), OWNERS)
    assert WORDS[Language.EN].customer in speech(whisper)
    assert NAME not in speech(whisper)
    assert "Pro" not in speech(whisper)


# Somebody takes it


async def test_on_1_they_are_put_through_and_the_case_is_told_once_by_whom(
    twilio: TwilioSite, scene: Scene, owner: UUID
) -> None:
    whisper = await picks_up(twilio, await rings(twilio, scene.phone), OWNERS)
    documents = [await presses(twilio, whisper) for _ in range(2)]
    assert [list(document) for document in documents] == [[], []]
    await hangs_up(twilio, scene.phone)
    assert takers(twilio, scene) == [str(owner)]


async def test_another_key_takes_nothing(twilio: TwilioSite, scene: Scene, owner: UUID) -> None:
    whisper = await picks_up(twilio, await rings(twilio, scene.phone), OWNERS)
    assert [part.tag for part in await presses(twilio, whisper, key="2")] == ["Hangup"]
    assert takers(twilio, scene) == []


async def test_of_two_who_press_the_key_the_first_gets_the_call(
    twilio: TwilioSite, scene: Scene, colleague: UUID
) -> None:
    add_staff(twilio.engine, Role.SPECIALIST, phone=OWNERS)
    document = await rings(twilio, scene.phone)
    whispers = [await picks_up(twilio, document, phone) for phone in (COLLEAGUES, OWNERS)]
    assert list(await presses(twilio, whispers[0])) == []
    late = await presses(twilio, whispers[1])
    assert (speech(late), [part.tag for part in late]) == (GONE, ["Say", "Hangup"])
    assert speech(await picks_up(twilio, document, OWNERS)) == GONE
    assert takers(twilio, scene) == [str(colleague)]


async def test_when_they_have_spoken_nobody_else_is_rung(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    document = await rings(twilio, scene.phone)
    await presses(twilio, await picks_up(twilio, document, OWNERS))
    after = await nobody_answers(twilio, document, scene.phone, DialCallStatus="completed", DialBridged="true")
    assert [part.tag for part in after] == ["Hangup"]
    assert takers(twilio, scene) == [str(owner)]


async def test_whoever_pressed_the_key_and_was_gone_leaves_no_dead_line(
    twilio: TwilioSite, scene: Scene, owner: UUID, colleague: UUID
) -> None:
    document = await rings(twilio, scene.phone)
    await presses(twilio, await picks_up(twilio, document, OWNERS))
    after = await nobody_answers(twilio, document, scene.phone)
    assert ([part.tag for part in after], "call us again" in speech(after)) == (["Say", "Hangup"], True)


async def test_the_provider_can_be_asked_to_forget_the_call(twilio: TwilioSite, scene: Scene, owner: UUID) -> None:
    document = await rings(twilio, scene.phone)
    await presses(twilio, await picks_up(twilio, document, OWNERS))
    ((_, fact),) = twilio.facts(scene.id)
    rules.hear(scene.case, CustomerRang.model_validate(fact), now=datetime.now(UTC))
    scene.project()
    await hangs_up(twilio, scene.phone)
    row = scene.attempt(RING)
    assert (row.provider_id, row.phone, row.inbound, row.outcome) == (CALLER, scene.phone, True, AttemptOutcome.REACHED)
