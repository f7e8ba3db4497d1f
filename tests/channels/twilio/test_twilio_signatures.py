"""A webhook is Twilio's only when its signature fits the public address and every field."""

import json
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no py.typed

from channels.twilio.signatures import MOST_FIELDS, Form, is_twilios
from tests.vendors import PAYLOADS

VECTORS = PAYLOADS / "signature_vectors.json"
URL, TOKEN = "https://help.example/webhooks/twilio/calls/1/status", "a token"
FIELDS = [("CallSid", "CA1"), ("Body", "Привет, мир"), ("Empty", ""), ("Media", "b"), ("Media", "a")]


def signed(fields: list[tuple[str, str]], url: str = URL, token: str = TOKEN, algorithm: str = "HMAC_SHA1") -> str:
    """As its documentation says: the URL, then each field's name and values, sorted."""
    told = Form(fields)

    class Fields(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    return str(RequestValidator(token).compute_signature(url, Fields(told.as_dict()), algorithm))


def is_theirs(body: bytes, headers: dict[str, str], url: str = URL, token: str = TOKEN) -> bool:
    return is_twilios(Form.parse(body), url=url, headers=headers, auth_token=token)


def test_the_published_vector_fits() -> None:
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234"}
    fields |= {"From": "+14158675309", "To": "+18005551212"}
    headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert is_theirs(urlencode(fields).encode(), headers, "https://mycompany.com/myapp.php?foo=1&bar=2", "12345")


def test_the_vendors_vector_fits() -> None:
    if not VECTORS.exists():
        pytest.skip("no vectors here")
    vector = json.loads(VECTORS.read_text())["twilio_x_twilio_signature"]
    headers = {"X-Twilio-Signature": vector["signature"]}
    assert is_theirs(urlencode(vector["params"]).encode(), headers, vector["url"], vector["auth_token"])


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_cyrillic_empty_and_repeated_fields_are_signed_too(algorithm: str) -> None:
    settings = {"X-Twilio-Webhooks-Signature-Settings": f"key=k,algorithm={algorithm}"}
    headers = {"X-Twilio-Signature": signed(FIELDS, algorithm=algorithm), **settings}
    assert is_theirs(urlencode(FIELDS).encode(), headers)
    for changed in (FIELDS[1:], [*FIELDS, ("More", "")], [("CallSid", "CA2"), *FIELDS[1:]]):
        assert not is_theirs(urlencode(changed).encode(), headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "Привет"},
        {"X-Twilio-Signature": signed(FIELDS, token="another")},
        {"X-Twilio-Signature": signed(FIELDS, URL + "/")},
        {"X-Twilio-Signature": signed(FIELDS, URL.replace("https", "http"))},
        {"X-Twilio-Signature": signed(FIELDS), "X-Twilio-Webhooks-Signature-Settings": "algorithm=NONE"},
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_does_not_fit_is_nobodys(headers: dict[str, str]) -> None:
    assert not is_theirs(urlencode(FIELDS).encode(), headers)


def test_other_bytes_than_utf_8_were_not_signed() -> None:
    assert not is_theirs(b"CallSid=CA1&Body=\xff", {"X-Twilio-Signature": signed([("CallSid", "CA1")])})


def test_a_form_with_too_many_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="fields"):
        Form.parse(b"&".join([b"a=b"] * (MOST_FIELDS + 1)))


def test_a_form_gives_the_first_value() -> None:
    form = Form.parse(urlencode(FIELDS).encode())
    assert (form.get("Media"), form.getlist("Media"), form.get("Empty"), form.get("None")) == ("b", ["b", "a"], "", "")
