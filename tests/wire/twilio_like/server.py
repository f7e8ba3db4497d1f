"""The provider on a loopback port: its API behind a door that can be faulty, and levers for whoever tests."""

import json
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.wire.door import Answer, Door, Incoming
from tests.wire.faults import Fault, Faults
from tests.wire.twilio_like.api import Account, Api, Rejected, Request
from tests.wire.twilio_like.courier import Courier
from tests.wire.twilio_like.ledger import Asked, Ledger
from tests.wire.twilio_like.people import People
from tests.wire.twilio_like.postbox import Postbox
from tests.wire.twilio_like.records import Call
from tests.wire.twilio_like.switchboard import Switchboard

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "fedcba9876543210" * 2


class TwilioLike:
    """Behaves as Twilio documents; as a context manager it serves inside the block."""

    def __init__(self, *numbers: str) -> None:
        """With these numbers of ours."""
        self.account = Account(ACCOUNT, TOKEN, numbers)
        self.ledger, self.people, self.faults = Ledger(), People(), Faults()
        self.courier = Courier(TOKEN, self.ledger)
        self.switchboard = Switchboard(self.ledger, self.courier, self.people)
        self.postbox = Postbox(self.ledger, self.courier, self.people)
        self._api = Api(self.account, self.ledger, self.people, self.switchboard, self.postbox)
        self._door = Door(self)
        self.url = self._door.url

    def __enter__(self) -> Self:
        self._door.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.__exit__()
        self.switchboard.close()
        self.postbox.close()
        self.courier.close()

    def ring_us(self, person: str, ours: str, url: str, *, status_url: str = "") -> Call:
        """A person rings a number of ours, whose TwiML is at `url`; the call, which goes on."""
        events = frozenset({"completed"})
        call = Call(ACCOUNT, ours, person, "inbound", url=url, callback=status_url, events=events, status="ringing")
        self.switchboard.start(call)
        return call

    def write_us(self, person: str, ours: str, text: str, url: str) -> int:
        """A person writes to a number of ours, whose address is `url`; the status of our answer."""
        return self.postbox.write(ACCOUNT, person, ours, text, url)

    def expect(self, incoming: Incoming) -> Fault | None:
        """Creating is what can go wrong."""
        request = _read(incoming)
        form = {name: values[0] for name, values in request.form.items()}
        self.ledger.note(Asked(request.method, request.route, request.path, form))
        creating = request.method == "POST" and not request.sid
        return self.faults.take(request.route, *form.values()) if creating else None

    def answer(self, incoming: Incoming) -> Answer:
        """As the API says."""
        try:
            status, body = self._api.answer(_read(incoming))
        except Rejected as rejected:
            return _rejection(rejected)
        return Answer(status, "" if body is None else json.dumps(body))

    def too_many(self, fault: Fault) -> Answer:
        """With a Retry-After, as for too many at once."""
        rejected = _rejection(Rejected(HTTPStatus.TOO_MANY_REQUESTS, 20429, "Too Many Requests"))
        return Answer(rejected.status, rejected.content, {"Retry-After": str(int(fault.retry_after.total_seconds()))})


def _rejection(rejected: Rejected) -> Answer:
    return Answer(rejected.status, json.dumps(rejected.shown()))


def _read(incoming: Incoming) -> Request:
    target = urlsplit(incoming.target)
    query, form = (parse_qs(text, keep_blank_values=True) for text in (target.query, incoming.body))
    return Request(incoming.method, target.path, query, form, incoming.headers.get("authorization", ""))
