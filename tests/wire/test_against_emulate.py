"""Our Twilio channel and webhooks against emulate, which nobody here wrote, behind Twilio's own description."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no py.typed

from channels.errors import Refused, RefusedReason
from channels.local import LocalChannels
from channels.protocols import CallState, CallToPlace
from channels.twilio.sms import TwilioSms
from channels.twilio.voice import TwilioVoice
from channels.twilio.wire import Wire
from db import suppressions
from db.tables import Message
from domain.events import EventKind
from domain.words import AttemptOutcome, Language, Role
from ops.ports import free_port
from tests import loopback
from tests.activities.scene import Scene, add_staff, new_phone
from tests.activities.wiring import announcements_of, phone_of
from tests.api.staff_desk import nowhere, parts_over
from tests.npm import Packages
from tests.wire.our_api import OurApi, Sent, serving
from tests.wire.peers import running as peers_running
from tests.wire.peers.running import (
    ACCOUNT,
    TOKEN,
    Peers,
    held_to_the_description,
    must_be_installed,
    running,
)
from tests.wire.twilio_like import twiml
from tests.wire.twilio_like.server import TOKEN as LIKE_TOKEN
from tests.wire.twilio_like.server import TwilioLike

OURS, SPECIALIST = "+74950000000", "+79160000001"


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    must_be_installed()
    with running(tmp_path_factory.mktemp("peers"), OURS) as both:
        yield both


@pytest.fixture
def wire(peers: Peers) -> Iterator[Wire]:
    with Wire(ACCOUNT, TOKEN, peers.checked) as opened:
        yield opened


@pytest.fixture
def ours(engine: Engine) -> Iterator[OurApi]:
    parts = parts_over(engine, asyncio.run(nowhere()))
    update = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": SecretStr(TOKEN)}
    with serving(replace(parts, settings=parts.settings.model_copy(update=update))) as api:
        yield api


@pytest.fixture
def attempt(engine: Engine) -> UUID:
    """A call that is about to be placed."""
    scene, specialist = Scene(engine), add_staff(engine, Role.SPECIALIST)
    scene.own(specialist)
    return scene.call(specialist)


@pytest.fixture
def call(attempt: UUID) -> CallToPlace:
    return CallToPlace(
        attempt_id=attempt,
        specialist_phone=SPECIALIST,
        customer_phone="+79160000002",
        caller_id=OURS,
        language=Language.RU,
        whisper="Клиент ждёт звонка",
    )


class TestCalls:
    def test_it_is_placed_found_looked_up_and_cancelled(self, wire: Wire, ours: OurApi, call: CallToPlace) -> None:
        voice, began = TwilioVoice(wire, ours.url), datetime.now(UTC) - timedelta(seconds=2)
        placed = voice.place(call)
        assert placed.provider_id in [one.provider_id for one in voice.find(call, began)]
        assert voice.find(call, began + timedelta(hours=1)) == []
        # emulate does not list by parent, so how the call goes cannot be seen whole here.
        assert voice.fetch(placed.provider_id).state is not CallState.ENDED
        voice.cancel(placed.provider_id)
        over = voice.fetch(placed.provider_id)
        assert (over.state, over.outcome) == (CallState.ENDED, AttemptOutcome.TECHNICAL)

    def test_a_call_it_does_not_know(self, wire: Wire, ours: OurApi) -> None:
        with pytest.raises(Refused) as caught:
            TwilioVoice(wire, ours.url).fetch("CA" + "0" * 32)
        assert caught.value.reason is RefusedReason.NOT_FOUND

    def test_a_number_that_is_not_ours_is_the_operators_business(
        self, wire: Wire, ours: OurApi, call: CallToPlace
    ) -> None:
        with pytest.raises(Refused) as caught:
            TwilioVoice(wire, ours.url).place(call.model_copy(update={"caller_id": "+74951111111"}))
        assert caught.value.reason is RefusedReason.CONFIG

    def test_a_wrong_token_is_the_operators_business(self, peers: Peers, ours: OurApi, call: CallToPlace) -> None:
        with Wire(ACCOUNT, TOKEN[::-1] + "c", peers.checked) as stranger, pytest.raises(Refused) as caught:
            TwilioVoice(stranger, ours.url).place(call)
        assert caught.value.reason is RefusedReason.CONFIG


def _with_form(sent: Sent, **changes: str) -> Sent:
    form = dict(parse_qsl(sent.body.decode(), keep_blank_values=True)) | changes
    return replace(sent, body=urlencode(form).encode())


def _with_header(sent: Sent, value: str | None) -> Sent:
    kept = {name: given for name, given in sent.headers.items() if name != "x-twilio-signature"}
    return replace(sent, headers=kept if value is None else {**kept, "x-twilio-signature": value})


def _by_a_stranger(sent: Sent) -> Sent:
    form = dict(parse_qsl(sent.body.decode(), keep_blank_values=True))
    signed = RequestValidator("c" * 32).compute_signature(f"http://example.com{sent.target}", form)
    return _with_header(sent, signed)


TAMPERED: dict[str, Callable[[Sent], Sent]] = {
    "a status changed": lambda sent: _with_form(sent, CallStatus="completed"),
    "a field added": lambda sent: _with_form(sent, AnsweredBy="human"),
    "an empty field added": lambda sent: _with_form(sent, ToZip=""),
    "another attempt": lambda sent: replace(sent, target=sent.target.replace("/status", "/customer")),
    "a query added": lambda sent: replace(sent, target=f"{sent.target}?accepted=1"),
    "no signature": lambda sent: _with_header(sent, None),
    "an empty signature": lambda sent: _with_header(sent, ""),
    "no base64": lambda sent: _with_header(sent, "ж".encode().decode("latin-1")),
    "a stranger's signature": _by_a_stranger,
}


class TestCallbacks:
    @pytest.fixture
    def told(self, wire: Wire, ours: OurApi, call: CallToPlace) -> Sent:
        """The first callback of a call, as emulate sent it."""
        TwilioVoice(wire, ours.url).place(call)
        [ringing, *_] = ours.at("/status")
        return ringing

    def test_what_emulate_signed_is_taken_each_time(self, ours: OurApi, told: Sent) -> None:
        assert [told.status, ours.send(told)] == [204, 204]

    def test_what_was_tampered_with_is_refused(self, ours: OurApi, told: Sent) -> None:
        answered = {name: ours.send(change(told)) for name, change in TAMPERED.items()}
        assert answered == dict.fromkeys(TAMPERED, 403)

    def test_it_tells_whose_call_it_is(self, wire: Wire, ours: OurApi, engine: Engine) -> None:
        scene, specialist = Scene(engine), add_staff(engine, Role.SPECIALIST)
        scene.own(specialist)
        attempt = scene.call(specialist)
        phone_of(engine, TwilioVoice(wire, ours.url)).place_call(scene.ring(attempt))
        [ringing, *_] = ours.at("/status")
        assert scene.attempt(attempt).provider_id == dict(parse_qsl(ringing.body.decode()))["CallSid"]


@pytest.fixture
def sms(wire: Wire, ours: OurApi) -> TwilioSms:
    return TwilioSms(wire, ours.url, OURS)


class TestSms:
    @pytest.fixture
    def scene(self, engine: Engine) -> Scene:
        """A customer without an e-mail address."""
        return Scene(engine, email=None)

    @pytest.fixture
    def message(self, engine: Engine, scene: Scene, sms: TwilioSms) -> Message:
        """That we tried to reach them, sent by the house's own recipe."""
        with LocalChannels(f"http://127.0.0.1:{free_port()}") as nobody:
            say = announcements_of(engine, nobody, sms=sms).announce
            say(scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED)))
        return scene.message()

    def test_it_is_told_of_until_it_has_arrived(
        self, peers: Peers, ours: OurApi, scene: Scene, message: Message
    ) -> None:
        assert (message.state, message.attempts) == ("accepted", 1)
        for status in ("sent", "delivered", "sent"):
            peers.play("message-status", MessageSid=message.provider_id or "", Status=status)
        assert scene.message().state == "delivered"
        assert {sent.status for sent in ours.at(f"/messages/{message.id}")} == {204}

    def test_what_was_tampered_with_is_refused(self, peers: Peers, ours: OurApi, message: Message) -> None:
        peers.play("message-status", MessageSid=message.provider_id or "", Status="sent")
        [*_, told] = ours.at(f"/messages/{message.id}")
        assert ours.send(_with_form(told, MessageStatus="delivered")) == 403
        assert ours.send(_with_header(told, None)) == 403

    @pytest.mark.usefixtures("message")
    def test_it_is_found_by_number_time_and_text(self, scene: Scene, sms: TwilioSms, message: Message) -> None:
        began = (message.posted_at or message.created_at) - timedelta(seconds=2)
        found = sms.find(scene.phone, began)
        assert found
        assert found.provider_id == message.provider_id
        assert sms.find(scene.phone, began, text="Другое") is None
        assert sms.find(scene.phone, began + timedelta(hours=1)) is None


class TestCustomersTurnToUs:
    @pytest.fixture
    def number(self, peers: Peers, ours: OurApi) -> str:
        """A number of ours that Twilio knows what to do with."""
        number = new_phone()
        peers.new_number(
            number, SmsUrl=f"{ours.url}/webhooks/twilio/sms", VoiceUrl=f"{ours.url}/webhooks/twilio/inbound"
        )
        return number

    def test_stop_is_taken_and_only_from_twilio(self, peers: Peers, ours: OurApi, engine: Engine, number: str) -> None:
        scene = Scene(engine)
        peers.play("inbound-message", To=number, From=scene.phone, Body=" Стоп! ")
        [told] = ours.at("/sms")
        assert told.status == 200
        assert _is_suppressed(engine, ours, scene.phone)
        other = new_phone()
        assert ours.send(_with_form(told, From=other)) == 403
        assert not _is_suppressed(engine, ours, other)

    def test_a_call_is_greeted_and_only_from_twilio(self, peers: Peers, ours: OurApi, number: str) -> None:
        peers.play("inbound-call", To=number, From=new_phone())
        [told] = ours.at("/inbound")
        assert told.status == 200
        assert twiml.complaints(twiml.read(told.target, told.answer.decode())) == []
        assert ours.settings.company_name in told.answer.decode()
        assert ours.send(_with_form(told, From=new_phone())) == 403


def _is_suppressed(engine: Engine, ours: OurApi, phone: str) -> bool:
    with Session(engine) as session:
        return suppressions.is_suppressed(session, "sms", phone, ours.settings.token_secret.get_secret_value().encode())


class TestTheDescription:
    """That Prism holds both sides to it, and our own stand-in keeps it as well."""

    def test_a_request_against_it_does_not_pass(self, peers: Peers) -> None:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
        form = {"To": SPECIALIST, "From": OURS, "Timeout": "soon"}
        answer = loopback.post(f"{peers.checked}{path}", data=form, auth=(ACCOUNT, TOKEN), timeout=30)
        assert answer.status_code == 422
        assert "Timeout" in answer.text

    def test_our_stand_in_says_what_twilio_says(self, tmp_path: Path) -> None:
        must_be_installed()
        with (
            TwilioLike(OURS) as provider,
            held_to_the_description(tmp_path, provider.url) as checked,
            Wire(provider.account.sid, LIKE_TOKEN, checked) as wire,
        ):
            placed = wire.ask(lambda client: client.calls.create(to=SPECIALIST, from_=OURS, twiml="<Response/>"))
            provider.ledger.wait(lambda ledger: ledger.calls[placed.sid].told_of_its_end)
            assert wire.ask(lambda client: client.calls(placed.sid).fetch()).status == "completed"
            assert [one.sid for one in wire.ask(lambda client: client.calls.list(to=SPECIALIST))] == [placed.sid]
            sent = wire.ask(lambda client: client.messages.create(to=SPECIALIST, from_=OURS, body="Hello"))
            provider.ledger.wait(lambda ledger: ledger.messages[sent.sid].status == "delivered")
            [listed] = wire.ask(lambda client: client.messages.list(to=SPECIALIST))
            assert wire.ask(lambda client: client.messages(listed.sid).fetch()).status == "delivered"
            with pytest.raises(Refused):
                wire.ask(lambda client: client.calls.create(to="+7", from_=OURS, twiml="<Response/>"))


class TestTheSetUp:
    def test_without_them_tests_are_skipped_but_not_under_ci(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(peers_running, "PACKAGES", Packages("no-peers", tmp_path))
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match="not installed"):
            must_be_installed()
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match="not installed"):
            must_be_installed()

    def test_the_lock_pins_every_package_and_names_no_registry(self) -> None:
        lock = json.loads(Path(peers_running.__file__).with_name("package-lock.json").read_text())
        packages = [package for path, package in lock["packages"].items() if path]
        assert len(packages) > 300
        assert all(package["integrity"].startswith("sha512-") for package in packages)
        assert "://" not in json.dumps(lock)
