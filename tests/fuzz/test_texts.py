"""What people type, in any script and with any trick: kept as it was typed, or refused; never half of it."""

from random import randrange
from typing import cast
from urllib.parse import quote_plus
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import Session, select

from api.form_bytes import FORM
from api.shapes import CallbackIn, CustomerPatch
from db.tables import Customer, Response
from domain.phone import Phone, PhoneRefused, normalize
from surveys.lines import line
from surveys.reading import Json
from tests.fuzz.deliveries import AT, SURVEYS, Door

patient = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=150)
NAMES = [
    "Аполлинария",
    "فاطمة",
    "می‌خواهم",  # a zero-width non-joiner belongs to it
    "नमस्ते",
    "Zoë",
    "Zoe\u0308",
    "👩‍👩‍👧‍👦",
    "Анна\u200f",
    "Ｆｕｌｌ",
    "O'Brien; DROP TABLE customer;--",
    "<script>alert(1)</script>",
    "{{7*7}} %s %n ${x}",
    "A" * 200,
]
PHONE = "+79161234567"
SAME_NUMBER = [
    "８９１６１２３４５６７",
    "＋７９１６１２３４５６７",
    "٨٩١٦١٢٣٤٥٦٧",
    "+٧٩١٦١٢٣٤٥٦٧",
    "8\u00a0916\u2009123‑45‑67",
    "\u202a+7 916 123-45-67\u202c",
    "+7 (916) 123–45–67",
    "8\u200b916\u200b1234567",
    "+8 916 123 45 67",
    "tel:+7-916-123-45-67",
    "О9161234567",  # a Cyrillic letter before it
]
NO_NUMBER = [
    "8 9l6 l23-45-67",
    "8 916 12З 45 67",
    "8916123456７8９",
    "112",
    "+",
    "٨" * 300,
    "9" * 5_000,
    "👍",
    "\u202e",
]
BREAKING = ["Анна\r\nBcc: all@example.com", "Анна\x0bBcc: all@example.com", "Анна\u2028Bcc: all@example.com"]
ZONES = ["Factory", "localtime", "posixrules", "Europe/Moscow\n", "../etc/passwd", "europe/moscow"]


def deliver(hooks: Door, **told: Json) -> Response:
    """Its row, after it was taken."""
    document: Json = {"response_id": str(uuid4()), "form": "f", "submitted_at": AT, "contact": {"requested": False}}
    answer = hooks.deliver(f"{SURVEYS}/generic", cast(dict[str, Json], document) | told)
    assert answer.status_code == 202, answer.text
    with Session(hooks.engine) as session:
        return session.get_one(Response, UUID(answer.json()["id"]))


def customer_of(hooks: Door, row: Response) -> Customer:
    with Session(hooks.engine) as session:
        return session.get_one(Customer, row.customer_id)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_kept_as_it_was_typed(hooks: Door, name: str) -> None:
    row = deliver(hooks, customer={"name": name, "address_form": name})
    assert (row.name, customer_of(hooks, row).address_form) == (name, name)


@patient
@given(told=ANY)
@example(told="0")
@example(told="\u2028")
def test_answers_and_comments_are_kept_as_they_were_typed(hooks: Door, told: str) -> None:
    answers: Json = [{"id": "q1", "question": told, "value": told}, {"id": "q2", "value": [told, told]}]
    row = deliver(hooks, answers=answers, comment=told)
    assert [answer["value"] for answer in row.answers] == [told, [told, told]]
    assert row.answers[0]["question_text"] == told
    assert row.comment == (told.strip() or None)


@patient
@given(told=ANY)
def test_a_line_stays_one_line_and_is_clean_once_and_for_all(told: str) -> None:
    clean = line(told)
    assert clean == line(clean) == clean.strip()
    assert len(clean.splitlines()) <= 1


@pytest.mark.parametrize("told", BREAKING)
def test_a_form_of_address_cannot_start_a_line_of_its_own(hooks: Door, told: str) -> None:
    row = deliver(hooks, customer={"id": str(uuid4()), "address_form": told, "name": told})
    assert customer_of(hooks, row).address_form == row.name == "Анна Bcc: all@example.com"


@pytest.mark.parametrize("told", ["\u202eаннА", "\u2066Анна\u2069", "Ан\u202dна"])
def test_a_name_cannot_turn_the_text_around_it(hooks: Door, told: str) -> None:
    assert deliver(hooks, customer={"name": told}).name in ("аннА", "Анна")


@pytest.mark.parametrize("told", ["\u200b", "\u00ad\u200d", " \u2003 ", "\u202e\u202c"])
def test_a_name_that_nobody_can_see_is_none(hooks: Door, told: str) -> None:
    assert deliver(hooks, customer={"name": told}).name is None


@pytest.mark.parametrize("typed", SAME_NUMBER, ids=range(len(SAME_NUMBER)))
def test_a_number_in_any_digits_is_the_same_number(typed: str) -> None:
    found = normalize(typed, region="RU", allowed=frozenset({"RU"}))
    assert isinstance(found, Phone)
    assert found.e164 == PHONE


@pytest.mark.parametrize("typed", NO_NUMBER, ids=range(len(NO_NUMBER)))
def test_what_is_no_number_is_never_rung(typed: str) -> None:
    assert isinstance(normalize(typed, region="RU", allowed=frozenset({"RU"})), PhoneRefused)


@patient
@given(typed=ANY)
def test_any_text_is_a_number_or_none(typed: str) -> None:
    found = normalize(typed, region="RU", allowed=frozenset({"RU"}))
    assert isinstance(found, PhoneRefused) or (found.e164.isascii() and found.e164.startswith("+7"))


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_nobody_lives_in_tells_nothing(hooks: Door, zone: str) -> None:
    assert deliver(hooks, customer={"zone": zone}).zone is None


def card(**told: str) -> CustomerPatch:
    return CustomerPatch.model_validate(told)


@pytest.mark.parametrize("told", BREAKING)
def test_what_staff_type_into_a_card_stays_one_line(told: str) -> None:
    assert card(address_form=told).address_form == "Анна Bcc: all@example.com"


@pytest.mark.parametrize("told", ["\u200b", " \u2003 ", "\u202e", "\x00"])
def test_staff_cannot_type_a_name_nobody_can_see(told: str) -> None:
    with pytest.raises(ValidationError):
        card(name=told)


@pytest.mark.parametrize("zone", ZONES)
def test_staff_cannot_move_a_customer_to_where_nobody_lives(zone: str) -> None:
    with pytest.raises(ValidationError):
        card(zone=zone)


@pytest.mark.parametrize("time", [0, 1_800_000_000, 1.5, "0", "1800000000", "2027-03-02", "2027-03-02T14:30:00", None])
def test_a_time_is_a_text_with_an_offset_and_never_a_number(time: object) -> None:
    with pytest.raises(ValidationError):
        CallbackIn.model_validate({"time": time})


def fill_in(hooks: Door, body: bytes) -> httpx2.Response:
    """Each time from another address: forms are counted by it."""
    address = f"10.{randrange(256)}.{randrange(256)}.{randrange(256)}"
    client = TestClient(hooks.client.app, follow_redirects=False, client=(address, 50_000))
    return client.post("/survey/demo", content=body, headers={"content-type": FORM})


@pytest.mark.parametrize("name", ["Анна Ёлкина", "Zoë", "李", "Ã©", "Ða", "👍🏽", "%D0", "a+b"])
@pytest.mark.parametrize("safe", [False, True], ids=["raw", "encoded"])
def test_a_form_in_raw_utf_8_says_what_the_encoded_one_says(hooks: Door, name: str, safe: object) -> None:
    number = f"+7916{randrange(10**7):07}"
    told = quote_plus(name) if safe else name.replace("%", "%25").replace("+", "%2B").replace(" ", "+")
    answer = fill_in(hooks, f"contact=yes&phone={quote_plus(number)}&name={told}".encode())
    assert answer.status_code == 303, answer.text
    with Session(hooks.engine) as session:
        assert session.exec(select(Response.name).where(Response.phone == number)).all() == [name]


@pytest.mark.parametrize("body", ["name=Анна".encode("cp1251"), b"name=\xff\xfe", b"name=%D0", b"name=%ED%A0%80"])
def test_a_form_in_another_encoding_is_refused(hooks: Door, body: bytes) -> None:
    with hooks.nothing_stored():
        answer = fill_in(hooks, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert "UTF-8" in answer.json()["detail"]
