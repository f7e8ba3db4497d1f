"""Twilio forgets calls with their legs and recordings, SMS, and whatever bears a number."""

import pytest

from channels.erasing import Kept, KeptForGood
from channels.errors import NotSent, Refused, RefusedReason
from channels.twilio.keeper import TwilioKeeper
from channels.twilio.wire import Wire
from tests.channels.twilio.peer import Answer, Peer

ACCOUNT = "AC" + "0" * 32
GONE = Answer(404, {"code": 20404, "message": "gone", "status": 404})
DELETED = Answer(204)
ROOM = f"/2010-04-01/Accounts/{ACCOUNT}"


def listed(room: str, *sids: str) -> Answer:
    return Answer(body={room: [{"sid": sid} for sid in sids], "next_page_uri": None})


def keeper(peer: Peer) -> TwilioKeeper:
    return TwilioKeeper(Wire(ACCOUNT, "token", peer.url))


def deleted(peer: Peer) -> list[str]:
    return [asked.path.removeprefix(ROOM) for asked in peer.asked if asked.method == "DELETE"]


def test_a_call_goes_with_the_customers_leg_and_all_recordings_its_own_record_last() -> None:
    answers = (
        *(listed("calls", "CA2"), listed("recordings", "RE2"), DELETED, DELETED),
        *(listed("recordings", "RE1"), DELETED, DELETED),
    )
    with Peer(*answers) as peer:
        keeper(peer).forget(Kept.CALL, "CA1")
        assert peer.asked[0].one("ParentCallSid") == "CA1"
        assert [asked.one("CallSid") for asked in peer.asked if "Recordings" in asked.path and asked.fields] == [
            "CA2",
            "CA1",
        ]
        assert deleted(peer) == ["/Recordings/RE2.json", "/Calls/CA2.json", "/Recordings/RE1.json", "/Calls/CA1.json"]


def test_what_is_gone_stays_gone() -> None:
    answers = (listed("calls", "CA2"), listed("recordings", "RE2"), GONE, GONE, listed("recordings"), GONE)
    with Peer(*answers) as peer, pytest.raises(Refused) as raised:
        keeper(peer).forget(Kept.CALL, "CA1")
    assert raised.value.reason is RefusedReason.NOT_FOUND


def test_an_sms_is_deleted() -> None:
    with Peer(DELETED) as peer:
        keeper(peer).forget(Kept.SMS, "SM1")
        assert deleted(peer) == ["/Messages/SM1.json"]


def test_an_sms_still_under_way_is_deleted_later() -> None:
    under_way = Answer(409, {"code": 20009, "message": "not finished", "status": 409})
    with Peer(under_way) as peer, pytest.raises(NotSent):
        keeper(peer).forget(Kept.SMS, "SM1")


def test_mail_is_not_its_business() -> None:
    with Peer() as peer, pytest.raises(KeptForGood):
        keeper(peer).forget(Kept.MAIL, "x")


def test_whatever_bears_a_number_is_deleted() -> None:
    no_more = (listed("calls"), listed("recordings"))
    answers = (
        *(listed("calls", "CA2"), listed("calls", "CA3")),
        *(*no_more, DELETED, *no_more, GONE),
        *(listed("messages", "SM1"), listed("messages"), DELETED),
    )
    with Peer(*answers) as peer:
        keeper(peer).forget_person(["+79161234567", "anna@example.org", "8 916 123"])
        asked = [(one.path.removeprefix(ROOM), one.all("To"), one.all("From")) for one in peer.asked[:2]]
        assert asked == [("/Calls.json", ["+79161234567"], []), ("/Calls.json", [], ["+79161234567"])]
        assert deleted(peer) == ["/Calls/CA2.json", "/Calls/CA3.json", "/Messages/SM1.json"]
