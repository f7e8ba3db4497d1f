"""Customers are matched by what only the inviter knows; a typed phone is a hint for people."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, text
from sqlmodel import Session

from db.profiles import Identity, forget_if_anonymous, identified, of_shop
from db.tables import Customer

ANNA = Identity("c-1", "anna@example.com")


def stored(engine: Engine, *customers: Customer) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.add_all(customers)


def found(engine: Engine, identity: Identity) -> Customer:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        return identified(session, identity)


def count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Customer)) or 0


def test_a_new_identity_is_stored_once(engine: Engine) -> None:
    first, again = found(engine, ANNA), found(engine, ANNA)
    assert (first.id, count(engine)) == (again.id, 1)
    assert (first.external_id, first.invited_email, first.version) == ("c-1", "anna@example.com", -1)


def test_the_customer_id_goes_before_the_address(engine: Engine) -> None:
    by_id, by_address = Customer(external_id="c-1"), Customer(invited_email="anna@example.com")
    stored(engine, by_id, by_address)
    assert found(engine, ANNA).id == by_id.id


def test_a_profile_found_by_address_learns_its_customer_id(engine: Engine) -> None:
    by_address = Customer(invited_email="anna@example.com")
    stored(engine, by_address)
    assert found(engine, ANNA).id == by_address.id
    assert found(engine, Identity("c-1", None)).id == by_address.id


def test_an_address_that_was_passed_on_merges_nobody(engine: Engine) -> None:
    other = Customer(external_id="c-9", invited_email="anna@example.com")
    stored(engine, other)
    mine = found(engine, ANNA)
    assert (mine.external_id, mine.invited_email) == ("c-1", None)
    assert mine.id != other.id
    assert found(engine, ANNA).id == mine.id


def test_an_identity_at_once_is_one_profile(engine: Engine) -> None:
    with ThreadPoolExecutor(10) as pool:
        profiles = list(pool.map(lambda _: found(engine, ANNA).id, range(20)))
    assert (len(set(profiles)), count(engine)) == (1, 1)


def test_nothing_to_match_by_is_an_error(engine: Engine) -> None:
    with pytest.raises(LookupError):
        found(engine, Identity(None, None))
    assert count(engine) == 0


def test_the_shops_customer_is_the_surveys_customer(engine: Engine) -> None:
    of_survey = found(engine, ANNA)
    with Session(engine) as session, session.begin():
        customer = of_shop(session, "c-1", secret=b"secret")
        assert customer
        assert customer.id == of_survey.id


def test_only_an_anonymous_profile_is_forgotten(engine: Engine) -> None:
    known, anonymous = found(engine, ANNA), Customer()
    stored(engine, anonymous)
    with Session(engine) as session, session.begin():
        for one in (known, anonymous):
            forget_if_anonymous(session, one.id)
    assert (count(engine), found(engine, ANNA).id) == (1, known.id)


@pytest.mark.parametrize("identity", [Identity("c-1", None), Identity(None, "anna@example.com"), ANNA])
def test_an_identity_waits_for_nobody_of_whom_the_same_is_unknown(engine: Engine, identity: Identity) -> None:
    stored(engine, Customer(external_id="c-9"), Customer(invited_email="other@example.com"), Customer())
    with Session(engine) as busy, busy.begin():
        assert len(busy.scalars(select(Customer).with_for_update()).all()) == 3
        with Session(engine) as session, session.begin():
            session.execute(text("set local lock_timeout = '2s'"))
            assert identified(session, identity).version == -1
