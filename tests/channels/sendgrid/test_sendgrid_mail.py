"""Letters on the wire to SendGrid: as its own description says, once each, and what every answer means."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from channels.erasing import Kept, KeptForGood
from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.protocols import MailToSend
from channels.sendgrid.erasing import SendGridKeeper
from channels.sendgrid.errors import BY_STATUS, LONGEST_PAUSE, error_for
from channels.sendgrid.mail import Sender, SendGridMail
from channels.sendgrid.wire import Wire
from channels.texts import render
from domain.words import Language
from ops.ports import free_port
from tests.channels.sendgrid import fault_server
from tests.channels.sendgrid.fault_server import MESSAGE_ID, Asked, FaultServer, Reply
from tests.vendors import SPECS

SPEC = SPECS / "sendgrid_mail_v3.json"
KEY = "SG.a-key-of-the-tests"
ADDRESS = "apollinaria@example.org"
SENDER = Sender(address="care@example.com", name="Ромашка", reply_to="answers@example.com")
PATIENCE = timedelta(seconds=0.4)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TO_FIELD = b'{"errors": [{"message": "Does not contain a valid address.", "field": "personalizations.0.to.0.email"}]}'
FROM_FIELD = b'{"errors": [{"message": "The from address does not match.", "field": "from"}]}'


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer().running() as running:
        yield running


@pytest.fixture
def mail(server: FaultServer) -> SendGridMail:
    return SendGridMail(Wire(KEY, server.url, PATIENCE), SENDER)


def a_letter(address: str = ADDRESS) -> MailToSend:
    text = render("final_survey", Language.RU, link="https://help.example/s/0123456789abcdefghijkl", company="Ромашка")
    return MailToSend(
        message_id=uuid4(),
        address=address,
        subject=text.subject,
        text=text.text,
        html=text.html,
        language=Language.RU,
    )


def failure(send: Callable[[], object]) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        send()
    return raised.value


def conforms(asked: Asked) -> None:
    """Raise unless SendGrid's own description allows this request."""
    if not SPEC.exists():
        pytest.skip("SendGrid's description is not here")
    described = OpenAPI.from_dict(json.loads(SPEC.read_text()))
    headers = list((asked.headers | {"Host": "api.sendgrid.com"}).items())
    at = "https://api.sendgrid.com"
    built = EnvironBuilder(method="POST", base_url=at, path=asked.path, headers=headers, data=asked.body)
    described.validate_request(WerkzeugOpenAPIRequest(Request(built.get_environ())))


def test_an_accepted_letter_is_known_by_sendgrids_id(server: FaultServer, mail: SendGridMail) -> None:
    accepted = mail.send(a_letter())
    assert accepted.provider_id == MESSAGE_ID
    assert abs(datetime.now(UTC) - accepted.accepted_at) < timedelta(seconds=5)
    (asked,) = server.asked
    assert (asked.path, asked.headers["Authorization"]) == ("/v3/mail/send", f"Bearer {KEY}")
    assert asked.headers["Content-Type"] == "application/json"


def test_a_letter_is_what_sendgrid_describes(server: FaultServer, mail: SendGridMail) -> None:
    mail.send(a_letter())
    SendGridMail(Wire(KEY, server.url), SENDER.model_copy(update={"reply_to": None})).send(a_letter())
    for asked in server.asked:
        conforms(asked)


def test_the_description_tells_right_from_wrong(server: FaultServer, mail: SendGridMail) -> None:
    mail.send(a_letter())
    (asked,) = server.asked
    body = json.loads(asked.body)
    del body["from"]
    changed = json.dumps(body).encode()
    broken = Asked(asked.path, asked.headers | {"Content-Length": str(len(changed))}, changed)
    if SPEC.exists():
        with pytest.raises(Exception, match="'from' is a required"):
            conforms(broken)


def test_our_id_alone_travels_with_a_letter_and_nothing_is_tracked(server: FaultServer, mail: SendGridMail) -> None:
    letter = a_letter()
    mail.send(letter)
    body = json.loads(server.asked[0].body)
    assert body["personalizations"] == [
        {"to": [{"email": ADDRESS}], "custom_args": {"message_id": str(letter.message_id)}}
    ]
    assert {name: setting["enable"] for name, setting in body["tracking_settings"].items()} == {
        "click_tracking": False,
        "open_tracking": False,
        "subscription_tracking": False,
        "ganalytics": False,
    }
    assert body["tracking_settings"]["click_tracking"]["enable_text"] is False
    assert not {"custom_args", "categories", "mail_settings", "headers"} & set(body)


def test_a_letter_comes_from_the_company_in_text_and_html(server: FaultServer, mail: SendGridMail) -> None:
    letter = a_letter()
    mail.send(letter)
    body = json.loads(server.asked[0].body)
    assert body["from"] == {"email": "care@example.com", "name": "Ромашка"}
    assert body["reply_to"] == {"email": "answers@example.com"}
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert [part["value"] for part in body["content"]] == [letter.text, letter.html]


def test_without_sendgrids_id_a_letter_is_known_by_ours(server: FaultServer, mail: SendGridMail) -> None:
    server.act = fault_server.replies(Reply(headers={}))
    letter = a_letter()
    assert mail.send(letter).provider_id == str(letter.message_id)


ANSWERS: list[tuple[int, bytes, type[ChannelError], RefusedReason | None]] = [
    (200, b"", Ambiguous, None),
    (308, b"", Refused, RefusedReason.CONFIG),
    (400, TO_FIELD, Refused, RefusedReason.INVALID_ADDRESS),
    (400, FROM_FIELD, Refused, RefusedReason.CONFIG),
    (400, b'{"errors": [{"message": "Bad Request", "field": null}]}', Refused, RefusedReason.CONFIG),
    (400, b"<h1>no</h1>", Refused, RefusedReason.CONFIG),
    (401, b'{"errors": [{"message": "authorization required"}]}', Refused, RefusedReason.CONFIG),
    (403, FROM_FIELD, Refused, RefusedReason.CONFIG),
    (404, b"", Refused, RefusedReason.CONFIG),
    (405, b"", Refused, RefusedReason.CONFIG),
    (408, b"", Ambiguous, None),
    (413, b"", Refused, RefusedReason.CONFIG),
    (415, b"", Refused, RefusedReason.CONFIG),
    (422, b"", Refused, RefusedReason.CONFIG),
    (429, b"", NotSent, None),
    (500, b"", Ambiguous, None),
    (502, b"", Ambiguous, None),
    (503, b"", Ambiguous, None),
    (504, b"", Ambiguous, None),
    (599, b"", Ambiguous, None),
]


@pytest.mark.parametrize(("status", "body", "error", "reason"), ANSWERS)
def test_every_answer_has_its_meaning_and_takes_one_post(
    server: FaultServer,
    mail: SendGridMail,
    status: int,
    body: bytes,
    error: type[ChannelError],
    reason: RefusedReason | None,
) -> None:
    server.act = fault_server.replies(Reply(status, {}, body))
    failed = failure(lambda: mail.send(a_letter()))
    assert type(failed) is error
    assert (failed.reason if isinstance(failed, Refused) else None) == reason
    assert len(server.asked) == 1


def test_every_row_of_the_table_is_proven() -> None:
    assert set(BY_STATUS) <= {status for status, *_ in ANSWERS}


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 42)}, timedelta(seconds=42)),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) - 42)}, timedelta(seconds=1)),
        ({"X-RateLimit-Reset": "99999999999"}, LONGEST_PAUSE),
        ({"X-RateLimit-Reset": "9" * 400, "Retry-After": "7"}, timedelta(seconds=7)),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_too_many_letters_wait_until_the_limit_is_lifted(headers: dict[str, str], pause: timedelta | None) -> None:
    failed = error_for(429, headers, b"", NOW)
    assert isinstance(failed, NotSent)
    assert failed.retry_after == pause


def test_the_pause_is_read_off_a_real_answer(server: FaultServer, mail: SendGridMail) -> None:
    server.act = fault_server.replies(Reply(429, {"x-ratelimit-reset": str(int(time.time()) + 60)}))
    failed = failure(lambda: mail.send(a_letter()))
    assert isinstance(failed, NotSent)
    assert failed.retry_after is not None
    assert timedelta(seconds=50) < failed.retry_after <= timedelta(seconds=60)


@pytest.mark.parametrize(
    "fault",
    [
        fault_server.hangs,
        fault_server.drops,
        fault_server.drops_within_the_answer,
        fault_server.babbles,
    ],
)
def test_whatever_leaves_a_doubt_is_ambiguous_after_one_post(
    server: FaultServer, mail: SendGridMail, fault: fault_server.Act
) -> None:
    server.act = fault
    began = time.monotonic()
    assert type(failure(lambda: mail.send(a_letter()))) is Ambiguous
    assert time.monotonic() - began < 5
    assert len(server.asked) == 1


def test_what_never_left_may_be_sent_again() -> None:
    nobody = SendGridMail(Wire(KEY, f"http://127.0.0.1:{free_port()}", PATIENCE), SENDER)
    assert type(failure(lambda: nobody.send(a_letter()))) is NotSent
    unknown = SendGridMail(Wire(KEY, "http://sendgrid.invalid", PATIENCE), SENDER)
    assert type(failure(lambda: unknown.send(a_letter()))) is NotSent


def test_a_redirect_is_not_taken_for_an_acceptance(server: FaultServer, mail: SendGridMail) -> None:
    server.act = fault_server.replies(Reply(302, {"Location": f"{server.url}/login"}))
    assert isinstance(failure(lambda: mail.send(a_letter())), Refused | Ambiguous)
    assert len(server.asked) == 1


def test_no_address_is_logged_or_told_by_an_error(
    server: FaultServer, mail: SendGridMail, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = []
    mail.send(a_letter())
    for status in (400, 429, 503):
        server.act = fault_server.replies(Reply(status, {}, TO_FIELD.replace(b"Does", ADDRESS.encode())))
        errors.append(failure(lambda: mail.send(a_letter())))
    server.act = fault_server.drops
    errors.append(failure(lambda: mail.send(a_letter())))
    SendGridKeeper(Wire(KEY, server.url)).forget_person(())
    told = caplog.text + "".join(f"{error!r} {error.__cause__!r}" for error in errors) + repr(mail)
    assert "apollinaria" not in told
    assert KEY not in told


def test_a_person_is_forgotten_by_their_addresses_alone(server: FaultServer) -> None:
    SendGridKeeper(Wire(KEY, server.url)).forget_person(("+79161234567", ADDRESS, "second@example.org"))
    (asked,) = server.asked
    assert asked.path == "/v3/recipients/erasejob"
    assert json.loads(asked.body) == {"email_addresses": [ADDRESS, "second@example.org"]}


def test_a_person_without_an_address_is_nothing_to_ask_about(server: FaultServer) -> None:
    SendGridKeeper(Wire(KEY, server.url)).forget_person(("+79161234567",))
    assert server.asked == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_an_account_that_erases_nobody_says_so(server: FaultServer, status: int) -> None:
    server.act = fault_server.replies(Reply(status, {}))
    assert isinstance(failure(lambda: SendGridKeeper(Wire(KEY, server.url)).forget_person((ADDRESS,))), KeptForGood)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_erasure_in_doubt_is_asked_again(server: FaultServer, status: int) -> None:
    server.act = fault_server.replies(Reply(status, {}))
    failed = failure(lambda: SendGridKeeper(Wire(KEY, server.url)).forget_person((ADDRESS,)))
    assert isinstance(failed, NotSent | Ambiguous)


def test_a_single_letter_is_kept(server: FaultServer) -> None:
    assert isinstance(failure(lambda: SendGridKeeper(Wire(KEY, server.url)).forget(Kept.MAIL, "x")), KeptForGood)
    assert server.asked == []
