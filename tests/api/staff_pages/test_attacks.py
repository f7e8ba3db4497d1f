"""Attacks on the staff's pages: what strangers, customers and colleagues may send must neither act nor break a page."""

import base64
import csv
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlmodel import Session, select

from db.casework import Note
from db.causes import Cause
from db.columns import new_id
from db.people import Customer, Licence
from db.staff import ApiToken, Staff
from tests.api.staff_pages.entering import PASSWORD, account, cookie, entered
from tests.api.staff_pages.office import OURS, Office, Page
from tests.api.staff_pages.questions import asked, asked_back, broken, forwarded

EVIL = "\"'><b onclick=x hx-get=/evil style=y>%(name)s %(num)d %s {{ 7*7 }} ${x}</b>"


@pytest.fixture
def hostile(office: Office) -> Office:
    """Every text that people or other systems have written is an attack."""
    customer = _evil_customer(office)
    told = _evil_response(customer)
    with Session(office.desk.engine) as session, session.begin():
        for staff in session.exec(select(Staff)):
            staff.name = EVIL
        session.add(Cause(code="evil", name_en=EVIL, name_ru=EVIL))
        session.add(ApiToken(token_hash="0" * 64, staff_id=office.staff("lead"), name=EVIL))
    asked(office, EVIL, **told)
    asked_back(office, asked(office, EVIL, **told), EVIL)
    forwarded(office, asked(office, EVIL, **told), EVIL)
    case = broken(office, **told)
    office.desk.store(Note(id=new_id(), case_id=case, kind="note", by=office.staff("lead"), text=EVIL))
    return office


def _evil_customer(office: Office) -> UUID:
    texts = dict.fromkeys(("name", "city", "address_form", "literacy", "external_id", "channel"), EVIL)
    row = Customer.model_validate({"email": "evil@example.com", "phone": "+79161234567", **texts})
    customer = row.id
    office.desk.store(row)
    office.desk.store(Licence(customer_id=customer, external_id=EVIL, product=EVIL, segment=EVIL, seats=1))
    return customer


def _evil_response(customer: UUID) -> dict[str, object]:
    texts = dict.fromkeys(("comment", "name", "phone_typed", "form", "product", "source"), EVIL)
    answers = [
        {"question_id": EVIL, "question_text": EVIL, "value": value, "meaning": None} for value in (EVIL, [EVIL], 5)
    ]
    return {"customer": customer, "answers": answers, **texts, "name": f"{EVIL} too"}


async def everything(office: Office, who: str) -> dict[str, str]:
    """Every page this person gets to by links, with its fragments; with one query each."""
    seen: dict[str, str] = {}
    ahead = ["/", "/desk/queue", "/reviews/live", "/board/live", "/desk/duty", "/board/cases", "/password"]
    while ahead:
        address = ahead.pop()
        path = address.partition("?")[0]
        if path in seen or not path.startswith("/"):
            continue
        answer = await office.get(who, address)
        assert answer.status_code < 500, address
        seen[path] = answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
        ahead += [*Page(seen[path]).links, answer.headers.get("location", "")]
        ahead += [f"{path}/live"] if path.startswith("/desk/cases/") and path.count("/") == 3 else []
    return seen


@pytest.mark.parametrize("who", ["specialist", "second_line", "lead", "manager", "admin"])
async def test_nothing_that_anybody_wrote_acts(hostile: Office, who: str) -> None:
    pages = await everything(hostile, who)
    for path, html in pages.items():
        page = Page(html)
        assert (page.faults, page.open) == ([], []), path
        assert "<b onclick" not in html, path
    assert sum("&lt;b onclick" in html for html in pages.values()) >= 3


async def test_what_is_typed_into_a_refused_form_does_not_act(office: Office) -> None:
    for who, path, form in forms(office):
        answer = await office.post(who, path, dict.fromkeys(form, EVIL))
        page = Page(answer.text)
        assert page.faults == [], path
        assert "<b onclick" not in answer.text, path


async def test_no_cell_of_the_boards_table_is_a_formula(hostile: Office) -> None:
    answer = await hostile.get("lead", "/board.csv?product==cmd&source=@SUM(1)")
    cells = [cell for row in csv.reader(StringIO(answer.text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    assert "attachment" in answer.headers["content-disposition"]


# --- Where one is led

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r\\evil.example",
    "/desk\0/evil.example",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("back", ELSEWHERE)
async def test_no_page_links_or_leads_elsewhere(office: Office, back: str) -> None:
    """Browsers leave tabs and line ends out of an address before they read it."""
    account(office, "lead")
    asking = await office.desk.client.get("/desk/duty", params={"back": back}, headers=cookie(office, "lead"))
    returning = "/sign-in?next=%2Fdesk%2Fduty%3Fback%3D"  # to this page itself, which asks again whether it is ours
    assert "evil" not in " ".join(link for link in Page(asking.text).links if not link.startswith(returning))
    for path, form in (("/desk/duty", {"on_duty": "yes"}), ("/language", {"language": "en"})):
        answer = await office.post("lead", path, form | {"back": back})
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert (await entered(office, "lead", next=back)).headers["location"] == "/desk"


async def test_a_long_address_keeps_nobody_from_signing_in(office: Office) -> None:
    account(office, "lead")
    wanted = "/board?" + "&".join(f"product=Product%20number%20{n}" for n in range(30))
    assert (await entered(office, "lead", next=wanted)).headers["location"] == wanted
    spoken = await office.post("lead", "/language", {"language": "en", "back": wanted})
    assert spoken.headers["location"] == wanted
    assert (await entered(office, "lead", next="/" + "x" * 10_000)).headers["location"] == "/desk"


# --- What is typed

ODD = ["a\0b", "https://a\0b", "a\0b@example.com", "x" * 10_000, "\u202e", "9" * 400]
GOOD = {
    "name": "Anna",
    "role": "specialist",
    "language": "en",
    "login": "anna",
    "days": "30",
    "on_duty": "yes",
    "stand_in": "nobody",
    "password": PASSWORD,
    "text": "words",
    "outcome": "reached",
    "code": "new_one",
    "name_en": "N",
    "name_ru": "N",
    "zone": "Europe/Moscow",
    "time": "2030-01-01T10:00",
    "old": "a",
    "new": PASSWORD,
    "again": PASSWORD,
    "active": "yes",
    "token_hash": "0" * 64,
}
CASE_FORMS: Mapping[str, tuple[str, ...]] = {
    "claim": (),
    "attempt": ("outcome",),
    "callback": ("time", "zone"),
    "note": ("text",),
    "escalate": ("text", "review"),
    "resolve": ("cause", "text", "solved", "one_conversation"),
    "withdraw": ("text",),
    "assign": ("owner", "text"),
    "deadline": ("time", "text"),
    "customer": ("name", "zone", "language", "was_name"),
}
WORKER = ("name", "role", "phone", "email", "picture", "language", "active")


def forms(office: Office) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Who sends what where, filled in well."""
    case, (of, review) = office.desk.open(), asked(office)
    yield from ((who, path, _filled(*names)) for who, path, names in _plain_forms(office))
    for what, names in CASE_FORMS.items():
        yield "lead", f"/desk/cases/{case}/{what}", _filled("key", *names)
    for what, name in (("answer", "text"), ("question", "text"), ("forward", "reference")):
        yield "lead", f"/reviews/{of}/{review}/{what}", _filled("key", name)
    yield "admin", "/admin/tokens", _filled("key", "days", "name") | {"staff": str(office.staff("other"))}


def _plain_forms(office: Office) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    yield "lead", "/sign-in", ("login", "password", "next")
    yield "lead", "/password", ("old", "new", "again")
    yield "lead", "/language", ("language", "back")
    yield "lead", "/desk/search", ("q",)
    yield "lead", "/desk/duty", ("on_duty", "back", "stand_in")
    yield "lead", "/desk/next", ("key",)
    yield "admin", "/admin/staff", ("key", *WORKER)
    yield "admin", f"/admin/staff/{office.staff('other')}", WORKER
    yield "admin", f"/admin/staff/{office.staff('other')}/account", ("key", "login")
    yield "admin", "/admin/tokens/revocation", ("token_hash",)
    yield "admin", "/admin/causes", ("key", "code", "name_en", "name_ru")
    yield "admin", "/admin/causes/other", ("name_en", "name_ru")


def _filled(*names: str) -> dict[str, str]:
    return {name: GOOD.get(name, "") for name in names}


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:12])
async def test_no_odd_text_in_any_field_breaks_a_page(office: Office, odd: str) -> None:
    broke = []
    for who, path, form in forms(office):
        for name in form:
            new = {"key": str(uuid4())} if "key" in form else {}
            answer = await office.post(who, path, form | new | {name: odd})
            if answer.status_code >= 500 and answer.status_code != 503:
                broke.append(f"{path} {name}: {answer.status_code}")
    assert broke == []


@pytest.mark.parametrize("time", ["0001-01-01T00:00", "9999-12-31T23:59", "2030-W01-1", "24:00"])
@pytest.mark.parametrize("zone", ["Europe/Moscow", "America/New_York", "../../etc/passwd", "localtime"])
async def test_a_time_at_the_end_of_the_calendar_is_refused_in_words(office: Office, time: str, zone: str) -> None:
    case = office.desk.open()
    form = {"key": "k", "time": time, "zone": zone, "text": "why"}
    for what in ("callback", "deadline"):
        answer = await office.post("lead", f"/desk/cases/{case}/{what}", form)
        assert answer.status_code in (422, 503), what  # 503: understood, but Temporal is away
        assert "complaint" in answer.text


INSTANTS = [
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-23:59",
    "2026-01-01T00:00:00+00:00:00.000001",
]


@pytest.mark.parametrize("instant", INSTANTS)
async def test_no_cursor_breaks_a_list(office: Office, instant: str) -> None:
    place = str(uuid4())
    queue = base64.urlsafe_b64encode(json.dumps([instant, place]).encode()).decode().rstrip("=")
    asked_for = [(path, {"cursor": queue}) for path in ("/desk", "/desk/rows", "/board/cases?now=open", "/board/cases")]
    asked_for += [("/reviews", {"rescue": queue}), ("/reviews", {"cursor": f"0~{instant}~{place}"})]
    for path, query in asked_for:
        address = httpx2.URL(path).copy_merge_params(query)
        assert (await office.get("lead", str(address))).status_code in (200, 422), path


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "punycode", "idna"])
async def test_no_charset_smuggles_in_what_is_no_text(office: Office, charset: str) -> None:
    """Python has codecs that make lone surrogates, and one that takes ten seconds for a megabyte."""
    kind = {"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    body = '--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800+2AA-\r\n--x--\r\n'
    for path in ("/sign-in", "/desk/search"):
        answer = await office.desk.client.post(path, content=body, headers=cookie(office, "lead") | OURS | kind)
        assert answer.status_code == 400


async def test_a_form_in_parts_is_understood_as_well(office: Office) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x; charset=UTF-8"}
    body = '--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nИван\r\n--x--\r\n'
    headers = cookie(office, "lead") | OURS | kind
    answer = await office.desk.client.post("/desk/search", content=body.encode(), headers=headers)
    assert answer.status_code == 200
    assert 'value="Иван"' in answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"])
async def test_no_other_method_opens_a_page(office: Office, method: str) -> None:
    for path in ("/desk", f"/desk/cases/{uuid4()}", "/board.csv", "/sign-in"):
        answer = await office.desk.client.request(method, path, headers=cookie(office, "lead"))
        assert (answer.status_code, "Ivan" in answer.text) == (405, False), path
