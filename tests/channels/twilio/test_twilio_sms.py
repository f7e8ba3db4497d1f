"""SMS by the real SDK over real sockets: what is asked, what the answer means, and that nothing is asked twice."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.protocols import ProviderMessage, SmsToSend
from channels.twilio.sms import TwilioSms
from channels.twilio.wire import Wire
from ops.ports import free_port
from tests.channels.twilio.peer import Answer, Drop, Hang, Peer, Raw

ACCOUNT, TOKEN = "AC" + "0" * 32, "secret of the account"
PHONE, SENDER, SERVICE = "+79161234567", "+74950000000", "MG" + "1" * 32
MESSAGE = UUID("00000000-0000-4000-8000-000000000001")
TEXT = "Ромашка: мы вам звонили и не застали. Выберите время: https://help.example/c/abc"
SMS = SmsToSend(message_id=MESSAGE, phone=PHONE, text=TEXT, validity=timedelta(minutes=15))
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANSWERS_SOON = timedelta(milliseconds=300)
ROOM = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
Ask = Callable[[TwilioSms], object]


def at(second: int) -> str:
    return f"Sun, 22 Nov 2026 12:00:{second:02d} +0000"


def told(sid: str, second: int = 0, **more: object) -> dict[str, object]:
    base = {"sid": sid, "body": TEXT, "direction": "outbound-api", "date_created": at(second), "date_sent": None}
    return {**base, **more}


def listed(*messages: dict[str, object]) -> Answer:
    return Answer(body={"messages": list(messages), "next_page_uri": None})


def refused(code: int, status: int = 400) -> Answer:
    message = f"The 'To' number {PHONE} is no good"
    return Answer(status, {"code": code, "message": message, "status": status, "more_info": "https://…"})


def ask(peer: Peer, what: Ask, sender: str = SENDER) -> object:
    with Wire(ACCOUNT, TOKEN, peer.url, timeout=ANSWERS_SOON) as wire:
        return what(TwilioSms(wire, "https://help.example", sender))


def send(sms: TwilioSms) -> object:
    return sms.send(SMS)


def find(sms: TwilioSms) -> object:
    return sms.find(PHONE, NOON, text=TEXT)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


# What is asked


@pytest.mark.parametrize(
    ("sender", "field"), [(SENDER, "From"), ("Romashka", "From"), (SERVICE, "MessagingServiceSid")]
)
def test_an_sms_is_handed_over_with_its_sender_and_its_time(sender: str, field: str) -> None:
    with Peer(Answer(201, told("SM1"))) as peer:
        accepted = ask(peer, send, sender)
        (asked,) = peer.asked
    assert (asked.method, asked.path) == ("POST", ROOM)
    assert {name: asked.all(name) for name, _ in asked.fields} == {
        "To": [PHONE],
        field: [sender],
        "Body": [TEXT],
        "StatusCallback": [f"https://help.example/webhooks/twilio/messages/{MESSAGE}"],
        "ValidityPeriod": ["900"],
        "SmartEncoded": ["false"],
    }
    assert accepted == ProviderMessage(provider_id="SM1", accepted_at=NOON)


@pytest.mark.parametrize(("validity", "seconds"), [(timedelta(0), "1"), (timedelta(days=2), "36000")])
def test_validity_stays_within_what_is_accepted(validity: timedelta, seconds: str) -> None:
    with Peer(Answer(201, told("SM1"))) as peer:
        ask(peer, lambda sms: sms.send(SMS.model_copy(update={"validity": validity})))
        assert peer.asked[0].one("ValidityPeriod") == seconds


# In doubt


def test_the_first_of_ours_with_this_text_is_found() -> None:
    sent = listed(
        told("SM9", 9, date_sent=at(10)),
        told("SM5", 5, body="another text"),
        told("SM4", 4, direction="inbound"),
        told("SM3", 3, date_sent=at(4)),
        told("SM0", date_created="Sun, 22 Nov 2026 11:59:59 +0000"),
    )
    with Peer(sent, listed()) as peer:
        found = ask(peer, lambda sms: sms.find(PHONE, NOON.astimezone(ZoneInfo("Europe/Moscow")), text=TEXT))
        first, second = peer.asked
    assert found == ProviderMessage(provider_id="SM3", accepted_at=NOON + timedelta(seconds=3))
    assert (first.method, first.path, first.one("To"), first.one("DateSent>")) == (
        "GET",
        ROOM,
        PHONE,
        "2026-11-22T12:00:00Z",
    )
    assert (second.one("To"), second.all("DateSent>")) == (PHONE, [])


def test_one_that_waits_to_be_sent_is_found_and_the_words_of_a_trial_account_do_not_hide_it() -> None:
    waiting = told("SM7", 7, body=f"Sent from your Twilio trial account - {TEXT}")
    with Peer(listed(), listed(waiting)) as peer:
        found = ask(peer, find)
    assert found == ProviderMessage(provider_id="SM7", accepted_at=NOON + timedelta(seconds=7))


def test_nothing_there_is_nothing_found() -> None:
    with Peer(listed(told("SM5", 5, body="another text")), listed()) as peer:
        assert ask(peer, find) is None


def test_of_nobody_nothing_is_asked() -> None:
    with Peer() as peer:
        assert ask(peer, lambda sms: sms.find("", NOON)) is None
        assert peer.asked == []


# What goes wrong


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Hang(), Ambiguous),
        (Drop(), Ambiguous),
        (Answer(500), Ambiguous),
        (Answer(503, headers={"Retry-After": "7"}), Ambiguous),
        (Raw(201, b"{"), Ambiguous),
        (Answer(201, {}), Ambiguous),
        (Answer(201, told("")), Ambiguous),
        (Answer(429, headers={"Retry-After": "7"}), NotSent),
        (refused(20429, 429), NotSent),
        (refused(21611), NotSent),
    ],
)
def test_an_sms_is_asked_for_once_whatever_comes_back(
    answer: Answer | Raw | Hang | Drop, kind: type[ChannelError], logged: pytest.LogCaptureFixture
) -> None:
    with Peer(answer) as peer:
        with pytest.raises(ChannelError) as raised:
            ask(peer, send)
        assert peer.count("POST") == len(peer.asked) == 1
    assert type(raised.value) is kind
    _tells_nothing(raised.value, logged)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21211, RefusedReason.INVALID_NUMBER),
        (21604, RefusedReason.INVALID_NUMBER),
        (21610, RefusedReason.OPTED_OUT),
        (21612, RefusedReason.NO_SMS),
        (21614, RefusedReason.NO_SMS),
        (21635, RefusedReason.NO_SMS),
        (20003, RefusedReason.CONFIG),
        (21408, RefusedReason.CONFIG),
        (21606, RefusedReason.CONFIG),
        (21659, RefusedReason.CONFIG),
        (21703, RefusedReason.CONFIG),
    ],
)
def test_a_refusal_says_whose_fault_it_is(code: int, reason: RefusedReason, logged: pytest.LogCaptureFixture) -> None:
    with Peer(refused(code)) as peer:
        with pytest.raises(Refused) as raised:
            ask(peer, send)
        assert peer.count("POST") == 1
    assert raised.value.reason is reason
    _tells_nothing(raised.value, logged)


def test_where_nobody_listens_nothing_was_sent(logged: pytest.LogCaptureFixture) -> None:
    with Wire(ACCOUNT, TOKEN, f"http://127.0.0.1:{free_port()}") as wire, pytest.raises(NotSent) as raised:
        TwilioSms(wire, "https://help.example", SENDER).send(SMS)
    _tells_nothing(raised.value, logged)


def test_neither_number_nor_text_is_logged_when_all_goes_well(logged: pytest.LogCaptureFixture) -> None:
    with Peer(Answer(201, told("SM1"))) as peer:
        ask(peer, send)
    with Peer(listed(told("SM1")), listed()) as peer:
        ask(peer, find)
    _tells_nothing(None, logged)


def _tells_nothing(error: BaseException | None, logged: pytest.LogCaptureFixture) -> None:
    for private in (PHONE.removeprefix("+"), "Ромашка"):
        assert private not in logged.text
        assert private not in f"{error!r} {error} {error and error.__cause__!r}"
