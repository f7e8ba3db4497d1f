"""The usual delivery in one statement: it stores all or, when anything of it is known, no response."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Engine, func
from sqlmodel import Session, SQLModel, col, select

from db import inbox, profiles, strangers, tombstones
from db.columns import new_id
from db.intake import Inbox, InboxRow, Response, ResponseRow
from db.people import Customer, CustomerRow
from db.profiles import Identity

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ANNA, NOBODY = Identity("c-1", "anna@example.com"), Identity(None, None)
SECRET = b"secret"


def response_of(customer: CustomerRow, external_id: str = "r-1") -> ResponseRow:
    return ResponseRow(
        id=new_id(),
        source="generic",
        form="demo",
        external_id=external_id,
        version=NOON,
        submitted_at=NOON,
        received_at=NOON,
        customer_id=customer.id,
        language="en",
        answers=[{"question_id": "q1", "value": "Не запускается."}],
        promise={"due": "2026-11-03T13:00:00Z"},
    )


def request_of(case: UUID) -> InboxRow:
    return inbox.row(kind=inbox.CONTACT_REQUEST, key=str(case), case_id=case, body=None, urgent_at=NOON)


def add(engine: Engine, identity: Identity, external_id: str = "r-1", case: UUID | None = None) -> bool:
    customer = profiles.blank(identity, NOON)
    response = response_of(customer, external_id)
    response.id = case or response.id
    stranger = strangers.Stranger(response, customer, request_of(response.id), identity)
    with engine.begin() as connection:
        return strangers.add(connection, stranger, secret=SECRET)


def count(engine: Engine, table: type[SQLModel]) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_response_customer_and_request_are_stored_as_they_were_told(engine: Engine) -> None:
    case = new_id()
    assert add(engine, ANNA, case=case)
    with Session(engine) as session:
        row = session.get_one(Response, case)
        customer, waiting = session.get_one(Customer, row.customer_id), session.exec(select(Inbox)).one()
    expected = response_of(customer)
    expected.id = case
    assert row.model_dump() == expected.model_dump()
    assert (customer.external_id, customer.invited_email, customer.created_at) == ("c-1", "anna@example.com", NOON)
    assert (waiting.case_id, waiting.urgent_at, waiting.body, waiting.done_at) == (case, NOON, {}, None)


def test_a_request_may_be_leased_at_once_by_the_servers_clock(engine: Engine) -> None:
    assert add(engine, ANNA)
    with Session(engine) as session:
        assert session.scalar(select(col(Inbox.next_try_at) <= func.now()))


def test_of_a_customer_who_is_known_by_either_identifier_nothing_is_stored(engine: Engine) -> None:
    assert add(engine, ANNA)
    for known in (Identity("c-1", None), Identity("c-2", "anna@example.com")):
        assert not add(engine, known, "r-2")
    assert (count(engine, Response), count(engine, Customer), count(engine, Inbox)) == (1, 1, 1)


def test_a_response_that_is_known_leaves_no_trace(engine: Engine) -> None:
    assert add(engine, NOBODY)
    for identity in (NOBODY, ANNA):
        assert not add(engine, identity)
    assert (count(engine, Response), count(engine, Customer), count(engine, Inbox)) == (1, 1, 1)


def test_an_erased_response_is_known_by_its_tombstone(engine: Engine) -> None:
    stone = tombstones.of_response(SECRET, "generic", "demo", "r-1")
    assert add(engine, NOBODY, stone)
    assert not add(engine, NOBODY, "r-1")
    assert count(engine, Response) == 1
