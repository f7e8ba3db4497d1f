"""SendGrid's event webhook: its own signed delivery verifies, and each of its events says what it says."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sendgrid import events
from channels.sendgrid.events import FATES, SIGNATURE, TIMESTAMP, Fate, MailEvent
from tests.vendors import PAYLOADS

OURS = UUID("01234567-89ab-7def-8123-456789abcdef")
AT = 1_780_000_000
needs_payloads = pytest.mark.skipif(not PAYLOADS.exists(), reason="the published samples are not here")


def an_event(event: str, **told: object) -> dict[str, object]:
    said = {"event": event, "timestamp": AT, "email": "Anna@Example.org", "sg_event_id": "e", "message_id": str(OURS)}
    return said | told


def read_one(told: dict[str, object]) -> MailEvent:
    (read,) = events.read(json.dumps([told]).encode()).events
    return read


@needs_payloads
def test_the_official_signed_delivery_verifies_to_the_last_byte() -> None:
    vector = json.loads((PAYLOADS / "sendgrid_signed_vector.json").read_text())
    headers = {SIGNATURE: vector["signature"], TIMESTAMP: vector["timestamp"]}
    body, key = vector["raw_body"].encode(), vector["public_key"]
    assert events.is_genuine(headers, body, key)
    assert events.signed_at(headers) == datetime.fromtimestamp(1600112502, UTC)
    assert not events.is_genuine(headers, body.strip(), key)
    assert not events.is_genuine(headers | {TIMESTAMP: "1600112503"}, body, key)
    assert not events.is_genuine({TIMESTAMP: vector["timestamp"]}, body, key)
    assert not events.is_genuine({SIGNATURE: vector["signature"]}, body, key)
    assert not events.is_genuine(headers | {SIGNATURE: "A"}, body, key)
    assert not events.is_genuine(headers | {SIGNATURE: "Подпись"}, body, key)
    assert not events.is_genuine(headers, b"\xff", key)
    assert not events.is_genuine(headers, body, "no key")


@needs_payloads
def test_all_types_of_events_pass_through() -> None:
    published = json.loads((PAYLOADS / "sendgrid_events_all_types.json").read_text())
    ours = [one | {"message_id": str(OURS)} for one in published]
    batch = events.read(json.dumps(ours).encode())
    assert (len(batch.events), batch.ignored, batch.unreadable) == (10, 1, 0)
    assert {one["event"] for one in published} == {*FATES, "group_resubscribe"}
    strangers = events.read(json.dumps(published).encode())
    assert (strangers.events, strangers.ignored, strangers.unreadable) == ((), 11, 0)


@pytest.mark.parametrize(
    ("told", "fate", "error", "never_again"),
    [
        (an_event("processed"), Fate.ACCEPTED, "", None),
        (an_event("deferred", response="400 try again later", attempt="5"), Fate.ACCEPTED, "", None),
        (an_event("delivered"), Fate.ARRIVED, "", None),
        (an_event("open", useragent="x", ip="255.255.255.255"), Fate.ARRIVED, "", None),
        (an_event("click", url="https://help.example"), Fate.ARRIVED, "", None),
        (an_event("spamreport"), Fate.ARRIVED, "", "spam_report"),
        (an_event("unsubscribe"), Fate.ARRIVED, "", "unsubscribed"),
        (an_event("group_unsubscribe", asm_group_id=10), Fate.ARRIVED, "", "unsubscribed"),
        (an_event("bounce", type="bounce", status="5.1.1"), Fate.FAILED, "bounced", "bounced"),
        (an_event("bounce", status="5.0.0"), Fate.FAILED, "bounced", "bounced"),
        (an_event("bounce", type=None, status=None), Fate.FAILED, "bounced", "bounced"),
        (an_event("bounce", type="bounce", status="4.2.2"), Fate.FAILED, "blocked", None),
        (an_event("bounce", type="blocked", status="5.7.1"), Fate.FAILED, "blocked", None),
        (an_event("dropped", reason="Bounced Address"), Fate.FAILED, "dropped", "bounced"),
        (an_event("dropped", reason="Invalid"), Fate.FAILED, "dropped", "invalid_address"),
        (an_event("dropped", reason="Spam Reporting Address"), Fate.FAILED, "dropped", "spam_report"),
        (an_event("dropped", reason="Unsubscribed Address"), Fate.FAILED, "dropped", "unsubscribed"),
        (an_event("dropped", reason="Recipient List over Package Quota"), Fate.FAILED, "dropped", None),
        (an_event("dropped"), Fate.FAILED, "dropped", None),
        (an_event("bounce", email=""), Fate.FAILED, "bounced", None),
    ],
)
def test_what_each_event_says(told: dict[str, object], fate: Fate, error: str, never_again: str | None) -> None:
    read = read_one(told)
    assert (read.message_id, read.at) == (OURS, datetime.fromtimestamp(AT, UTC))
    assert (read.fate, read.error, read.never_again) == (fate, error, never_again)
    assert "xample" not in repr(read)


@pytest.mark.parametrize(
    "told",
    [
        an_event("group_resubscribe"),
        an_event("account_status_change"),
        {"event": "delivered", "timestamp": AT, "email": "a@example.org"},
        an_event("delivered", message_id="another program's"),
        an_event("delivered", message_id=7),
    ],
)
def test_what_is_not_about_our_letters_is_ignored(told: dict[str, object]) -> None:
    batch = events.read(json.dumps([told]).encode())
    assert (batch.events, batch.ignored, batch.unreadable) == ((), 1, 0)


@pytest.mark.parametrize(
    "told",
    [
        "delivered",
        None,
        [],
        an_event("delivered", timestamp="noon"),
        an_event("delivered", timestamp=-1),
        an_event("delivered", timestamp=10**30),
        an_event("delivered", email=7),
        {"message_id": str(OURS)},
    ],
)
def test_what_cannot_be_read_spoils_nothing_else(told: object) -> None:
    batch = events.read(json.dumps([told, an_event("delivered"), told]).encode())
    assert (len(batch.events), batch.ignored, batch.unreadable) == (1, 0, 2)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"\xff", b"[" * 100_000, b'"[]"'])
def test_what_is_no_array_is_no_batch(body: bytes) -> None:
    with pytest.raises(events.NotABatch):
        events.read(body)


def test_events_come_in_their_own_order() -> None:
    told = [an_event("delivered", timestamp=AT + 2), an_event("processed", timestamp=AT), an_event("deferred")]
    read = events.read(json.dumps(told).encode()).events
    assert [one.fate for one in read] == [Fate.ACCEPTED, Fate.ACCEPTED, Fate.ARRIVED]


Values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["event", "timestamp", "email", "message_id", "type", "status", "reason"])


@settings(deadline=None)
@given(st.lists(st.dictionaries(NAMES, Values | st.sampled_from([str(OURS), "bounce", AT])) | Values))
def test_whatever_a_batch_holds_every_entry_is_counted_once(told: list[object]) -> None:
    batch = events.read(json.dumps(told).encode())
    assert len(batch.events) + batch.ignored + batch.unreadable == len(told)
