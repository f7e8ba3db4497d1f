"""What Twilio reports of SMS reaches its row and its case once, in whatever order; STOP is respected for ever."""

import itertools
import logging
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from db.columns import new_id
from db.suppressions import is_suppressed
from db.tables import Alert, Message
from settings import Settings
from tests.activities.scene import Scene
from tests.api.webhooks.twilio_site import FORM, TwilioSite

SID = "SM" + "1" * 32
OURS = "+74950000000"
STOP_REPLY = b"<Response/>"


def an_sms(scene: Scene, **columns: object) -> UUID:
    row = Message(
        id=new_id(),
        key=f"{scene.id}:7:tried_to_reach:sms:customer",
        case_id=scene.id,
        template="tried_to_reach",
        channel="sms",
        state="accepted",
    ).sqlmodel_update({"key": str(uuid4()), **columns})
    with Session(scene.engine) as session, session.begin():
        session.add(row)
        found: UUID = row.id
    return found


async def report(twilio: TwilioSite, message: UUID, status: str, code: str = "", *, to: str = OURS) -> int:
    told = {"MessageSid": SID, "MessageStatus": status, "To": to, "From": OURS}
    answer = await twilio.post(f"/webhooks/twilio/messages/{message}", **told, **({"ErrorCode": code} if code else {}))
    return answer.status_code


def fate(twilio: TwilioSite, message: UUID) -> tuple[str, str | None]:
    with Session(twilio.engine) as session:
        row = session.get_one(Message, message)
        return row.state, row.error


def suppressed(twilio: TwilioSite, phone: str) -> bool:
    with Session(twilio.engine) as session:
        secret = Settings(_env_file=None).token_secret.get_secret_value().encode()
        return is_suppressed(session, "sms", phone, secret)


def failed_facts(twilio: TwilioSite, scene: Scene) -> list[dict[str, object]]:
    return [body for kind, body in twilio.facts(scene.id) if kind == "message_failed"]


# What became of ours


@pytest.mark.parametrize(
    ("before", "status", "after"),
    [
        ("posted", "queued", "accepted"),
        ("unknown", "sent", "accepted"),
        ("unknown", "delivered", "delivered"),
        ("accepted", "sending", "accepted"),
        ("accepted", "accepted", "accepted"),
        ("accepted", "delivered", "delivered"),
        ("accepted", "read", "delivered"),
        ("accepted", "something new", "accepted"),
        ("delivered", "sent", "delivered"),
        ("delivered", "undelivered", "delivered"),
    ],
)
async def test_how_an_sms_fares(twilio: TwilioSite, scene: Scene, before: str, status: str, after: str) -> None:
    message = an_sms(scene, state=before)
    assert await report(twilio, message, status) == 204
    assert fate(twilio, message) == (after, None)
    assert failed_facts(twilio, scene) == []


@pytest.mark.parametrize(
    ("code", "error", "closed", "alarmed"),
    [
        ("", "undelivered", False, False),
        ("99999", "undelivered", False, False),
        ("not a number", "undelivered", False, False),
        ("9" * 40, "undelivered", False, False),
        ("30003", "unreachable", False, False),
        ("30008", "unreachable", False, False),
        ("30036", "unreachable", False, False),
        ("30005", "no_sms", True, False),
        ("30006", "no_sms", True, False),
        ("30004", "no_sms", True, False),
        ("21610", "opted_out", True, False),
        ("30007", "config", False, True),
        ("30002", "config", False, True),
        ("21211", "invalid_number", False, False),
    ],
)
async def test_one_that_failed_says_how_and_its_case_hears_of_it(
    twilio: TwilioSite, scene: Scene, code: str, error: str, closed: bool, alarmed: bool
) -> None:
    message = an_sms(scene)
    await report(twilio, message, "undelivered", code, to=scene.phone)
    assert fate(twilio, message) == ("failed", error)
    assert [body["message"] for body in failed_facts(twilio, scene)] == [str(message)]
    assert suppressed(twilio, scene.phone) is closed
    assert bool(_alerts(twilio)) is alarmed


async def test_our_own_fault_stands_until_an_sms_arrives(twilio: TwilioSite, scene: Scene) -> None:
    first, second, third, fourth = (an_sms(scene) for _ in range(4))
    await report(twilio, first, "undelivered", "30007")
    await report(twilio, second, "undelivered", "30007")
    assert _alerts(twilio) == [("messages_failing", None)]
    await report(twilio, third, "sent")
    assert _alerts(twilio) == [("messages_failing", None)]
    await report(twilio, third, "delivered")
    assert _alerts(twilio) == []
    await report(twilio, fourth, "undelivered", "30007")
    assert _alerts(twilio) == [("messages_failing", None)]


@pytest.mark.parametrize(
    ("statuses", "end"),
    [
        ((("queued", ""), ("sent", ""), ("delivered", "")), "delivered"),
        ((("queued", ""), ("sent", ""), ("undelivered", "30003")), "failed"),
        ((("sent", ""), ("failed", "30005"), ("failed", "30005")), "failed"),
    ],
)
async def test_in_whatever_order_reports_come_the_end_is_the_same(
    twilio: TwilioSite, scene: Scene, statuses: tuple[tuple[str, str], ...], end: str
) -> None:
    orders = list(itertools.permutations(statuses))
    for order in orders:
        message = an_sms(scene, state="unknown")
        for status, code in (*order, *order):
            await report(twilio, message, status, code)
        assert fate(twilio, message)[0] == end, order
    assert len(failed_facts(twilio, scene)) == (len(orders) if end == "failed" else 0)


async def test_the_provider_names_an_sms_whose_acceptance_was_lost(twilio: TwilioSite, scene: Scene) -> None:
    lost, known = an_sms(scene, state="unknown"), an_sms(scene, provider_id="SM9")
    await report(twilio, lost, "sent")
    await report(twilio, known, "sent")
    with Session(twilio.engine) as session:
        assert session.get_one(Message, lost).provider_id == SID
        assert session.get_one(Message, known).provider_id == "SM9"


async def test_an_alert_to_staff_that_failed_closes_no_number_and_tells_no_case(
    twilio: TwilioSite, scene: Scene
) -> None:
    alert = an_sms(scene, staff_id=uuid4(), channel="alert", template="alert_new_case")
    await report(twilio, alert, "undelivered", "30005", to=scene.phone)
    assert fate(twilio, alert) == ("failed", "no_sms")
    assert (failed_facts(twilio, scene), suppressed(twilio, scene.phone)) == ([], False)


async def test_an_alert_that_came_back_stands_until_one_reaches_the_same_person(
    twilio: TwilioSite, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    irina, boris = uuid4(), uuid4()
    back, again, other, arrived = (
        an_sms(scene, staff_id=member, channel="alert", template="alert_new_case")
        for member in (irina, irina, boris, irina)
    )
    for message in (back, again):
        await report(twilio, message, "undelivered", "30005")
    assert _alerts(twilio) == [("messages_failing", None)]
    assert caplog.text.count(f"messages do not arrive: alert:{irina}") == 1
    await report(twilio, other, "delivered")
    assert _alerts(twilio) == [("messages_failing", None)]
    await report(twilio, arrived, "delivered")
    assert _alerts(twilio) == []


@pytest.mark.parametrize("reports", [("delivered", "undelivered"), ("undelivered", "delivered")])
async def test_of_an_alert_by_two_ways_the_one_that_came_back_is_not_hidden(
    twilio: TwilioSite, scene: Scene, reports: tuple[str, ...]
) -> None:
    alert = an_sms(scene, staff_id=uuid4(), channel="alert", template="alert_promise_broken")
    for status in reports:
        await report(twilio, alert, status)
    assert fate(twilio, alert) == ("failed", "undelivered")
    assert _alerts(twilio) == [("messages_failing", None)]


async def test_of_an_unknown_message_nothing_is_kept(twilio: TwilioSite, scene: Scene) -> None:
    assert await report(twilio, uuid4(), "undelivered", "30005", to=scene.phone) == 204
    assert not suppressed(twilio, scene.phone)


# What customers write


async def write(twilio: TwilioSite, scene: Scene, text: str, **more: str) -> bytes:
    told = {"MessageSid": SID, "From": scene.phone, "To": OURS, "Body": text, **more}
    answer = await twilio.post("/webhooks/twilio/sms", **told)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    return answer.content


def withdrawn(twilio: TwilioSite, scene: Scene) -> int:
    return sum(kind == "customer_withdrew" for kind, _ in twilio.facts(scene.id))


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("STOP", {}),
        (" стоп! ", {}),
        ("Отписаться", {}),
        ("stop all", {}),
        ("Cancel", {}),
        ("arrêt", {"OptOutType": "STOP"}),
    ],
)
async def test_stop_ends_sms_and_withdraws_once(
    twilio: TwilioSite, scene: Scene, text: str, more: dict[str, str]
) -> None:
    for _ in range(2):
        assert await write(twilio, scene, text, **more) == STOP_REPLY
    assert (withdrawn(twilio, scene), suppressed(twilio, scene.phone)) == (1, True)


async def test_start_lifts_nothing(twilio: TwilioSite, scene: Scene) -> None:
    await write(twilio, scene, "STOP", OptOutType="STOP")
    await write(twilio, scene, "START", OptOutType="START", MessageSid="SM" + "2" * 32)
    assert suppressed(twilio, scene.phone)


@pytest.mark.parametrize("text", ["Да, жду звонка", "please do not stop", "HELP", ""])
async def test_any_other_text_changes_nothing(twilio: TwilioSite, scene: Scene, text: str) -> None:
    assert await write(twilio, scene, text) == STOP_REPLY
    assert (withdrawn(twilio, scene), suppressed(twilio, scene.phone)) == (0, False)


async def test_a_sender_without_a_number_is_passed_over(twilio: TwilioSite, scene: Scene) -> None:
    for sender in ("Romashka", "", "12345"):
        assert await write(twilio, scene, "STOP", From=sender) == STOP_REPLY
    assert withdrawn(twilio, scene) == 0


# Who is let in


@pytest.mark.parametrize("path", [f"/webhooks/twilio/messages/{UUID(int=1)}", "/webhooks/twilio/sms"])
async def test_what_twilio_did_not_sign_is_refused(twilio: TwilioSite, path: str) -> None:
    for headers in ({}, {"X-Twilio-Signature": "bm8="}):
        answer = await twilio.send(path, b"MessageSid=SM1&Body=STOP", {**headers, "Content-Type": FORM})
        assert answer.status_code == 403


async def test_a_report_without_an_id_is_refused(twilio: TwilioSite, scene: Scene) -> None:
    answer = await twilio.post(f"/webhooks/twilio/messages/{an_sms(scene)}", MessageStatus="sent")
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_shape")


async def test_neither_number_nor_text_is_logged(
    twilio: TwilioSite, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await report(twilio, an_sms(scene), "undelivered", "30005", to=scene.phone)
    await report(twilio, uuid4(), "undelivered", scene.phone, to=scene.phone)
    await write(twilio, scene, "STOP. Это Аполлинария")
    assert "code=30005" in caplog.text
    for private in (scene.phone.removeprefix("+"), "Аполлинария"):
        assert private not in caplog.text


def _alerts(twilio: TwilioSite) -> list[tuple[str, UUID | None]]:
    with Session(twilio.engine) as session:
        rows = session.exec(select(Alert).where(col(Alert.ended_at).is_(None), Alert.kind == "messages_failing"))
        return [(row.kind, row.case_id) for row in rows]
