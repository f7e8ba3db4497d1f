"""The provider we test against is itself held to what Twilio documents, with TwiML that these tests wrote."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from channels.errors import Ambiguous, NotSent, Refused
from channels.twilio.wire import Wire
from tests.wire.faults import Fault, Mode
from tests.wire.our_end import OurEnd
from tests.wire.twilio_like.courier import Manner
from tests.wire.twilio_like.people import Person, PicksUp
from tests.wire.twilio_like.records import Call
from tests.wire.twilio_like.server import TOKEN, TwilioLike

OURS, SPECIALIST, CUSTOMER, OTHER = "+74950000000", "+79160000001", "+79160000002", "+79160000003"
SAYS = '<Say language="ru-RU">Клиент ждёт</Say>'
ASKS = f'<Gather numDigits="1" timeout="8" action="accepted?try=1">{SAYS}</Gather><Hangup/>'
DIALS = (
    f'<Dial answerOnBridge="true" callerId="{OURS}" timeout="25" action="dialled">'
    '<Number statusCallback="customer" statusCallbackEvent="initiated ringing answered completed" '
    f'machineDetection="Enable" amdStatusCallback="amd">{CUSTOMER}</Number></Dial>'
)
EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
def provider() -> Iterator[TwilioLike]:
    with TwilioLike(OURS) as server:
        yield server


@pytest.fixture
def end() -> Iterator[OurEnd]:
    with OurEnd(TOKEN) as server:
        server.documents = {"/specialist": ASKS, "/accepted": DIALS, "/dialled": "<Hangup/>"}
        yield server


@pytest.fixture
def wire(provider: TwilioLike) -> Iterator[Wire]:
    with Wire(provider.account.sid, TOKEN, provider.url, timedelta(seconds=0.5)) as open_wire:
        yield open_wire


def _place(wire: Wire, end: OurEnd) -> str:
    return str(
        wire.ask(
            lambda client: client.calls.create(
                to=SPECIALIST,
                from_=OURS,
                url=f"{end.url}/specialist",
                status_callback=f"{end.url}/status",
                status_callback_event=EVENTS,
            )
        ).sid
    )


def _legs(provider: TwilioLike, sid: str) -> tuple[Call, Call | None]:
    """The two legs once they are over."""
    parent = provider.ledger.calls[sid]
    provider.ledger.wait(lambda _: parent.told_of_its_end)
    children = provider.ledger.children(parent)
    return parent, children[0] if children else None


def _statuses(end: OurEnd, path: str) -> list[str]:
    return [heard.form["CallStatus"] for heard in end.at(path)]


def test_a_whole_call_with_two_legs(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    provider.people.script(CUSTOMER, Person(said_to_talk=49))
    sid = _place(wire, end)
    parent, child = _legs(provider, sid)
    assert child
    assert parent.heard == ["Клиент ждёт"]
    assert (parent.status, child.status, child.answered_by) == ("completed", "completed", "human")
    assert _statuses(end, "/status") == ["initiated", "ringing", "in-progress", "completed"]
    assert _statuses(end, "/customer") == ["initiated", "ringing", "in-progress", "completed"]
    assert [heard.form["SequenceNumber"] for heard in end.at("/customer")] == ["0", "1", "2", "3"]
    last = end.at("/customer")[-1].form
    assert (last["ParentCallSid"], last["AnsweredBy"]) == (sid, "human")
    assert (last["CallDuration"], last["Duration"]) == ("49", "1"), "seconds and minutes"
    [pressed], [dialled] = end.at("/accepted"), end.at("/dialled")
    assert (pressed.form["Digits"], pressed.path) == ("1", "/accepted?try=1")
    assert (dialled.form["DialCallStatus"], dialled.form["DialBridged"]) == ("completed", "true")
    assert (dialled.form["DialCallSid"], dialled.form["DialCallDuration"]) == (child.sid, "49")
    assert [heard.form["AnsweredBy"] for heard in end.at("/amd")] == ["human"]
    assert all(heard.genuine for heard in end.heard)
    assert provider.ledger.complaints == []


@pytest.mark.parametrize(
    ("customer", "status", "bridged"),
    [
        (Person(PicksUp.MACHINE), "completed", "true"),
        (Person(PicksUp.BUSY), "busy", "false"),
        (Person(PicksUp.NO_ANSWER), "no-answer", "false"),
        (Person(PicksUp.OFF), "failed", "false"),
    ],
)
def test_what_becomes_of_the_customers_leg(
    provider: TwilioLike, end: OurEnd, wire: Wire, customer: Person, status: str, bridged: str
) -> None:
    provider.people.script(CUSTOMER, customer)
    parent, child = _legs(provider, _place(wire, end))
    assert child
    assert (parent.status, child.status) == ("completed", status)
    [dialled] = end.at("/dialled")
    assert (dialled.form["DialCallStatus"], dialled.form["DialBridged"]) == (status, bridged)
    assert child.answered_by == ("machine_start" if customer.picks_up is PicksUp.MACHINE else None)


def test_a_recording_belongs_to_the_call_that_dials_and_begins_when_they_speak(
    provider: TwilioLike, end: OurEnd, wire: Wire
) -> None:
    number = f'<Number url="told">{CUSTOMER}</Number>'
    end.documents |= {"/told": "<Say>Recorded</Say>", "/dialled": "<Say>Bye</Say>"}
    end.documents["/accepted"] = f'<Dial record="record-from-answer-dual" action="dialled">{number}</Dial>'
    sid = _place(wire, end)
    _legs(provider, sid)
    [recording] = provider.ledger.recordings.values()
    assert (recording.call, recording.heard) == (sid, (("Клиент ждёт",), ("Recorded",)))
    assert end.at("/dialled")[0].form["RecordingSid"] == recording.sid


@pytest.mark.parametrize(
    ("specialist", "status"),
    [
        (Person(presses=""), "completed"),
        (Person(PicksUp.MACHINE), "completed"),
        (Person(PicksUp.NO_ANSWER), "no-answer"),
        (Person(PicksUp.BUSY), "busy"),
    ],
)
def test_nobody_is_dialled_until_the_specialist_has_pressed(
    provider: TwilioLike, end: OurEnd, wire: Wire, specialist: Person, status: str
) -> None:
    provider.people.script(SPECIALIST, specialist)
    parent, child = _legs(provider, _place(wire, end))
    assert (parent.status, child) == (status, None)
    assert end.at("/accepted") == []


def test_whoever_hangs_up_first_the_end_of_the_dialling_is_told(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    provider.people.script(SPECIALIST, Person(hangs_up_first=True))
    parent, child = _legs(provider, _place(wire, end))
    assert child
    assert (parent.status, child.status) == ("completed", "completed")
    [dialled] = end.at("/dialled")
    assert (dialled.form["CallStatus"], dialled.form["DialCallStatus"]) == ("completed", "completed")


def test_a_specialist_who_gives_up_stops_the_customers_ringing(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    provider.people.script(SPECIALIST, Person(patience=0.05))
    provider.people.script(CUSTOMER, Person(ring=5))
    parent, child = _legs(provider, _place(wire, end))
    assert child
    assert (parent.status, child.status) == ("completed", "canceled")


def test_the_api_lists_shows_and_ends(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    provider.people.script(CUSTOMER, Person(ring=5))
    began = datetime.now(UTC) - timedelta(seconds=1)
    sid = _place(wire, end)
    parent = provider.ledger.calls[sid]
    provider.ledger.wait(lambda ledger: any(leg.status == "ringing" for leg in ledger.children(parent)))
    listed = wire.ask(lambda client: client.calls.list(to=SPECIALIST, start_time_after=began))
    assert [call.sid for call in listed] == [sid]
    assert wire.ask(lambda client: client.calls.list(to=SPECIALIST, start_time_after=began + timedelta(hours=1))) == []
    [child] = wire.ask(lambda client: client.calls.list(parent_call_sid=sid))
    assert (child.status, child.to, child.parent_call_sid) == ("ringing", CUSTOMER, sid)
    wire.ask(lambda client: client.calls(sid).update(status="completed"))
    _legs(provider, sid)
    shown = wire.ask(lambda client: client.calls(sid).fetch())
    assert (shown.status, wire.ask(lambda client: client.calls(child.sid).fetch()).status) == ("completed", "canceled")
    with pytest.raises(Refused):
        wire.ask(lambda client: client.calls(sid).update(status="completed"))


def test_long_lists_come_in_pages(provider: TwilioLike, wire: Wire) -> None:
    for _ in range(5):
        wire.ask(lambda client: client.messages.create(to=CUSTOMER, from_=OURS, body="Hello"))
    assert len(wire.ask(lambda client: client.messages.list(to=CUSTOMER, page_size=2))) == 5


@pytest.mark.parametrize(
    ("mode", "raised", "placed"),
    [
        (Mode.HANG_BEFORE, Ambiguous, 0),
        (Mode.HANG_AFTER, Ambiguous, 1),
        (Mode.DROP_BEFORE, Ambiguous, 0),
        (Mode.DROP_AFTER, Ambiguous, 1),
        (Mode.UNAVAILABLE_BEFORE, Ambiguous, 0),
        (Mode.UNAVAILABLE_AFTER, Ambiguous, 1),
        (Mode.TOO_MANY, NotSent, 0),
    ],
)
def test_every_fault_is_met_once_and_by_one_post(
    provider: TwilioLike, end: OurEnd, wire: Wire, mode: Mode, raised: type[Exception], placed: int
) -> None:
    provider.faults.plan("Calls", Fault(mode, timedelta(seconds=7)), of=SPECIALIST)
    with pytest.raises(raised) as caught:
        _place(wire, end)
    assert len(provider.ledger.posts("Calls", To=SPECIALIST)) == 1, "the SDK posts nothing again by itself"
    assert len([call for call in provider.ledger.calls.values() if call.parent is None]) == placed
    if isinstance(caught.value, NotSent):
        assert caught.value.retry_after == timedelta(seconds=7)
    _place(wire, end)


def test_callbacks_come_repeated_reversed_forged_and_again(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    provider.courier.tell_so(CUSTOMER, Manner.REPEATED, Manner.REVERSED)
    provider.courier.tell_so(SPECIALIST, Manner.FORGED)
    _legs(provider, _place(wire, end))
    provider.ledger.wait(lambda _: len(end.at("/status")) == 8)
    backwards = ["completed", "in-progress", "ringing", "initiated"]
    assert _statuses(end, "/customer") == [status for status in backwards for _ in range(2)]
    assert [heard.genuine for heard in end.at("/status")] == [False, True] * 4
    assert {told.status for told in provider.ledger.told if not told.honest} == {403}
    [first, *_] = [told for told in provider.ledger.told if told.url.endswith("/customer")]
    assert provider.courier.again(first) == 204
    assert end.heard[-1].form == first.params
    assert end.heard[-1].genuine


@pytest.mark.parametrize(("code", "status"), [(None, "delivered"), (30003, "undelivered")])
def test_an_sms_is_told_step_by_step(
    provider: TwilioLike, end: OurEnd, wire: Wire, code: int | None, status: str
) -> None:
    provider.people.script(CUSTOMER, Person(sms_fails_with=code))
    callback = f"{end.url}/sms"
    sent = wire.ask(
        lambda client: client.messages.create(to=CUSTOMER, from_=OURS, body="Ж" * 71, status_callback=callback)
    )
    provider.ledger.wait(lambda _: len(end.at("/sms")) == 3)
    assert [heard.form["MessageStatus"] for heard in end.at("/sms")] == ["queued", "sent", status]
    assert end.at("/sms")[-1].form.get("ErrorCode") == (str(code) if code else None)
    shown = wire.ask(lambda client: client.messages(sent.sid).fetch())
    assert (shown.status, shown.error_code, shown.num_segments) == (status, code, "2")


def test_whoever_wrote_stop_gets_no_more(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    assert provider.write_us(CUSTOMER, OURS, " stop ", f"{end.url}/inbound-sms") == 204
    assert end.at("/inbound-sms")[0].form["Body"] == " stop "
    with pytest.raises(Refused):
        wire.ask(lambda client: client.messages.create(to=CUSTOMER, from_=OURS, body="Hello"))


def test_an_inbound_call_is_put_through_to_the_first_who_picks_up(provider: TwilioLike, end: OurEnd) -> None:
    numbers = f"<Number>{SPECIALIST}</Number><Number>{OTHER}</Number>"
    end.documents["/inbound"] = f'<Say>Hold on</Say><Dial action="after">{numbers}</Dial>'
    end.documents["/after"] = "<Say>Bye</Say>"
    provider.people.script(SPECIALIST, Person(ring=5))
    call = provider.ring_us(CUSTOMER, OURS, f"{end.url}/inbound")
    provider.ledger.wait(lambda _: call.told_of_its_end)
    assert call.heard == ["Hold on", "Bye"]
    ends = {leg.to: leg.status for leg in provider.ledger.children(call)}
    assert ends == {SPECIALIST: "canceled", OTHER: "completed"}
    assert end.at("/inbound")[0].form["Direction"] == "inbound"


@pytest.mark.parametrize("code", [21214, 13227, 21610])
def test_numbers_it_does_not_take(provider: TwilioLike, end: OurEnd, wire: Wire, code: int) -> None:
    provider.people.script(SPECIALIST, Person(refused_with=code))
    with pytest.raises(Refused):
        _place(wire, end)
    assert provider.ledger.calls == {}


def test_what_is_not_twiml_is_a_complaint(provider: TwilioLike, end: OurEnd, wire: Wire) -> None:
    end.documents["/specialist"] = '<Gather digits="1"><Dial/></Gather><Shout/>'
    provider.people.script(SPECIALIST, Person(presses=""))
    _legs(provider, _place(wire, end))
    [digits, dial, shout, _in_vain] = provider.ledger.complaints
    assert "<Gather digits>" in digits
    assert "<Dial> in <Gather>" in dial
    assert "<Shout>" in shout


def test_another_account_is_not_let_in(provider: TwilioLike, end: OurEnd) -> None:
    with Wire(provider.account.sid, TOKEN[::-1], provider.url) as stranger, pytest.raises(Refused):
        _place(stranger, end)


def test_it_ends_quickly_with_a_call_under_way(end: OurEnd) -> None:
    with TwilioLike(OURS) as provider, Wire(provider.account.sid, TOKEN, provider.url) as wire:
        provider.people.script(SPECIALIST, Person(ring=60))
        _place(wire, end)
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 2
