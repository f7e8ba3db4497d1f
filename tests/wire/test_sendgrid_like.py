"""The mail provider we test against, held to what SendGrid documents, by our channel and by its own helper."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sendgrid.helpers.eventwebhook import EventWebhook  # type: ignore[import-untyped]  # has no types

from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.protocols import MailToSend
from channels.sendgrid.mail import Sender, SendGridMail
from channels.sendgrid.wire import Wire
from domain.words import Language
from tests.wire.faults import Fault, Mode
from tests.wire.our_end import OurEnd
from tests.wire.sendgrid_like.events import SIGNATURE, TIMESTAMP
from tests.wire.sendgrid_like.letters import Fate
from tests.wire.sendgrid_like.server import KEY, SendGridLike
from tests.wire.twilio_like.courier import Manner

ADDRESS = "anna@example.com"


@pytest.fixture
def provider() -> Iterator[SendGridLike]:
    with SendGridLike() as server, OurEnd("nobody asks for it") as end:
        server.events_url = f"{end.url}/events"
        yield server


@pytest.fixture
def mail(provider: SendGridLike) -> SendGridMail:
    wire = Wire(KEY, provider.url, timedelta(seconds=0.5))
    return SendGridMail(wire, Sender(address="care@example.com", name="Ромашка"))


def _letter(message_id: UUID, address: str = ADDRESS) -> MailToSend:
    return MailToSend(
        message_id=message_id,
        address=address,
        subject="Как всё прошло?",
        text="https://example.com/s/abc",
        html="<p>https://example.com/s/abc</p>",
        language=Language.RU,
    )


def test_a_letter_is_accepted_and_told_of(provider: SendGridLike, mail: SendGridMail) -> None:
    message_id = uuid4()
    accepted = mail.send(_letter(message_id))
    provider.wait(lambda one: len(one.told) == 2)
    [letter] = provider.to(ADDRESS)
    assert (letter.id, letter.links()) == (accepted.provider_id, ["https://example.com/s/abc"])
    events = [batch.events[0] for batch in provider.told]
    assert [event["event"] for event in events] == ["processed", "delivered"]
    assert {event["message_id"] for event in events} == {str(message_id)}
    assert all(str(event["sg_message_id"]).startswith(f"{letter.id}.") for event in events)


def test_batches_are_signed_as_sendgrids_own_helper_checks(provider: SendGridLike, mail: SendGridMail) -> None:
    provider.manners[ADDRESS] = frozenset({Manner.FORGED, Manner.REVERSED})
    mail.send(_letter(uuid4()))
    provider.wait(lambda one: len(one.told) == 4)
    helper = EventWebhook(provider.teller.public_key)
    genuine = [
        helper.verify_signature(batch.body.decode(), batch.headers[SIGNATURE], batch.headers[TIMESTAMP])
        for batch in provider.told
    ]
    assert genuine == [False, True, False, True]
    assert [batch.events[0]["event"] for batch in provider.told if batch.honest] == ["delivered", "processed"]


@pytest.mark.parametrize(
    ("mode", "raised", "accepted"),
    [
        (Mode.HANG_BEFORE, Ambiguous, 0),
        (Mode.HANG_AFTER, Ambiguous, 1),
        (Mode.DROP_BEFORE, Ambiguous, 0),
        (Mode.DROP_AFTER, Ambiguous, 1),
        (Mode.UNAVAILABLE_BEFORE, Ambiguous, 0),
        (Mode.UNAVAILABLE_AFTER, Ambiguous, 1),
        (Mode.TOO_MANY, NotSent, 0),
    ],
)
def test_every_fault_is_met_once_and_by_one_post(
    provider: SendGridLike, mail: SendGridMail, mode: Mode, raised: type[Exception], accepted: int
) -> None:
    provider.faults.plan("mail/send", Fault(mode, timedelta(seconds=30)), of=ADDRESS)
    with pytest.raises(raised) as caught:
        mail.send(_letter(uuid4()))
    assert (provider.posts, len(provider.letters)) == ([ADDRESS], accepted)
    if isinstance(caught.value, NotSent):
        assert caught.value.retry_after
        assert timedelta(seconds=25) < caught.value.retry_after <= timedelta(seconds=31)
    mail.send(_letter(uuid4()))


@pytest.mark.parametrize(
    ("fate", "last"), [(Fate.BOUNCED, "bounce"), (Fate.BLOCKED, "bounce"), (Fate.DROPPED, "dropped")]
)
def test_letters_that_do_not_arrive(provider: SendGridLike, mail: SendGridMail, fate: Fate, last: str) -> None:
    provider.fates[ADDRESS] = fate
    mail.send(_letter(uuid4()))
    provider.wait(lambda one: bool(one.told) and one.told[-1].events[0]["event"] == last)


def test_it_refuses_what_is_no_letter_and_who_has_no_key(provider: SendGridLike, mail: SendGridMail) -> None:
    with pytest.raises(Refused) as caught:
        mail.send(_letter(uuid4(), "nobody"))
    assert caught.value.reason is RefusedReason.INVALID_ADDRESS
    stranger = SendGridMail(Wire("SG.other", provider.url), Sender(address="care@example.com", name="Ромашка"))
    with pytest.raises(Refused) as caught:
        stranger.send(_letter(uuid4()))
    assert caught.value.reason is RefusedReason.CONFIG
