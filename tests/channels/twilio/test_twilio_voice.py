"""Calls by the real SDK over real sockets: what is asked, what the answer means, and that nothing is asked twice."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.protocols import CallProgress, CallState, CallToPlace, ProviderCall
from channels.twilio.voice import TwilioVoice
from channels.twilio.wire import Wire
from domain.words import AttemptOutcome, Language
from ops.ports import free_port
from tests.channels.twilio.peer import Answer, Drop, Hang, Peer, Raw

ACCOUNT, TOKEN = "AC" + "0" * 32, "secret of the account"
SPECIALIST, CUSTOMER = "+74951112233", "+79161234567"
ATTEMPT = UUID("00000000-0000-4000-8000-000000000001")
CALL = CallToPlace(
    attempt_id=ATTEMPT,
    specialist_phone=SPECIALIST,
    customer_phone=CUSTOMER,
    caller_id="+74950000000",
    language=Language.RU,
    whisper="Анна просит перезвонить",
)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANSWERS_SOON = timedelta(milliseconds=300)
ROOM = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"
Ask = Callable[[TwilioVoice], object]


def leg(sid: str, status: str, **told: object) -> dict[str, object]:
    base: dict[str, object] = {"sid": sid, "status": status, "direction": "outbound-api", "parent_call_sid": None}
    return base | {"date_created": "Sun, 22 Nov 2026 12:00:00 +0000", **told}


def customers(status: str, **told: object) -> Answer:
    return calls(leg("CA2", status, direction="outbound-dial", parent_call_sid="CA1", **told))


def calls(*legs: dict[str, object]) -> Answer:
    return Answer(body={"calls": list(legs), "next_page_uri": None})


def refused(code: int, status: int = 400) -> Answer:
    message = f"The 'To' number {SPECIALIST} is no good"
    return Answer(status, {"code": code, "message": message, "status": status, "more_info": "https://…"})


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def ask(peer: Peer, what: Ask) -> object:
    with Wire(ACCOUNT, TOKEN, peer.url, timeout=ANSWERS_SOON) as wire:
        return what(TwilioVoice(wire, "https://help.example"))


def place(voice: TwilioVoice) -> object:
    return voice.place(CALL)


def find(voice: TwilioVoice) -> object:
    return voice.find(CALL, NOON)


def fetch(voice: TwilioVoice) -> object:
    return voice.fetch("CA1")


def cancel(voice: TwilioVoice) -> object:
    voice.cancel("CA1")
    return None


# What is asked


def test_a_call_rings_the_specialist_and_steers_by_our_addresses() -> None:
    with Peer(Answer(201, leg("CA1", "queued"))) as peer:
        placed = ask(peer, place)
        (asked,) = peer.asked
    at = f"https://help.example/webhooks/twilio/calls/{ATTEMPT}"
    assert (asked.method, asked.path) == ("POST", f"{ROOM}.json")
    assert asked.authorization.startswith("Basic ")
    assert {name: asked.all(name) for name, _ in asked.fields} == {
        "To": [SPECIALIST],
        "From": ["+74950000000"],
        "Url": [f"{at}/specialist"],
        "Method": ["POST"],
        "StatusCallback": [f"{at}/status"],
        "StatusCallbackMethod": ["POST"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["25"],
    }
    assert placed == ProviderCall(provider_id="CA1", placed_at=NOON)


def test_ours_are_found_the_oldest_first_also_those_that_wait() -> None:
    later = "Sun, 22 Nov 2026 12:00:09 +0000"
    started = calls(
        leg("CA3", "completed", date_created=later),
        leg("CA1", "in-progress", date_created="Sun, 22 Nov 2026 12:00:01 +0000"),
        leg("CA0", "completed", date_created="Sun, 22 Nov 2026 11:59:00 +0000"),
        leg("CA8", "completed", direction="inbound"),
        leg("CA9", "completed", direction="outbound-dial", parent_call_sid="CA7"),
    )
    waiting = calls(
        leg("CA2", "queued", date_created="Sun, 22 Nov 2026 12:00:05 +0000"), leg("CA3", "queued", date_created=later)
    )
    with Peer(started, waiting) as peer, Wire(ACCOUNT, TOKEN, peer.url) as wire:
        found = TwilioVoice(wire, "https://help.example").find(CALL, NOON.astimezone(ZoneInfo("Europe/Moscow")))
        first, second = peer.asked
    assert [call.provider_id for call in found] == ["CA1", "CA2", "CA3"]
    assert found[0].placed_at == NOON + timedelta(seconds=1)
    assert (first.one("To"), first.one("StartTime>")) == (SPECIALIST, "2026-11-22T12:00:00Z")
    assert (second.one("To"), second.one("Status")) == (SPECIALIST, "queued")


@pytest.mark.parametrize(
    ("parent", "children", "progress"),
    [
        ("queued", calls(), (CallState.PLACED, None)),
        ("ringing", calls(), (CallState.PLACED, None)),
        ("in-progress", calls(), (CallState.PLACED, None)),
        ("no-answer", calls(), (CallState.ENDED, AttemptOutcome.TECHNICAL)),
        ("busy", calls(), (CallState.ENDED, AttemptOutcome.TECHNICAL)),
        ("failed", calls(), (CallState.ENDED, AttemptOutcome.TECHNICAL)),
        ("completed", calls(), (CallState.ENDED, AttemptOutcome.TECHNICAL)),
        ("in-progress", customers("queued"), (CallState.RINGING, None)),
        ("in-progress", customers("ringing"), (CallState.RINGING, None)),
        ("in-progress", customers("in-progress"), (CallState.ANSWERED, None)),
        ("in-progress", customers("busy"), (CallState.ENDED, AttemptOutcome.BUSY)),
        ("completed", customers("no-answer"), (CallState.ENDED, AttemptOutcome.NO_ANSWER)),
        ("completed", customers("failed"), (CallState.ENDED, AttemptOutcome.UNAVAILABLE)),
        ("completed", customers("canceled"), (CallState.ENDED, AttemptOutcome.TECHNICAL)),
        ("completed", customers("completed", answered_by="human"), (CallState.ENDED, AttemptOutcome.REACHED)),
        ("completed", customers("completed"), (CallState.ENDED, AttemptOutcome.REACHED)),
        ("completed", customers("completed", answered_by="machine_start"), (CallState.ENDED, AttemptOutcome.VOICEMAIL)),
    ],
)
def test_how_far_a_call_has_come(parent: str, children: Answer, progress: tuple[CallState, object]) -> None:
    with Peer(Answer(body=leg("CA1", parent)), children) as peer:
        found = ask(peer, fetch)
        assert [asked.path for asked in peer.asked] == [f"{ROOM}/CA1.json", f"{ROOM}.json"]
        assert peer.asked[1].one("ParentCallSid") == "CA1"
    assert isinstance(found, CallProgress)
    assert (found.state, found.outcome) == progress


def test_a_conversation_began_so_long_before_its_end() -> None:
    over = customers("completed", end_time="Sun, 22 Nov 2026 12:05:00 +0000", duration="49", answered_by="human")
    with Peer(Answer(body=leg("CA1", "completed")), over) as peer:
        found = ask(peer, fetch)
    assert isinstance(found, CallProgress)
    assert (found.answered_at, found.ended_at) == (
        NOON + timedelta(minutes=5, seconds=-49),
        NOON + timedelta(minutes=5),
    )


@pytest.mark.parametrize(
    ("parent", "children", "told"),
    [
        ("queued", calls(), ["completed"]),
        ("ringing", calls(), ["completed"]),
        ("in-progress", calls(), ["completed"]),
        ("in-progress", customers("ringing"), ["completed"]),
        ("in-progress", customers("in-progress"), []),
        ("completed", customers("completed"), []),
        ("no-answer", calls(), []),
    ],
)
def test_a_call_is_cancelled_unless_the_customer_has_answered(parent: str, children: Answer, told: list[str]) -> None:
    with Peer(Answer(body=leg("CA1", parent)), children, Answer(body=leg("CA1", "completed"))) as peer:
        ask(peer, cancel)
        assert [asked.one("Status") for asked in peer.asked if asked.method == "POST"] == told


def test_a_call_that_ends_while_it_is_cancelled_stays_as_it_is() -> None:
    with Peer(Answer(body=leg("CA1", "ringing")), calls(), refused(21220)) as peer:
        ask(peer, cancel)
        assert peer.count("POST") == 1


@pytest.mark.parametrize("what", [fetch, cancel])
def test_a_call_nobody_knows_is_not_found(what: Ask) -> None:
    with Peer(refused(20404, 404)) as peer, pytest.raises(Refused) as raised:
        ask(peer, what)
    assert raised.value.reason is RefusedReason.NOT_FOUND


# What goes wrong


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Hang(), Ambiguous),
        (Drop(), Ambiguous),
        (Answer(500), Ambiguous),
        (Answer(503, headers={"Retry-After": "7"}), Ambiguous),
        (Raw(502, b"<html>Bad gateway</html>"), Ambiguous),
        (Raw(201, b"{"), Ambiguous),
        (Raw(201, b"[]"), Ambiguous),
        (Raw(201, b"\xff\xfe"), Ambiguous),
        (Answer(201, {}), Ambiguous),
        (Answer(429, headers={"Retry-After": "7"}), NotSent),
        (refused(20429, 429), NotSent),
        (refused(10004), NotSent),
        (refused(20003, 401), Refused),
        (refused(21210), Refused),
        (Raw(403, b"no"), Refused),
        (Answer(302, headers={"Location": "http://127.0.0.1:9/elsewhere"}), Refused),
    ],
)
def test_a_call_is_asked_for_once_whatever_comes_back(
    answer: Answer | Raw | Hang | Drop, kind: type[ChannelError], logged: pytest.LogCaptureFixture
) -> None:
    with Peer(answer) as peer:
        with pytest.raises(ChannelError) as raised:
            ask(peer, place)
        assert peer.count("POST") == len(peer.asked) == 1
    assert type(raised.value) is kind
    _tells_nobodys_number(raised.value, logged)


@pytest.mark.parametrize(("header", "wait"), [("7", timedelta(seconds=7)), ("soon", None)])
def test_how_long_to_wait_is_kept(header: str, wait: timedelta | None) -> None:
    with Peer(Answer(429, headers={"Retry-After": header})) as peer, pytest.raises(NotSent) as raised:
        ask(peer, place)
    assert raised.value.retry_after == wait


def test_where_nobody_listens_nothing_was_sent(logged: pytest.LogCaptureFixture) -> None:
    with Wire(ACCOUNT, TOKEN, f"http://127.0.0.1:{free_port()}") as wire, pytest.raises(NotSent) as raised:
        TwilioVoice(wire, "https://help.example").place(CALL)
    _tells_nobodys_number(raised.value, logged)


@pytest.mark.parametrize("code", [21201, 21211, 21214, 21217])
def test_a_specialists_bad_number_does_not_blame_the_customer(code: int) -> None:
    with Peer(refused(code)) as peer, pytest.raises(Refused) as raised:
        ask(peer, place)
    assert raised.value.reason is RefusedReason.CONFIG


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (refused(20003, 401), "status=401 code=20003 meaning=the account's id or token is wrong"),
        (Answer(400, {"code": "21211", "message": SPECIALIST}), "status=400 code=None meaning=unknown"),
        (Answer(400, {"code": [1], "message": SPECIALIST}), "status=400 code=None meaning=unknown"),
    ],
)
def test_the_operator_reads_why(answer: Answer, line: str, logged: pytest.LogCaptureFixture) -> None:
    with Peer(answer) as peer, pytest.raises(Refused) as raised:
        ask(peer, place)
    assert line in logged.text
    _tells_nobodys_number(raised.value, logged)


@pytest.mark.parametrize("answer", [Hang(), Drop(), Answer(503), Raw(200, b"{"), Raw(200, b"[]"), Answer(200, {})])
@pytest.mark.parametrize("what", [find, fetch])
def test_reading_fails_clearly_too(
    what: Ask, answer: Answer | Raw | Hang | Drop, logged: pytest.LogCaptureFixture
) -> None:
    with Peer(answer, answer) as peer, pytest.raises(Ambiguous) as raised:
        ask(peer, what)
    _tells_nobodys_number(raised.value, logged)


def test_no_number_is_logged_when_all_goes_well(logged: pytest.LogCaptureFixture) -> None:
    with Peer(Answer(201, leg("CA1", "queued"))) as peer:
        ask(peer, place)
    with Peer(calls(leg("CA1", "queued")), calls()) as peer:
        ask(peer, find)
    _tells_nobodys_number(None, logged)


def _tells_nobodys_number(error: BaseException | None, logged: pytest.LogCaptureFixture) -> None:
    for number in (SPECIALIST, CUSTOMER):
        assert number.removeprefix("+") not in logged.text
        assert number.removeprefix("+") not in f"{error!r} {error} {error and error.__cause__!r}"
    assert error is None or error.__suppress_context__ or error.__context__ is None
