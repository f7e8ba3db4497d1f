"""What a worker does most often takes one way to PostgreSQL, and finds its statements prepared."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from db.engine import engine_for
from db.outreach import Message, add
from db.short import step_by_step
from db.suppressions import suppress, suppressed

SECRET = b"a secret"
PREPARED = text("select count(*) from pg_prepared_statements where statement like '%spoken of once%'")


@pytest.fixture
def one(engine: Engine) -> Engine:
    """An engine of a single connection."""
    return engine_for(engine.url.render_as_string(hide_password=False), pool_size=1)


def test_reading_leaves_statements_prepared(one: Engine) -> None:
    for _ in range(3):
        with step_by_step(one) as session:
            session.execute(text("select 'spoken of once'"))
    with step_by_step(one) as session:
        assert session.scalar(PREPARED) == 1
    one.dispose()


def test_a_write_needs_nothing_after_it(engine: Engine) -> None:
    message = Message(id=uuid4(), key=f"{uuid4()}:1:", case_id=uuid4(), template="t", channel="mail")
    with step_by_step(engine) as session:
        assert add(session, [message]) == 1
    with Session(engine) as session:
        found = session.get_one(Message, message.id)
    assert found.model_dump() == message.model_dump()


def test_of_messages_only_those_that_are_new_are_added(engine: Engine) -> None:
    old, new = (Message(id=uuid4(), key=f"{uuid4()}:1:", template="t", channel="sms") for _ in range(2))
    with step_by_step(engine) as session:
        add(session, [old])
        assert add(session, [old.model_copy(update={"id": uuid4()}), new]) == 1


def test_a_suppressed_address_is_suppressed_on_its_channel_alone(engine: Engine) -> None:
    mail, phone = f"{uuid4()}@example.com", f"+7{uuid4().int % 10**10:010d}"
    with Session(engine) as session, session.begin():
        suppress(session, "mail", mail, SECRET, reason="unsubscribed")
        suppress(session, "call", phone, SECRET, reason="stop")
    with step_by_step(engine) as session:
        assert suppressed(session, {"mail": mail.upper(), "sms": phone}, SECRET) == {"mail"}
        assert suppressed(session, {}, SECRET) == set()
