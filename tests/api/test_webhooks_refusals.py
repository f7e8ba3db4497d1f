"""What is malformed, oversized, unsigned or stale is refused as a problem, and leaves no trace."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import Engine

from db.engine import engine_for
from settings import Settings
from surveys.reading import Json
from temporal_client import connect_lazily
from tests.api.webhook_app import Webhooks, generic, nothing_stored, webhooks

GENERIC = "/webhooks/surveys/generic"
PATHS = [GENERIC, "/webhooks/shop", "/webhooks/local/calls", "/webhooks/local/messages", "/webhooks/local/inbound"]
LIMIT = 2000


@pytest.fixture
async def hooks(engine: Engine) -> Webhooks:
    return webhooks(engine, await connect_lazily(Settings(_env_file=None)), body_limit=LIMIT)


def secret_of(hooks: Webhooks, path: str) -> str:
    if path.startswith("/webhooks/local"):
        return hooks.settings.channel_callback_secret.get_secret_value()
    return hooks.settings.secrets_of(path.rpartition("/")[2])[0].get_secret_value()


def refused(answer: httpx2.Response, status: int, code: str) -> str:
    """What the problem says to do."""
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (problem["code"], problem["status"]) == (code, status)
    return str(problem["detail"])


async def in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


async def test_an_unsigned_delivery_is_refused(hooks: Webhooks) -> None:
    for path in PATHS:
        with nothing_stored(hooks):
            refused(await hooks.post(path, b"{}", {"content-type": "application/json"}), 401, "bad_signature")


async def test_a_delivery_signed_with_another_secret_is_refused(hooks: Webhooks) -> None:
    for path in PATHS:
        body = json.dumps(generic()).encode()
        with nothing_stored(hooks):
            refused(await hooks.post(path, body, hooks.headers(body, "whsec_b3RoZXI=")), 401, "bad_signature")


async def test_one_changed_byte_breaks_the_signature(hooks: Webhooks) -> None:
    for path in PATHS:
        body = json.dumps(generic()).encode()
        headers = hooks.headers(body, secret_of(hooks, path))
        with nothing_stored(hooks):
            refused(await hooks.post(path, body + b" ", headers), 401, "bad_signature")


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_a_stale_delivery_is_refused(hooks: Webhooks, age: timedelta) -> None:
    for path in PATHS:
        body = json.dumps(generic()).encode()
        headers = hooks.headers(body, secret_of(hooks, path), at=hooks.clock.time - age)
        with nothing_stored(hooks):
            refused(await hooks.post(path, body, headers), 401, "stale")


async def test_the_replay_window_can_be_narrowed(engine: Engine) -> None:
    client = await connect_lazily(Settings(_env_file=None))
    strict = webhooks(engine, client, replay_window=timedelta(minutes=1))
    body = json.dumps(generic()).encode()
    headers = strict.headers(body, secret_of(strict, GENERIC), at=strict.clock.time - timedelta(minutes=2))
    with nothing_stored(strict):
        refused(await strict.post(GENERIC, body, headers), 401, "stale")


async def test_a_body_over_the_limit_is_refused(hooks: Webhooks) -> None:
    for path in PATHS:
        body = json.dumps(generic(comment="x" * LIMIT)).encode()
        with nothing_stored(hooks):
            refused(await hooks.post(path, body, hooks.headers(body, secret_of(hooks, path))), 413, "too_large")


async def test_a_body_of_exactly_the_limit_is_read(hooks: Webhooks) -> None:
    document = generic(comment="")
    document["comment"] = "x" * (LIMIT - len(json.dumps(document)))
    assert (await hooks.generic(document)).status_code == 202


async def test_a_body_in_pieces_is_refused_at_the_limit(hooks: Webhooks) -> None:
    headers = {"content-type": "application/json"}
    with nothing_stored(hooks):
        answer = await hooks.client.post(GENERIC, content=in_pieces(LIMIT + 500), headers=headers)
        assert "content-length" not in answer.request.headers
        refused(answer, 413, "too_large")


async def test_a_content_length_that_lies_saves_nobody(hooks: Webhooks) -> None:
    headers = {"content-type": "application/json", "content-length": "10"}
    with nothing_stored(hooks):
        answer = await hooks.client.post(GENERIC, content=in_pieces(LIMIT + 500), headers=headers)
        refused(answer, 413, "too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
async def test_another_content_type_is_refused(hooks: Webhooks, kind: str) -> None:
    for path in PATHS:
        body = json.dumps(generic()).encode()
        headers = hooks.headers(body, secret_of(hooks, path)) | {"content-type": kind}
        with nothing_stored(hooks):
            refused(await hooks.post(path, body, headers), 415, "not_json")


async def test_json_with_a_charset_is_json(hooks: Webhooks) -> None:
    body = json.dumps(generic()).encode()
    headers = hooks.headers(body, secret_of(hooks, GENERIC)) | {"content-type": "Application/JSON; charset=utf-8"}
    assert (await hooks.post(GENERIC, body, headers)).status_code == 202


async def test_an_unknown_source_is_not_found(hooks: Webhooks) -> None:
    with nothing_stored(hooks):
        answer = await hooks.signed("/webhooks/surveys/delighted", generic(), source="generic")
        assert "formbricks" in refused(answer, 404, "unknown_source")


async def test_a_closed_source_takes_nothing(engine: Engine) -> None:
    closed = webhooks(engine, await connect_lazily(Settings(_env_file=None)), webhook_secrets_generic="off")
    body = json.dumps(generic()).encode()
    with nothing_stored(closed):
        refused(await closed.post(GENERIC, body, closed.headers(body, "whsec_b3RoZXI=")), 401, "bad_signature")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"not json", "not_json"),
        (b"[]", "not_json"),
        (b'"text"', "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": "\xff"}', "not_json"),
        (b"[" * 1000, "not_json"),
        (b"{}", "wrong_shape"),
    ],
)
async def test_what_cannot_be_understood_is_refused(hooks: Webhooks, body: bytes, code: str) -> None:
    for path in PATHS:
        headers = signed_bytes(hooks, body, secret_of(hooks, path))
        with nothing_stored(hooks):
            refused(await hooks.post(path, body, headers), 422, code)


def signed_bytes(hooks: Webhooks, body: bytes, secret: str) -> dict[str, str]:
    """The official library signs text only; these bytes are no text."""

    headers = hooks.headers(b"", secret)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((b"msg_1", headers["webhook-timestamp"].encode(), body))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers | {"webhook-signature": f"v1,{signature}"}


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"form": "unheard-of"}, "unmapped_form", "unheard-of"),
        ({"response_id": 7}, "wrong_shape", "response_id"),
        ({"contact": None}, "wrong_shape", "contact"),
        ({"scores": {"nps": 11}}, "wrong_shape", "scores.nps"),
        ({"submitted_at": "yesterday"}, "wrong_shape", "submitted_at"),
    ],
)
async def test_a_wrong_field_is_named(hooks: Webhooks, changes: dict[str, Json], code: str, named: str) -> None:
    with nothing_stored(hooks):
        assert named in refused(await hooks.generic(generic(**changes)), 422, code)


async def test_a_form_that_lost_its_contact_question_is_refused_aloud(hooks: Webhooks) -> None:
    defined: Json = {"fields": [{"id": "x", "ref": "phone", "type": "phone_number", "title": "Phone"}]}
    response: Json = {"form_id": "F1", "token": "t-1", "definition": defined, "answers": []}
    with nothing_stored(hooks):
        answer = await hooks.typeform({"event_type": "form_response", "form_response": response})
        assert "contact" in refused(answer, 422, "missing_field")


async def test_a_platforms_trial_is_answered_and_not_stored(hooks: Webhooks) -> None:
    with nothing_stored(hooks):
        answer = await hooks.signed("/webhooks/surveys/formbricks", {"event": "testEndpoint"}, source="formbricks")
        assert (answer.status_code, answer.json()) == (200, {"id": None})


@pytest.mark.parametrize("path", PATHS[:2])
async def test_a_database_that_is_away_is_said_so(path: str) -> None:
    nowhere = engine_for("postgresql+psycopg://nobody@127.0.0.1:1/none")
    hooks = webhooks(nowhere, await connect_lazily(Settings(_env_file=None)))
    document: Json = {"event": "renewal", "version": 1, "customer_id": "c", "licence": licence()}
    answer = await (hooks.generic(generic()) if path == GENERIC else hooks.shop(document))
    refused(answer, 503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def licence() -> Json:
    return {"key_id": "K-1", "product": "home", "segment": "full"}
