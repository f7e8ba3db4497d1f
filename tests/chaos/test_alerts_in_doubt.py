"""An alert whose sending stays in doubt again and again: one too many does no harm, one too few does."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from activities.delivery import LISTED_AFTER, NotYet, Way, deliver
from channels.errors import Ambiguous
from channels.protocols import ProviderMessage
from db.columns import now
from db.outreach import Message

DOUBTS = 4


@pytest.fixture
def alert(engine: Engine) -> Message:
    row = Message(key="alert", template="alert_new_case", channel="alert")
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.add(row)
    return row


def _as_it_is(engine: Engine, message: Message) -> Message:
    with Session(engine) as session:
        return session.get_one(Message, message.id)


def _later(engine: Engine, message: Message, by: timedelta) -> None:
    with Session(engine) as session, session.begin():
        row = session.get_one(Message, message.id)
        assert row.posted_at
        row.posted_at -= by


def test_an_alert_is_sent_until_it_has_certainly_arrived(engine: Engine, alert: Message) -> None:
    answers = iter([False] * DOUBTS + [True])

    def post() -> ProviderMessage:
        if not next(answers):
            raise Ambiguous("no answer")
        return ProviderMessage(provider_id="taken", accepted_at=now())

    way = Way(post=post, most_posts=None)
    for _ in range(DOUBTS):
        with pytest.raises(NotYet):
            deliver(engine, _as_it_is(engine, alert), way)
        _later(engine, alert, LISTED_AFTER)
    deliver(engine, _as_it_is(engine, alert), way)
    assert (_as_it_is(engine, alert).state, _as_it_is(engine, alert).attempts) == ("accepted", DOUBTS + 1)
