"""Only who knows the secret is believed, and only while it is news."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from surveys import shop
from surveys.errors import BadSignature, Stale
from surveys.signatures import standard_key, standard_webhooks, typeform
from surveys.sources import SOURCES
from tests.surveys.survey_samples import patient
from tests.vendors import PAYLOADS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another key of ours").decode()
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
BODY = '{"name": "Анна"}'.encode()


def signed(secret: str = SECRET, at: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    """Signed by the official library, so that ours is held to it."""
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }


def typeform_signed(secret: str, body: bytes) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"Typeform-Signature": f"sha256={base64.b64encode(digest).decode()}"}


def test_the_published_standard_webhooks_vector_is_accepted() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    standard_webhooks(headers, b'{"test": 2432232314}', [SECRET], datetime.fromtimestamp(1614265330, UTC))


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the vendors' samples are not on this machine")
def test_the_vendors_vector_file_agrees() -> None:
    vector = json.loads((PAYLOADS / "signature_vectors.json").read_text())["standard_webhooks"]
    headers = {name: vector[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    at = datetime.fromtimestamp(int(vector["webhook-timestamp"]), UTC)
    standard_webhooks(headers, vector["body"].encode(), [vector["secret"]], at)


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET], [SECRET, OTHER], [SECRET.removeprefix("whsec_")]])
def test_any_of_the_configured_secrets_will_do(secrets: list[str]) -> None:
    standard_webhooks(signed(), BODY, secrets, NOW)


def test_a_sender_in_rotation_may_sign_twice() -> None:
    headers = signed()
    headers["Webhook-Signature"] = f"v1a,xyz v1,AAAA {headers['Webhook-Signature']}"
    standard_webhooks(headers, BODY, [SECRET], NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=-5), timedelta(0), timedelta(minutes=5)])
def test_five_minutes_either_way_are_allowed(age: timedelta) -> None:
    standard_webhooks(signed(at=NOW - age), BODY, [SECRET], NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=-5, seconds=-1), timedelta(minutes=5, seconds=1), timedelta(days=1)])
def test_a_replay_is_stale(age: timedelta) -> None:
    with pytest.raises(Stale):
        standard_webhooks(signed(at=NOW - age), BODY, [SECRET], NOW)


def test_an_old_forgery_is_a_bad_signature_not_a_stale_one() -> None:
    with pytest.raises(BadSignature) as refused:
        standard_webhooks(signed(secret=OTHER, at=NOW - timedelta(days=1)), BODY, [SECRET], NOW)
    assert not isinstance(refused.value, Stale)


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Signature": "nocomma"},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,"},
        {"Webhook-Signature": "v1,не base64 \udcff"},
        {"Webhook-Timestamp": "soon"},
        {"Webhook-Timestamp": "9" * 5000},
        {"Webhook-Timestamp": "nan"},
        {"Webhook-Timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"Webhook-Id": "msg_2"},
        {"Webhook-Id": ""},
    ],
)
def test_odd_headers_are_refused_and_nothing_else_happens(change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        standard_webhooks(signed() | change, BODY, [SECRET], NOW)


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_an_unsigned_delivery_is_refused(name: str) -> None:
    headers = {key: value for key, value in signed().items() if key != name}
    with pytest.raises(BadSignature):
        SOURCES["formbricks"].verify(headers, BODY, [SECRET], NOW)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        standard_webhooks(signed(), BODY + b" ", [SECRET], NOW)


def test_a_body_that_is_no_text_can_still_be_refused() -> None:
    with pytest.raises(BadSignature):
        standard_webhooks(signed(), b"\xff\xfe", [SECRET], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_не base64"], ["whsec_!!!!"]])
@pytest.mark.parametrize("source", ["generic", "formbricks"])
def test_without_a_usable_secret_nobody_gets_in(source: str, secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        SOURCES[source].verify(signed(), BODY, secrets, NOW)


@pytest.mark.parametrize("secret", ["whsec_not base64", "whsec_MfKQ!!!!", "пароль"])
def test_a_secret_that_is_no_base64_is_told_at_start(secret: str) -> None:
    with pytest.raises(ValueError, match="must be base64"):
        standard_key(secret)


def test_the_shop_is_checked_like_everybody() -> None:
    shop.verify(signed(), BODY, [SECRET], NOW)
    with pytest.raises(BadSignature):
        shop.verify({}, BODY, [SECRET], NOW)


def test_a_published_style_typeform_signature_is_accepted() -> None:
    typeform(typeform_signed("s3cret", BODY), BODY, ["old", "s3cret"], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["other"]])
def test_typeform_without_the_right_secret_is_refused(secrets: list[str]) -> None:
    with pytest.raises(BadSignature):
        typeform(typeform_signed("s3cret", BODY), BODY, secrets, NOW)


def test_a_typeform_signature_in_hex_is_refused() -> None:
    headers = {"typeform-signature": "sha256=" + hmac.new(b"s3cret", BODY, hashlib.sha256).hexdigest()}
    with pytest.raises(BadSignature):
        typeform(headers, BODY, ["s3cret"], NOW)


@pytest.mark.parametrize("source", sorted(SOURCES))
@patient
@given(
    headers=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "typeform-signature"]),
        st.one_of(st.text(), st.just("1793620800")),
    ),
    body=st.binary(max_size=50),
)
def test_no_header_breaks_the_check(source: str, headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadSignature):
        SOURCES[source].verify(headers, body, [SECRET], NOW)
