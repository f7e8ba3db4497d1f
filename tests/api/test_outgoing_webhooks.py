"""Admins say which systems are told; the secret is seen once."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from api import outgoing_webhooks
from db.outgoing import WebhookDelivery, WebhookEndpoint
from db.outgoing_feed import feed
from db.outgoing_queue import raise_alert
from db.sealing import unseal
from settings import Environment
from tests.api.staff_desk import Desk

HOOKS = "/outgoing-webhooks"
WANTED = {"url": "http://127.0.0.1:9/hook?key=k", "events": ["case.opened", "alert.*"]}
Json = dict[str, object]


async def add(desk: Desk, **changes: object) -> Json:
    answer = await desk.post("admin", HOOKS, WANTED | changes)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def fed(desk: Desk) -> int:
    with Session(desk.engine) as session, session.begin():
        return feed(session)


async def test_a_secret_is_shown_once_and_signs_ever_after(desk: Desk) -> None:
    made = await add(desk)
    secret = str(made.pop("secret"))
    assert secret.startswith("whsec_")
    assert made["url"] == WANTED["url"]
    (listed,) = (await desk.get("admin", HOOKS)).json()["endpoints"]
    assert listed == made == (await desk.get("admin", f"{HOOKS}/{made['id']}")).json()
    with Session(desk.engine) as session:
        stored = session.get_one(WebhookEndpoint, UUID(str(made["id"]))).secret
    ring = desk.app.state.parts.settings.payload_ring
    assert unseal(stored, ring, place=str(made["id"])) == secret


async def test_an_endpoint_is_told_from_its_beginning(desk: Desk) -> None:
    desk.open()
    made = await add(desk)
    desk.open()
    assert fed(desk) == 2
    shown = (await desk.get("admin", f"{HOOKS}/{made['id']}/deliveries")).json()["deliveries"]
    assert {one["event"] for one in shown} == {"case.opened", "alert.new_case"}
    assert {(one["state"], one["attempts"], one["last_status"]) for one in shown} == {("waiting", 0, None)}
    none = await desk.get("admin", f"{HOOKS}/{made['id']}/deliveries?state=failed")
    assert none.json()["deliveries"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": []},
        {"events": ["case.exploded"]},
        {"events": ["*"]},
        {"url": "ftp://example.com"},
        {"url": "https://"},
        {"url": "https://example.com/\u0000"},
        {"url": "https://example.com/" + "a" * 2000},
        {"secret": "whsec_mine"},
    ],
)
async def test_what_cannot_be_told_is_refused(desk: Desk, wrong: Json) -> None:
    assert (await desk.post("admin", HOOKS, WANTED | wrong)).status_code == 422


async def test_an_address_is_told_once(desk: Desk) -> None:
    await add(desk)
    again = await desk.post("admin", HOOKS, WANTED)
    assert (again.status_code, again.json()["code"]) == (409, "known_already")


async def test_there_are_not_too_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing_webhooks, "MOST_ENDPOINTS", 1)
    await add(desk)
    another = await desk.post("admin", HOOKS, WANTED | {"url": "http://127.0.0.1:9/other"})
    assert (another.status_code, another.json()["code"]) == (409, "too_many")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "bad_url"),
        ("https://user:password@example.com/", "bad_url"),
        ("https://127.0.0.1/", "private_address"),
        ("https://localhost/", "private_address"),
        ("https://10.1.2.3/", "private_address"),
        ("https://[::ffff:169.254.169.254]/", "private_address"),
        ("https://nobody.invalid/", "unknown_host"),
    ],
)
async def test_production_tells_the_public_internet_only(desk: Desk, url: str, code: str) -> None:
    live = desk.app.state.parts.settings.model_copy(update={"environment": Environment.PRODUCTION})
    object.__setattr__(desk.app.state.parts, "settings", live)
    refused = await desk.post("admin", HOOKS, WANTED | {"url": url})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_rest_and_waking_forget_what_was_between(desk: Desk) -> None:
    made = await add(desk)
    path = f"{HOOKS}/{made['id']}"
    with Session(desk.engine) as session, session.begin():
        raise_alert(session, UUID(str(made["id"])))
    assert len((await desk.get("admin", "/alerts")).json()["alerts"]) == 1
    resting = (await desk.ask("admin", "PATCH", path, {"active": False})).json()
    assert (resting["active"], resting["deactivated_because"]) == (False, "by_admin")
    assert (await desk.get("admin", "/alerts")).json()["alerts"] == []
    desk.open()
    assert fed(desk) == 0
    awake = (await desk.ask("admin", "PATCH", path, {"active": True, "events": ["case.*"]})).json()
    assert (awake["active"], awake["deactivated_because"], awake["events"]) == (True, None, ["case.*"])
    desk.open()
    assert fed(desk) == 1


async def test_a_ping_waits_to_be_sent(desk: Desk) -> None:
    made = await add(desk)
    answer = await desk.post("admin", f"{HOOKS}/{made['id']}/pings")
    assert (answer.status_code, answer.json()["event"]) == (202, "ping")
    assert answer.json()["body"]["type"] == "ping"


async def test_what_was_given_up_is_sent_once_more_under_its_id(desk: Desk) -> None:
    made = await add(desk)
    sent = (await desk.post("admin", f"{HOOKS}/{made['id']}/pings")).json()
    with Session(desk.engine) as session, session.begin():
        row = session.get_one(WebhookDelivery, UUID(sent["id"]))
        row.state, row.attempts, row.settled_at = "failed", 22, row.created_at
    path = f"{HOOKS}/{made['id']}/deliveries/{sent['id']}/redelivery"
    again = await desk.post("admin", path)
    assert again.status_code == 202
    shown = again.json()
    assert (shown["id"], shown["state"], shown["attempts"], shown["settled_at"]) == (sent["id"], "waiting", 0, None)
    assert shown["give_up_at"] > sent["give_up_at"]


async def test_one_that_is_removed_is_gone_with_what_it_was_told(desk: Desk) -> None:
    made = await add(desk)
    await desk.post("admin", f"{HOOKS}/{made['id']}/pings")
    assert (await desk.ask("admin", "DELETE", f"{HOOKS}/{made['id']}")).status_code == 204
    assert (await desk.get("admin", HOOKS)).json()["endpoints"] == []
    with Session(desk.engine) as session:
        assert session.exec(select(WebhookDelivery)).all() == []
    for path in ("", "/deliveries"):
        assert (await desk.get("admin", f"{HOOKS}/{made['id']}{path}")).status_code == 404


async def test_a_delivery_belongs_to_its_endpoint(desk: Desk) -> None:
    one, other = await add(desk), await add(desk, url="http://127.0.0.1:9/other")
    sent = (await desk.post("admin", f"{HOOKS}/{one['id']}/pings")).json()
    for path in (f"{other['id']}/deliveries/{sent['id']}", f"{one['id']}/deliveries/{uuid4()}"):
        answer = await desk.post("admin", f"{HOOKS}/{path}/redelivery")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_delivery")
