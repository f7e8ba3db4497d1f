"""What the local channel reports reaches its case's inbox, its message's row, or the list of those who said stop."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.columns import new_id
from db.suppressions import is_suppressed
from db.tables import Attempt, Case, Customer, Duty, Inbox, Message, Response, Staff, Suppression
from settings import Settings
from surveys.reading import Json
from temporal_client import connect_lazily
from tests.api.webhook_app import NOON, Webhooks, nothing_stored, webhooks

PHONE = "+79161234567"
AT = "2026-11-03T09:00:00Z"


@pytest.fixture
async def hooks(engine: Engine) -> Webhooks:
    return webhooks(engine, await connect_lazily(Settings(_env_file=None)))


def a_case(hooks: Webhooks, *, closed: bool = False, opened: bool = True) -> UUID:
    """The case of a response that asked for contact."""
    customer, case_id = Customer(), new_id()
    response = Response(
        id=case_id,
        source="generic",
        form="purchase",
        external_id=str(case_id),
        version=NOON,
        submitted_at=NOON,
        customer_id=customer.id,
        language="ru",
        phone=PHONE,
        contact_requested_at=NOON,
    )
    hooks.add(customer, response)
    if opened:
        hooks.add(a_row(case_id, customer.id, closed=closed))
    return case_id


def a_row(case_id: UUID, customer_id: UUID, *, closed: bool) -> Case:
    return Case(
        id=case_id,
        seq=1,
        customer_id=customer_id,
        source="generic",
        policy="standard",
        stage="closed" if closed else "awaiting_callback",
        requested_at=NOON,
        closed_at=NOON if closed else None,
        snapshot={},
    )


def an_attempt(hooks: Webhooks, case_id: UUID) -> UUID:
    specialist = Staff(name="Anna", role="specialist")
    attempt = Attempt(id=new_id(), case_id=case_id, by=specialist.id, started_at=NOON, phone=PHONE)
    hooks.add(specialist, attempt)
    return attempt.id


def call(attempt: UUID, event: str, outcome: str | None = None) -> Json:
    told: dict[str, Json] = {"event_id": f"call-1-{event}", "attempt_id": str(attempt), "call_id": "call-1"}
    return told | {"sequence": 1, "event": event, "outcome": outcome, "at": AT}


def message_event(message: UUID, event: str) -> Json:
    return {"event_id": f"m-{event}", "message_id": str(message), "event": event, "at": AT}


def sms(text: str, phone: str = PHONE) -> Json:
    return {"event_id": "inbound-1", "event": "inbound_sms", "phone": phone, "text": text, "at": AT}


async def test_an_answered_and_ended_call_is_told_to_its_case_once(hooks: Webhooks) -> None:
    case_id = a_case(hooks)
    attempt = an_attempt(hooks, case_id)
    events = [call(attempt, "ringing"), call(attempt, "answered"), call(attempt, "ended", "reached")]
    answers = [await hooks.local("calls", event) for event in events + events]
    found = {row.kind: row for row in hooks.rows(Inbox)}
    assert {answer.status_code for answer in answers} == {202}
    assert [answer.json()["known"] for answer in answers] == [True, True, True, False, False, False]
    assert {row.case_id for row in found.values()} == {case_id}
    body = {"id": "call-1-ended", "at": AT, "attempt": str(attempt), "outcome": "reached"}
    assert (set(found), found["call_ended"].body) == ({"customer_answered", "call_ended"}, body)
    assert found["call_ended"].key == "call-1-ended"


async def test_that_the_customers_telephone_rings_is_seen_on_the_row_and_is_no_news_for_the_case(
    hooks: Webhooks,
) -> None:
    attempt = an_attempt(hooks, a_case(hooks))
    await hooks.local("calls", call(attempt, "ringing"))
    [row] = hooks.rows(Attempt)
    assert (row.accepted_at, row.answered_at) == (datetime.fromisoformat(AT), None)
    assert hooks.rows(Inbox) == []


async def test_a_call_of_an_unknown_attempt_is_accepted_and_forgotten(hooks: Webhooks) -> None:
    with nothing_stored(hooks):
        answer = await hooks.local("calls", call(new_id(), "answered"))
        assert (answer.status_code, answer.json()) == (202, {"known": False})


@pytest.mark.parametrize(
    ("events", "state", "error"),
    [
        (["delivered"], "delivered", None),
        (["bounced"], "failed", "bounced"),
        (["undelivered", "delivered"], "failed", "undelivered"),
        (["delivered", "bounced"], "delivered", None),
    ],
)
async def test_a_messages_fate_is_final(hooks: Webhooks, events: list[str], state: str, error: str | None) -> None:
    message = Message(key="k", template="missed_you", channel="sms", state="posted")
    hooks.add(message)
    for event in events:
        await hooks.local("messages", message_event(message.id, event))
    (row,) = hooks.rows(Message)
    assert (row.state, row.error, row.settled_at) == (state, error, NOON)


async def test_an_event_of_an_unknown_message_is_accepted(hooks: Webhooks) -> None:
    answer = await hooks.local("messages", message_event(new_id(), "delivered"))
    assert (answer.status_code, answer.json()) == (202, {"known": False})


@pytest.mark.parametrize("text", ["STOP", "Стоп", "  stop \n", "СТОП", "Stop.", "«отписаться»", "UNSUBSCRIBE!"])
async def test_stop_ends_sms_and_withdraws_every_open_case_of_the_number(hooks: Webhooks, text: str) -> None:
    one, waiting_to_start = a_case(hooks), a_case(hooks, opened=False)
    a_case(hooks, closed=True)
    answers = [await hooks.local("inbound", sms(text)) for _ in range(2)]
    assert [answer.json()["known"] for answer in answers] == [True, False]
    told = {(row.kind, row.case_id) for row in hooks.rows(Inbox)}
    assert told == {("customer_withdrew", one), ("customer_withdrew", waiting_to_start)}
    (suppression,) = hooks.rows(Suppression)
    assert PHONE not in suppression.address_hash
    with Session(hooks.engine) as session:
        secret = hooks.settings.token_secret.get_secret_value().encode()
        assert is_suppressed(session, "sms", PHONE, secret)
        assert not is_suppressed(session, "sms", "+79160000000", secret)


def ring(end: str, phone: str = PHONE) -> Json:
    return {"event_id": "ring-1", "event": "inbound_call", "phone": phone, "end": end, "at": AT}


def at_work(hooks: Webhooks, phone: str = "+74950000001") -> UUID:
    specialist = Staff(name="Anna", role="specialist", phone=phone)
    hooks.add(specialist, Duty(staff_id=specialist.id))
    return specialist.id


async def test_a_customer_who_rings_and_is_put_through_is_told_to_their_case_once(hooks: Webhooks) -> None:
    case_id, specialist = a_case(hooks), at_work(hooks)
    answers = [await hooks.local("rings", ring("taken")) for _ in range(2)]
    (row,) = hooks.rows(Inbox)
    assert [answer.json()["known"] for answer in answers] == [True, False]
    assert (row.kind, row.case_id, row.body["by"], row.body["at"]) == ("customer_rang", case_id, str(specialist), AT)


@pytest.mark.parametrize("end", ["missed", "taken"])
async def test_a_customer_who_rings_while_nobody_is_free_is_told_as_that(hooks: Webhooks, end: str) -> None:
    a_case(hooks)
    if end == "missed":
        at_work(hooks)
    await hooks.local("rings", ring(end))
    assert [row.body["by"] for row in hooks.rows(Inbox)] == [None]


async def test_a_ring_from_elsewhere_is_accepted_and_forgotten(hooks: Webhooks) -> None:
    a_case(hooks, closed=True)
    with nothing_stored(hooks):
        answers = [await hooks.local("rings", ring("missed", phone)) for phone in (PHONE, "+79160000000", "")]
        assert {(answer.status_code, answer.json()["known"]) for answer in answers} == {(202, False)}


async def test_any_other_text_stops_nothing(hooks: Webhooks) -> None:
    a_case(hooks)
    with nothing_stored(hooks):
        assert (await hooks.local("inbound", sms("Please do not stop"))).json() == {"known": False}
