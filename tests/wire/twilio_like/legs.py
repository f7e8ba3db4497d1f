"""One leg of a call: how it rings, is answered and ends, and what is told of it on the way."""

from datetime import UTC, datetime
from email.utils import format_datetime
from threading import Event

from tests.wire.twilio_like.courier import Courier
from tests.wire.twilio_like.ledger import Ledger
from tests.wire.twilio_like.people import ANSWERING, Person, PicksUp
from tests.wire.twilio_like.records import VERSION, Call

Params = dict[str, str]
SIP = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}


class HungUp(Exception):
    """This leg was told to end, by its own person, by the other one, or through the API."""


class Legs:
    """Changes legs and tells of it; used from the thread of each call."""

    def __init__(self, ledger: Ledger, courier: Courier, stopping: Event) -> None:
        self._ledger, self._courier, self._stopping = ledger, courier, stopping

    def ring(self, leg: Call, person: Person) -> bool:
        """Until somebody picks up; False when nobody does: then it is over. HungUp when told to end meanwhile."""
        leg.started = datetime.now(UTC)
        self._tell(leg, "initiated", "initiated")
        if person.picks_up in (PicksUp.BUSY, PicksUp.OFF):
            self.wait(leg, person.ring)
            leg.error = person.leg_fails_with
            self.end(leg, person.picks_up.value)
            return False
        leg.status = "ringing"
        self._tell(leg, "ringing", "ringing")
        self.wait(leg, person.ring)
        if person.picks_up not in ANSWERING:
            self.end(leg, person.picks_up.value)
            return False
        if leg.detects_machine:
            leg.answered_by = person.picks_up.value
        self.pick_up(leg)
        return True

    def pick_up(self, leg: Call) -> None:
        """It is answered from now on, if it was not before."""
        if leg.answered:
            return
        leg.status, leg.answered = "in-progress", datetime.now(UTC)
        self._ledger.note()
        self._tell(leg, "answered", "in-progress")

    def wait(self, leg: Call, seconds: float) -> None:
        """Let time pass on this leg. HungUp when it is told to end."""
        if leg.told_to_end.wait(seconds) or self._stopping.is_set():
            raise HungUp

    def end(self, leg: Call, status: str, *, seconds: int = 0) -> None:
        """It is over, for good."""
        if leg.over:
            return
        leg.status, leg.ended = status, datetime.now(UTC)
        leg.seconds = seconds if status == "completed" else 0
        self._ledger.note()
        self._tell(leg, "completed", status)
        self._courier.nothing_more(leg.to, leg.sid)
        leg.told_of_its_end = True
        self._ledger.note()

    def facts(self, leg: Call, status: str | None = None) -> Params:
        """What every request about this leg says."""
        known = {
            "CallSid": leg.sid,
            "AccountSid": leg.account,
            "From": leg.from_,
            "To": leg.to,
            "Caller": leg.from_,
            "Called": leg.to,
            "CallStatus": status or leg.status,
            "Direction": leg.direction,
            "ApiVersion": VERSION,
            "ToZip": "",
            "CalledCity": "МОСКВА",
        }
        return known | ({"ParentCallSid": leg.parent.sid} if leg.parent else {})

    def _tell(self, leg: Call, event: str, status: str) -> None:
        number, leg.events_so_far = leg.events_so_far, leg.events_so_far + 1
        if not leg.callback or event not in leg.events or self._stopping.is_set():
            return
        said = self.facts(leg, status) | {
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(datetime.now(UTC)),
            "CallbackSource": "call-progress-events",
        }
        if event == "completed":
            said |= _end(leg)
        self._courier.tell(leg.to, leg.sid, leg.callback, said)


def _end(leg: Call) -> Params:
    """A whole conversation in seconds, and in minutes as it is billed."""
    lasted = {"CallDuration": str(leg.seconds), "Duration": str(-(-leg.seconds // 60))}
    found = {"AnsweredBy": leg.answered_by} if leg.answered_by else {}
    wrong = {"ErrorCode": str(leg.error)} if leg.error else {}
    return {**lasted, **found, **wrong, "SipResponseCode": SIP[leg.status]}
