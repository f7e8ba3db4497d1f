"""A letter's whole way through SendGrid: its row first, one POST, and in doubt an event rather than a second letter."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from activities.delivery import MAIL_EVENT_WAIT, NotYet, Way, deliver
from channels.protocols import MailToSend
from channels.sendgrid.mail import Sender, SendGridMail
from channels.sendgrid.wire import Wire
from db import callbacks
from db.columns import new_id, now
from db.tables import Message
from domain.words import Language
from tests.channels.sendgrid import fault_server
from tests.channels.sendgrid.fault_server import MESSAGE_ID, FaultServer, Reply

PATIENCE = timedelta(seconds=0.3)
BAD_ADDRESS = (
    b'{"errors": [{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}]}'
)
OF_OURS = json.dumps({"errors": [{"message": "no", "field": "from"}]}).encode()


class Outgoing:
    """One letter, its row, and the server it goes to."""

    def __init__(self, engine: Engine, server: FaultServer) -> None:
        self.engine, self.server, self.id = engine, server, new_id()
        self.mail = SendGridMail(Wire("SG.x", server.url, PATIENCE), Sender(address="care@example.com", name="Ромашка"))
        with Session(engine) as session, session.begin():
            session.add(Message(id=self.id, key=str(self.id), template="tried_to_reach", channel="mail"))

    def deliver(self) -> timedelta | None:
        """Try once: how long to wait before the next try, None when it is settled."""
        try:
            deliver(self.engine, self.row(), Way(post=lambda: self.mail.send(self._letter()), wait=MAIL_EVENT_WAIT))
        except NotYet as unsettled:
            return unsettled.wait
        return None

    def row(self) -> Message:
        """Its row as it is now."""
        with Session(self.engine) as session:
            return session.get_one(Message, self.id)

    def wait(self) -> None:
        """The time in which an event would have come has passed."""
        with Session(self.engine) as session, session.begin():
            session.get_one(Message, self.id).posted_at = now() - MAIL_EVENT_WAIT - timedelta(seconds=1)

    def posted(self) -> list[UUID]:
        """The id in each POST that the server has read."""
        bodies = (json.loads(asked.body) for asked in self.server.asked)
        return [UUID(body["personalizations"][0]["custom_args"]["message_id"]) for body in bodies]

    def _letter(self) -> MailToSend:
        shape = {"subject": "s", "text": "t", "html": "<p>h</p>", "language": Language.RU}
        return MailToSend.model_validate({"message_id": self.id, "address": "anna@example.org", **shape})


@pytest.fixture
def outgoing(engine: Engine) -> Iterator[Outgoing]:
    with FaultServer().running() as server:
        yield Outgoing(engine, server)


DOUBTS = [
    fault_server.hangs,
    fault_server.drops,
    fault_server.drops_within_the_answer,
    fault_server.replies(Reply(503, {})),
]


def test_an_accepted_letter_is_settled_under_sendgrids_id(outgoing: Outgoing) -> None:
    assert outgoing.deliver() is None
    assert outgoing.deliver() is None
    assert (outgoing.row().state, outgoing.row().provider_id) == ("accepted", MESSAGE_ID)
    assert outgoing.posted() == [outgoing.id]


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_doubt_is_cleared_up_by_an_event_and_nothing_goes_twice(outgoing: Outgoing, doubt: fault_server.Act) -> None:
    outgoing.server.act = doubt
    assert outgoing.deliver() == MAIL_EVENT_WAIT
    assert outgoing.row().state == "unknown"
    with Session(outgoing.engine) as session, session.begin():
        assert callbacks.accept_message(session, outgoing.id, at=now())
    outgoing.wait()
    assert outgoing.deliver() is None
    assert outgoing.row().state == "accepted"
    assert outgoing.posted() == [outgoing.id]


def test_without_an_event_it_goes_once_more_under_the_same_id_and_then_never_again(outgoing: Outgoing) -> None:
    outgoing.server.act = fault_server.drops
    for _ in range(2):
        assert outgoing.deliver() == MAIL_EVENT_WAIT
        outgoing.wait()
    assert outgoing.deliver() is None
    assert (outgoing.row().state, outgoing.row().error) == ("failed", "lost")
    assert outgoing.posted() == [outgoing.id] * 2


def test_too_many_letters_wait_and_then_go(outgoing: Outgoing) -> None:
    outgoing.server.act = fault_server.replies(Reply(429, {"Retry-After": "7"}))
    assert outgoing.deliver() == timedelta(seconds=7)
    assert outgoing.row().state == "queued"
    outgoing.server.act = fault_server.replies(Reply())
    assert outgoing.deliver() is None
    assert outgoing.row().state == "accepted"


@pytest.mark.parametrize(
    ("status", "body", "error"), [(400, BAD_ADDRESS, "invalid_address"), (403, OF_OURS, "config"), (401, b"", "config")]
)
def test_a_refused_letter_is_not_tried_again(outgoing: Outgoing, status: int, body: bytes, error: str) -> None:
    outgoing.server.act = fault_server.replies(Reply(status, {}, body))
    assert outgoing.deliver() is None
    assert outgoing.deliver() is None
    assert (outgoing.row().state, outgoing.row().error) == ("failed", error)
    assert len(outgoing.posted()) == 1
