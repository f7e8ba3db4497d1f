"""What a case begins with is read from its response, its customer and the customer's other cases."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from db.columns import new_id
from db.openings import HORIZON, opening, windows
from db.tables import Case, Customer, Response, Staff
from domain.policies import policies_from
from domain.policy import Policy

NOON = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
"""A Tuesday noon in Moscow; four in the afternoon in Vladivostok is 06:00 UTC."""
POLICIES = policies_from('[fast]\npromise = "PT10M"', development=False)
PROMISE: dict[str, object] = {"requested_at": NOON.isoformat(), "due": NOON.isoformat(), "warnings": []}


def a_response(customer: Customer, **changes: object) -> Response:
    values: dict[str, object] = {
        "id": new_id(),
        "source": "generic",
        "form": "purchase",
        "external_id": str(new_id()),
        "version": NOON,
        "submitted_at": NOON,
        "customer_id": customer.id,
        "language": "ru",
        "phone": "+79161234567",
        "contact_requested_at": NOON,
        "promise": PROMISE,
    }
    return Response(**(values | changes))  # type: ignore[arg-type]  # the columns' types differ


def a_case(response: Response, **changes: object) -> Case:
    values: dict[str, object] = {
        "id": response.id,
        "seq": 1,
        "customer_id": response.customer_id,
        "source": "generic",
        "policy": "standard",
        "stage": "awaiting_callback",
        "requested_at": NOON,
        "snapshot": {},
    }
    return Case(**(values | changes))  # type: ignore[arg-type]  # the columns' types differ


@pytest.fixture
def session(engine: Engine) -> Session:
    return Session(engine)


def add(session: Session, *rows: SQLModel) -> None:
    for row in rows:
        session.add(row)
        session.flush()


def test_a_first_case_stands_alone(session: Session) -> None:
    with session:
        customer = Customer(zone="Asia/Vladivostok")
        response = a_response(customer, policy="fast", zone="Europe/Moscow")
        add(session, customer, response)
        begin = opening(session, response, POLICIES, NOON)
    assert (begin.case, begin.customer, begin.requested_at) == (response.id, customer.id, NOON)
    assert (begin.policy.name, begin.promise and begin.promise.due, begin.number_usable) == ("fast", NOON, True)
    assert (begin.loop, begin.previous, begin.sibling, begin.offered_to) == (1, None, None, None)
    assert (begin.calling.until, begin.company.until) == (NOON + HORIZON, NOON + HORIZON)
    evening_there = datetime(2026, 11, 3, 11, 30, tzinfo=UTC)
    assert begin.company.contains(evening_there)
    assert not begin.calling.contains(evening_there)


def test_a_policy_that_has_left_the_file_is_the_standard_one(session: Session) -> None:
    with session:
        customer = Customer()
        response = a_response(customer, policy="gone", phone=None, promise=None)
        add(session, customer, response)
        begin = opening(session, response, POLICIES, NOON)
    assert (begin.policy, begin.promise, begin.number_usable) == (Policy(), None, False)


def test_the_next_loop_counts_on(session: Session) -> None:
    with session:
        customer = Customer()
        first = a_response(customer)
        second = a_response(customer, previous_case=first.id)
        add(session, customer, first, second, a_case(first, loop=2, closed_at=NOON))
        begin = opening(session, second, POLICIES, NOON)
    assert (begin.loop, begin.previous, begin.sibling) == (3, first.id, None)


def test_another_open_case_is_offered_to_the_same_owner(session: Session) -> None:
    with session:
        customer, owner = Customer(), Staff(name="Anna", role="specialist")
        older, newer, closed, mine = (a_response(customer) for _ in range(4))
        later, latest = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
        cases = (
            a_case(older),
            a_case(newer, requested_at=later, owner_id=owner.id),
            a_case(closed, requested_at=latest, closed_at=latest),
        )
        add(session, customer, owner, older, newer, closed, mine, *cases)
        begin = opening(session, mine, POLICIES, NOON)
        siblings_own = opening(session, newer, POLICIES, NOON)
    assert (begin.sibling, begin.offered_to) == (newer.id, owner.id)
    assert siblings_own.sibling == older.id


def test_only_the_first_call_has_the_grace_of_an_unknown_zone(session: Session) -> None:
    with session:
        customer = Customer()
        response = a_response(customer)
        add(session, customer, response)
        begin = opening(session, response, POLICIES, NOON)
    assert begin.first_call is not None
    assert begin.first_call.contains(NOON)
    assert not begin.calling.contains(NOON)


def test_a_response_without_a_contact_request_opens_nothing(session: Session) -> None:
    with session, pytest.raises(ValueError, match="no contact"):
        opening(session, a_response(Customer(), contact_requested_at=None), POLICIES, NOON)


def test_the_windows_of_an_unknown_case_are_an_error(session: Session) -> None:
    with session, pytest.raises(LookupError):
        windows(session, UUID(int=0), Policy(), NOON)
