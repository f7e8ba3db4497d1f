"""Search: one field for telephone, e-mail, name and customer id; what was typed stays out of addresses."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from api.staff_pages.desk_search import readings
from db.columns import now
from db.people import Customer
from domain.words import Language
from tests.api.staff_pages.office import Office, Page


@pytest.fixture
def office(office: Office) -> Office:
    for who in office.desk.staff:
        office.speak(who, Language.EN)
    return office


def known(office: Office, name: str, **more: object) -> str:
    customer = Customer.model_validate({"name": name, **more})
    with Session(office.desk.engine, expire_on_commit=False) as session, session.begin():
        session.add(customer)
    return str(office.desk.open(customer=customer.id, phone=more.get("phone"), requested=now() - timedelta(minutes=5)))


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("8 (916) 123-45-67", ["phone", "customer_id"]),
        ("+79161234567", ["phone", "customer_id"]),
        (" anna@example.com ", ["email"]),
        ("Иван", ["customer_id", "name"]),
        ("A-1177", ["customer_id", "name"]),
        ("7", []),
        ("  ", []),
    ],
)
def test_what_is_typed_is_read_as_what_it_looks_like(typed: str, terms: list[str]) -> None:
    assert [next(iter(one.model_dump(exclude_none=True))) for one in readings(typed)] == terms


@pytest.mark.parametrize("typed", ["8 916 000-11-22", "ANNA@example.com", "bel", "C-77"])
async def test_a_customer_is_found_by_what_they_say_of_themselves(office: Office, typed: str) -> None:
    anna = known(office, "Anna Belova", email="anna@example.com", phone="+79160001122", external_id="C-77")
    known(office, "Boris", email="boris@example.com", phone="+79160003344", external_id="C-78")
    answer = await office.post("manager", "/desk/search", {"q": typed})
    page = Page(answer.text)
    assert answer.status_code == 200
    assert [link for link in page.links if link.startswith("/desk/cases/")] == [f"/desk/cases/{anna}"]
    assert "1 case" in page.text
    assert page.forms["/desk/search"] == {"q": typed}
    assert page.faults == []


async def test_whoever_is_not_found_is_said_to_be_unknown(office: Office) -> None:
    known(office, "Anna Belova")
    assert "Nobody was found" in Page((await office.post("lead", "/desk/search", {"q": "Zoe"})).text).text


async def test_too_little_is_asked_for_again_with_what_was_typed(office: Office) -> None:
    answer = await office.post("lead", "/desk/search", {"q": "x"})
    assert answer.status_code == 422
    assert "Type two characters at least." in Page(answer.text).text
    assert Page(answer.text).forms["/desk/search"] == {"q": "x"}


async def test_terms_are_never_taken_from_an_address(office: Office) -> None:
    known(office, "Anna Belova")
    answer = await office.get("lead", "/desk/search?q=Anna")
    assert "Anna" not in Page(answer.text).text
    assert 'method="post" action="/desk/search"' in answer.text
