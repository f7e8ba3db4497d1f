"""What SendGrid reports reaches its letter's row, in any order and as often as it comes; nothing unsigned does."""

import asyncio
import itertools
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from channels.sendgrid.events import SIGNATURE, TIMESTAMP
from db.columns import new_id
from db.tables import Inbox, Message, Suppression
from tests.api.webhook_app import NOON
from tests.api.webhooks.mailbox import (
    ADDRESS,
    ANOTHER_KEY,
    KEY,
    PATH,
    SENT,
    Event,
    Mailbox,
    an_event,
    mailbox_over,
    signature,
)

DAY = timedelta(days=1)


@pytest.fixture
async def mailbox(engine: Engine) -> Mailbox:
    return await mailbox_over(engine)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever happens, no address is logged."""
    caplog.set_level(logging.DEBUG)
    yield
    assert "apollinaria" not in caplog.text.lower()


BOUNCE: Event = {"type": "bounce", "status": "5.1.1", "reason": f"550 {ADDRESS} unknown"}
BLOCK: Event = {"type": "blocked", "status": "4.7.0"}


@pytest.mark.parametrize(
    ("before", "event", "told", "after"),
    [
        ("posted", "processed", {}, ("accepted", None)),
        ("unknown", "deferred", {}, ("accepted", None)),
        ("unknown", "delivered", {}, ("delivered", None)),
        ("unknown", "open", {}, ("delivered", None)),
        ("accepted", "click", {}, ("delivered", None)),
        ("accepted", "processed", {}, ("accepted", None)),
        ("accepted", "bounce", BOUNCE, ("failed", "bounced")),
        ("delivered", "bounce", BOUNCE, ("failed", "bounced")),
        ("accepted", "bounce", BLOCK, ("failed", "blocked")),
        ("accepted", "dropped", {"reason": "Bounced Address"}, ("failed", "dropped")),
        ("delivered", "spamreport", {}, ("delivered", None)),
        ("delivered", "unsubscribe", {}, ("delivered", None)),
        ("delivered", "deferred", {}, ("delivered", None)),
        ("queued", "group_resubscribe", {}, ("queued", None)),
    ],
)
@pytest.mark.usefixtures("quiet")
async def test_what_became_of_a_letter(
    mailbox: Mailbox, before: str, event: str, told: Event, after: tuple[str, str | None]
) -> None:
    letter = mailbox.letter(state=before)
    await mailbox.report(an_event(letter, event, told))
    assert mailbox.fate(letter) == after


async def test_a_letter_we_gave_up_as_lost_has_come_to_light(mailbox: Mailbox) -> None:
    lost, returned = (mailbox.letter(state="failed", error="lost") for _ in range(2))
    told = await mailbox.report(an_event(lost, "processed"), an_event(returned, "bounce", BOUNCE))
    assert (mailbox.fate(lost), mailbox.fate(returned)) == (("accepted", None), ("failed", "bounced"))
    assert told == {"news": 2, "known": 0, "ignored": 0, "unreadable": 0}


@pytest.mark.parametrize(
    ("events", "end"),
    [
        (["processed", "deferred", "delivered", "open"], ("delivered", None)),
        (["processed", "delivered", "bounce"], ("failed", "bounced")),
        (["processed", "dropped", "open"], ("failed", "dropped")),
    ],
)
async def test_in_whatever_order_events_come_the_end_is_the_same(
    mailbox: Mailbox, events: list[str], end: tuple[str, str | None]
) -> None:
    for order in itertools.permutations(enumerate(events)):
        together, apart = mailbox.letter(state="unknown"), mailbox.letter(state="unknown")
        await mailbox.report(*(an_event(together, event, seconds=seconds) for seconds, event in order))
        for seconds, event in order:
            await mailbox.report(an_event(apart, event, seconds=seconds))
        assert (mailbox.fate(together), mailbox.fate(apart)) == (end, end), order


async def test_a_repeated_delivery_changes_nothing(mailbox: Mailbox) -> None:
    letter, other = mailbox.letter(), mailbox.letter()
    told = [an_event(letter, "delivered"), an_event(other, "bounce", BOUNCE), an_event(letter, "spamreport", seconds=5)]
    assert await mailbox.report(*told) == {"news": 3, "known": 0, "ignored": 0, "unreadable": 0}
    before = [row.model_dump() for row in [*mailbox.rows(Message), *mailbox.rows(Suppression)]]
    # SendGrid gives a repeated event a new sg_event_id at times.
    again = [one | {"sg_event_id": "another"} for one in told]
    assert await mailbox.report(*again, *told) == {"news": 0, "known": 6, "ignored": 0, "unreadable": 0}
    assert [row.model_dump() for row in [*mailbox.rows(Message), *mailbox.rows(Suppression)]] == before


@pytest.mark.parametrize(
    ("event", "told", "reason"),
    [
        ("bounce", BOUNCE, "bounced"),
        ("dropped", {"reason": "Bounced Address"}, "bounced"),
        ("dropped", {"reason": "Invalid"}, "invalid_address"),
        ("spamreport", {}, "spam_report"),
        ("unsubscribe", {}, "unsubscribed"),
        ("group_unsubscribe", {}, "unsubscribed"),
    ],
)
async def test_an_address_is_left_alone_for_ever(mailbox: Mailbox, event: str, told: Event, reason: str) -> None:
    await mailbox.report(an_event(mailbox.letter(), event, told))
    (row,) = mailbox.rows(Suppression)
    assert (row.channel, row.reason) == ("mail", reason)
    assert mailbox.suppressed(ADDRESS.lower())
    assert not mailbox.suppressed("another@example.org")
    assert "apollinaria" not in row.address_hash


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("bounce", BLOCK),
        ("deferred", {}),
        ("dropped", {"reason": "Recipient List over Package Quota"}),
        ("delivered", {}),
        ("open", {}),
    ],
)
async def test_what_passes_closes_no_address(mailbox: Mailbox, event: str, told: Event) -> None:
    await mailbox.report(an_event(mailbox.letter(), event, told))
    assert not mailbox.suppressed()


async def test_an_alert_that_bounces_closes_no_customers_address(mailbox: Mailbox) -> None:
    alert = mailbox.letter(channel="alert", staff_id=new_id())
    await mailbox.report(an_event(alert, "bounce", BOUNCE))
    assert mailbox.fate(alert) == ("failed", "bounced")
    assert not mailbox.suppressed()


async def test_what_is_not_ours_is_counted_and_left_alone(mailbox: Mailbox) -> None:
    stranger: Event = {"email": ADDRESS, "event": "bounce", "timestamp": SENT, "type": "bounce"}
    told = await mailbox.report(an_event(new_id(), "spamreport"), stranger, {"event": "account_status_change"})
    assert told == {"news": 0, "known": 0, "ignored": 3, "unreadable": 0}
    assert not mailbox.suppressed()


@pytest.mark.usefixtures("quiet")
async def test_a_bad_event_among_good_ones_loses_none_of_them(mailbox: Mailbox) -> None:
    one, two = mailbox.letter(), mailbox.letter()
    never, nobody = an_event(one, "bounce", {"timestamp": "never"}), an_event(two, "bounce", {"email": [ADDRESS]})
    bad: list[object] = [None, "x", [], never, nobody]
    told = await mailbox.report(an_event(one, "delivered"), *bad, an_event(two, "delivered"))
    assert told == {"news": 2, "known": 0, "ignored": 0, "unreadable": 5}
    assert (mailbox.fate(one), mailbox.fate(two)) == (("delivered", None), ("delivered", None))


async def test_nothing_but_what_was_signed_is_believed(mailbox: Mailbox) -> None:
    letter = mailbox.letter()
    body = json.dumps([an_event(letter, "bounce", BOUNCE)]).encode()
    headers = {"content-type": "application/json", **signature(body, KEY, NOON)}
    refused = [
        await mailbox.signed_batch(body, key=ANOTHER_KEY),
        await mailbox.signed_batch(body, sent=body + b"\r\n"),
        await mailbox.signed_batch(body, sent=body.replace(b"bounce", b"opened")),
        *[await mailbox.post(PATH, body, headers | change) for change in BAD_HEADERS],
        *[await mailbox.post(PATH, body, _without(headers, name)) for name in (SIGNATURE, TIMESTAMP)],
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(401, "bad_signature")}
    assert mailbox.fate(letter) == ("accepted", None)
    assert not mailbox.suppressed()


BAD_HEADERS = [{SIGNATURE: "A"}, {SIGNATURE: ""}, {SIGNATURE: "!!!!"}, {TIMESTAMP: "1"}, {TIMESTAMP: "noon"}]


def _without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {known: value for known, value in headers.items() if known != name}


@pytest.mark.parametrize("age", [timedelta(days=2), -timedelta(minutes=6)])
async def test_an_old_delivery_or_one_from_the_future_is_refused(mailbox: Mailbox, age: timedelta) -> None:
    letter = mailbox.letter()
    body = json.dumps([an_event(letter, "delivered")]).encode()
    answer = await mailbox.signed_batch(body, at=NOON - age)
    assert (answer.status_code, answer.json()["code"]) == (401, "stale")
    assert mailbox.fate(letter) == ("accepted", None)


async def test_what_sendgrid_has_repeated_for_a_day_is_still_taken(mailbox: Mailbox) -> None:
    letter = mailbox.letter()
    body = json.dumps([an_event(letter, "delivered")]).encode()
    assert (await mailbox.signed_batch(body, at=NOON - DAY)).status_code == 202
    assert mailbox.fate(letter) == ("delivered", None)


async def test_a_signed_body_that_is_no_array_is_refused(mailbox: Mailbox) -> None:
    for body in (b"{}", b"[", b"null", b""):
        answer = await mailbox.signed_batch(body)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_json")


async def test_without_sendgrid_there_is_nothing_here(engine: Engine) -> None:
    mailbox = await mailbox_over(engine, mailer="local")
    answer = await mailbox.signed_batch(b"[]")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_sendgrid")


async def test_batches_at_once_settle_each_letter_once(mailbox: Mailbox) -> None:
    letters = [mailbox.letter() for _ in range(10)]
    told = [
        an_event(letter, "bounce", BOUNCE | {"email": f"{number % 3}@example.org"})
        for number, letter in enumerate(letters)
    ]
    batches = [told, told[::-1], told[5:] + told[:5], [one | {"event": "spamreport"} for one in told]]
    received = await asyncio.gather(*(mailbox.report(*batch) for batch in batches * 2))
    assert {mailbox.fate(letter) for letter in letters} == {("failed", "bounced")}
    assert len(mailbox.rows(Suppression)) == 3
    assert sum(batch["news"] for batch in received) <= 20 + 3


async def test_a_hundred_events_at_once_are_taken(mailbox: Mailbox) -> None:
    letters = [mailbox.letter() for _ in range(100)]
    told = await mailbox.report(*(an_event(letter, "delivered") for letter in letters))
    assert told["news"] == 100
    assert mailbox.rows(Inbox) == []
