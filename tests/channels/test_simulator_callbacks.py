"""Callbacks: signed, at least once, in order unless asked otherwise, and owed across a kill."""

import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from pydantic import TypeAdapter
from standardwebhooks import Webhook, WebhookVerificationError

from channels.events import (
    CallEvent,
    CallEventName,
    Event,
    InboundCall,
    InboundSms,
    MessageEvent,
    MessageEventName,
    RingEnd,
)
from channels.local import LocalChannels
from channels.protocols import CallToPlace, MailToSend, SmsToSend
from channels.simulator.process import SimulatorProcess
from domain.words import AttemptOutcome, Language
from tests import loopback

SECRET = "whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ="
PHONE = "+79161234567"
MAILBOX = "anna@example.org"
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Delivery(NamedTuple):
    """One POST as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Event:
        return EVENT.validate_json(self.body)


class Receiver:
    """Takes callbacks; answers 503 to the next `failures` of them."""

    def __init__(self) -> None:
        self.failures = 0
        self._arrived: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(receiver.take(Delivery(self.path, dict(self.headers), body)))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def take(self, delivery: Delivery) -> int:
        self._arrived.put(delivery)
        if self.failures:
            self.failures -= 1
            return 503
        return 204

    def next(self, count: int) -> list[Delivery]:
        return [self._arrived.get(timeout=20) for _ in range(count)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def provider(tmp_path: Path, receiver: Receiver) -> SimulatorProcess:
    (tmp_path / "secret").write_text(SECRET + "\n")
    return SimulatorProcess(log=tmp_path / "log.jsonl", callback_url=receiver.url, secret_file=tmp_path / "secret")


@pytest.fixture
def simulator(provider: SimulatorProcess) -> Iterator[SimulatorProcess]:
    with provider:
        yield provider


@pytest.fixture
def channels(simulator: SimulatorProcess) -> Iterator[LocalChannels]:
    with LocalChannels(simulator.base_url) as open_channels:
        yield open_channels


def a_call() -> CallToPlace:
    return CallToPlace(
        attempt_id=uuid4(),
        specialist_phone="+74950000001",
        customer_phone=PHONE,
        caller_id="+74950000000",
        language=Language.RU,
        whisper="Обращение 1042",
    )


def an_sms() -> SmsToSend:
    return SmsToSend(message_id=uuid4(), phone=PHONE, text="Мы вам звонили")


def a_mail() -> MailToSend:
    return MailToSend(message_id=uuid4(), address=MAILBOX, subject="s", text="t", html="", language=Language.EN)


def put(simulator: SimulatorProcess, path: str, **body: object) -> None:
    loopback.put(f"{simulator.base_url}/{path}", json=body).raise_for_status()


def test_a_call_tells_its_steps_signed_and_in_order(channels: LocalChannels, receiver: Receiver) -> None:
    call = a_call()
    placed = channels.voice.place(call)
    deliveries = receiver.next(3)
    events = [delivery.event for delivery in deliveries]
    assert {delivery.path for delivery in deliveries} == {"/hooks/calls"}
    assert all(isinstance(event, CallEvent) and event.attempt_id == call.attempt_id for event in events)
    assert [(e.sequence, e.event, e.outcome, e.call_id) for e in events if isinstance(e, CallEvent)] == [
        (0, CallEventName.RINGING, None, placed.provider_id),
        (1, CallEventName.ANSWERED, None, placed.provider_id),
        (2, CallEventName.ENDED, AttemptOutcome.REACHED, placed.provider_id),
    ]
    for delivery in deliveries:
        assert Webhook(SECRET).verify(delivery.body, delivery.headers)["event_id"] == delivery.headers["webhook-id"]


def test_a_changed_body_does_not_fit_the_signature(channels: LocalChannels, receiver: Receiver) -> None:
    channels.sms.send(an_sms())
    (delivery,) = receiver.next(1)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(delivery.body.replace(b"delivered", b"bounced"), delivery.headers)


@pytest.mark.parametrize("scripted", ["delivered", "undelivered"])
def test_an_sms_tells_what_became_of_it(
    simulator: SimulatorProcess, channels: LocalChannels, receiver: Receiver, scripted: str
) -> None:
    put(simulator, f"script/{PHONE}", delivery=scripted)
    sms = an_sms()
    channels.sms.send(sms)
    (delivery,) = receiver.next(1)
    assert delivery.path == "/hooks/messages"
    assert isinstance(delivery.event, MessageEvent)
    assert (delivery.event.message_id, delivery.event.event) == (sms.message_id, MessageEventName(scripted))


def test_a_mail_bounces_and_a_silent_one_says_nothing(
    simulator: SimulatorProcess, channels: LocalChannels, receiver: Receiver
) -> None:
    put(simulator, f"script/{MAILBOX}", delivery="silent")
    channels.mail.send(a_mail())
    put(simulator, f"script/{MAILBOX}", delivery="bounced")
    bounced = a_mail()
    channels.mail.send(bounced)
    (delivery,) = receiver.next(1)
    assert isinstance(delivery.event, MessageEvent)
    assert (delivery.event.message_id, delivery.event.event) == (bounced.message_id, MessageEventName.BOUNCED)


def test_what_a_person_writes_arrives_as_inbound(simulator: SimulatorProcess, receiver: Receiver) -> None:
    loopback.post(f"{simulator.base_url}/people/{PHONE}/sms", json={"text": "STOP"}).raise_for_status()
    (delivery,) = receiver.next(1)
    assert delivery.path == "/hooks/inbound"
    assert isinstance(delivery.event, InboundSms)
    assert (delivery.event.phone, delivery.event.text) == (PHONE, "STOP")


@pytest.mark.parametrize("end", RingEnd)
def test_a_persons_call_to_us_arrives_as_a_ring(simulator: SimulatorProcess, receiver: Receiver, end: RingEnd) -> None:
    loopback.post(f"{simulator.base_url}/people/{PHONE}/call", json={"end": end}).raise_for_status()
    (delivery,) = receiver.next(1)
    assert delivery.path == "/hooks/rings"
    assert isinstance(delivery.event, InboundCall)
    assert (delivery.event.phone, delivery.event.end) == (PHONE, end)
    assert f"Call to us, {end}" in loopback.get(f"{simulator.base_url}/outbox").text


def test_a_callback_is_tried_until_taken_under_one_id(channels: LocalChannels, receiver: Receiver) -> None:
    receiver.failures = 2
    channels.sms.send(an_sms())
    deliveries = receiver.next(3)
    assert len({delivery.headers["webhook-id"] for delivery in deliveries}) == 1
    assert len({delivery.body for delivery in deliveries}) == 1


def test_a_failing_callback_keeps_the_order_of_its_call(
    simulator: SimulatorProcess, channels: LocalChannels, receiver: Receiver
) -> None:
    put(simulator, f"script/{PHONE}", ring_seconds=0, talk_seconds=0)
    receiver.failures = 2
    channels.voice.place(a_call())
    events = [delivery.event for delivery in receiver.next(5)]
    assert [event.sequence for event in events if isinstance(event, CallEvent)] == [0, 0, 0, 1, 2]


def test_repeated_callbacks_come_twice(
    simulator: SimulatorProcess, channels: LocalChannels, receiver: Receiver
) -> None:
    put(simulator, "faults", route="callbacks", mode="repeat", count=3)
    channels.voice.place(a_call())
    events = [delivery.event for delivery in receiver.next(6)]
    assert [event.sequence for event in events if isinstance(event, CallEvent)] == [0, 0, 1, 1, 2, 2]


def test_a_reordered_call_tells_its_end_first(
    simulator: SimulatorProcess, channels: LocalChannels, receiver: Receiver
) -> None:
    put(simulator, "faults", route="callbacks", mode="reorder")
    channels.voice.place(a_call())
    events = [delivery.event for delivery in receiver.next(3)]
    assert [event.event for event in events] == [CallEventName.ENDED, CallEventName.ANSWERED, CallEventName.RINGING]


def test_an_owed_callback_is_delivered_after_a_kill(provider: SimulatorProcess, receiver: Receiver) -> None:
    receiver.failures = 10_000
    with provider, LocalChannels(provider.base_url) as channels:
        channels.mail.send(a_mail())
        (refused,) = receiver.next(1)
        provider.kill()
    receiver.failures = 0
    with provider:
        assert receiver.next(1)[0].body == refused.body
        waited = loopback.get(f"{provider.base_url}/log", params={"after": 1, "wait": 20}, timeout=30).json()["lines"]
    assert [line["kind"] for line in waited] == ["delivered"]
