"""The outbox, by its address: of one kind, of one person; a call shows how far it has come."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from api.pages import ICON
from channels.protocols import AlertToSend, CallToPlace, MailToSend, SmsToSend
from channels.simulator.app import LogPage, build
from channels.simulator.courier import Courier
from channels.simulator.faults import Faults
from channels.simulator.log import AppendOnlyLog
from channels.simulator.provider import Provider
from domain.words import Language
from tests.waiting import until

NOBODY = "http://127.0.0.1:9"
ANNA, BORIS = "+79160000001", "+79160000002"
SECRET = "whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ="


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    log, faults = AppendOnlyLog(tmp_path / "log.jsonl"), Faults()
    with TestClient(build(Provider(log, Courier(NOBODY, SECRET, faults), faults), log, faults)) as client:
        yield client


def send(client: TestClient, path: str, what: BaseModel) -> None:
    assert client.post(path, json=what.model_dump(mode="json")).is_success


def mail(address: str, text: str) -> MailToSend:
    return MailToSend(message_id=uuid4(), address=address, subject="Mail", text=text, html="", language=Language.EN)


def call(phone: str) -> CallToPlace:
    return CallToPlace(
        attempt_id=uuid4(), specialist_phone="+74950000001", customer_phone=phone, caller_id="+74950000000",
        language=Language.EN, whisper="Case 1042",
    )  # fmt: skip


def alert(title: str) -> AlertToSend:
    return AlertToSend(
        message_id=uuid4(), staff_id=uuid4(), kind="new_case", title=title, text="", link="", language=Language.EN
    )


TOLD = ("Call to Anna", "To Anna again", "From Anna", "SMS to Anna", "Alert", "To Boris", "To Anna first")


@pytest.fixture
def filled(client: TestClient) -> TestClient:
    """Its newest line is the first of `TOLD`; none of their texts is within another."""
    send(client, "/mail", mail("Anna@example.org", "To Anna first"))
    send(client, "/mail", mail("boris@example.org", "To Boris"))
    send(client, "/alerts", alert("Alert"))
    send(client, "/sms", SmsToSend(message_id=uuid4(), phone=ANNA, text="SMS to Anna"))
    client.post(f"/people/{ANNA}/sms", json={"text": "From Anna"})
    send(client, "/mail", mail("anna@example.org", "To Anna again"))
    send(client, "/calls", call(ANNA).model_copy(update={"whisper": "Call to Anna"}))
    return client


def lines_of(client: TestClient, query: str) -> list[str]:
    page = client.get(f"/outbox{query}").text
    return sorted((one for one in TOLD if f"{one}<" in page), key=lambda one: page.index(f"{one}<"))


def number_of(client: TestClient, text: str) -> int:
    """Of the line with this text."""
    lines = LogPage.model_validate(client.get("/log").json()).lines
    return next(line.seq for line in lines if text in line.body.values())


def test_without_a_filter_everything_is_shown(filled: TestClient) -> None:
    assert lines_of(filled, "") == list(TOLD)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("call", ["Call to Anna"]),
        ("mail", ["To Anna again", "To Boris", "To Anna first"]),
        ("sms", ["SMS to Anna"]),
        ("alert", ["Alert"]),
        ("inbound", ["From Anna"]),
        ("event", []),
    ],
)
def test_one_kind_alone(filled: TestClient, kind: str, told: list[str]) -> None:
    assert lines_of(filled, f"?kind={kind}") == told


@pytest.mark.parametrize(
    ("like", "told"),
    [
        ("To Anna first", ["To Anna again", "To Anna first"]),
        ("SMS to Anna", ["Call to Anna", "From Anna", "SMS to Anna"]),
        ("Alert", ["Alert"]),
    ],
)
def test_one_person_alone(filled: TestClient, like: str, told: list[str]) -> None:
    assert lines_of(filled, f"?with={number_of(filled, like)}") == told


def test_both_filters_at_once(filled: TestClient) -> None:
    assert lines_of(filled, f"?kind=sms&with={number_of(filled, 'SMS to Anna')}") == ["SMS to Anna"]


def test_a_filter_is_one_click_away_keeps_the_other_and_names_nobody(filled: TestClient) -> None:
    seq = number_of(filled, "To Boris")
    page = filled.get("/outbox?kind=mail").text
    assert f'href="/outbox?kind=mail&amp;with={seq}"' in page
    page += filled.get(f"/outbox?kind=mail&with={seq}").text
    assert f'href="/outbox?kind=sms&amp;with={seq}"' in page
    assert re.findall(r'href="/[^"]*(?:anna|boris|7916)', page, re.IGNORECASE) == []


def test_whoever_was_forgotten_is_nobody(filled: TestClient) -> None:
    seq = number_of(filled, "To Boris")
    filled.post("/people/forgotten", json={"addresses": ["boris@example.org", "anna@example.org"]})
    assert lines_of(filled, f"?with={seq}") == []
    assert f'with={seq}"' not in filled.get("/outbox").text


@pytest.mark.parametrize(("query", "status"), [("?with=999", 200), ("?with=0", 422), ("?kind=pigeon", 422)])
def test_what_nobody_offers_shows_nothing(filled: TestClient, query: str, status: int) -> None:
    assert filled.get(f"/outbox{query}").status_code == status
    assert lines_of(filled, query) == []


@pytest.mark.parametrize(
    ("behaviour", "leg"),
    [
        ("busy", "the specialist&#39;s telephone rings"),
        ("no_answer", "the customer&#39;s telephone rings"),
    ],
)
def test_a_call_shows_whose_telephone_rings(client: TestClient, behaviour: str, leg: str) -> None:
    client.put(f"/script/{BORIS}", json={"calls": [behaviour], "ring_seconds": 600})
    send(client, "/calls", call(BORIS))
    until(lambda: leg in client.get("/outbox").text)


def test_a_call_shows_that_they_speak_and_how_it_ended(client: TestClient) -> None:
    client.put(f"/script/{BORIS}", json={"ring_seconds": 0, "talk_seconds": 600})
    send(client, "/calls", call(BORIS))
    until(lambda: "they are speaking" in client.get("/outbox").text)
    client.put(f"/script/{ANNA}", json={"ring_seconds": 0, "talk_seconds": 0})
    send(client, "/calls", call(ANNA))
    until(lambda: "reached" in client.get("/outbox").text)


def test_the_outbox_has_the_icon_of_our_pages(client: TestClient) -> None:
    assert 'rel="icon" href="/favicon.ico"' in client.get("/outbox").text
    icon = client.get("/favicon.ico")
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
    assert icon.content == ICON.read_bytes()
