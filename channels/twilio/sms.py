"""SMS through Twilio: handed over once; what becomes of one arrives at its status callback."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Protocol
from uuid import UUID

from channels.errors import Ambiguous
from channels.protocols import ProviderMessage, SmsToSend
from channels.twilio.addresses import PREFIX
from channels.twilio.wire import Wire

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=10)
"""Validity that Twilio accepts."""
_SERVICE = "MG"
_SENT_BY_US = "outbound-api"
_MOST = 50
"""SMS looked through at most; nobody is written to more often within a day."""


class Listed(Protocol):
    """An SMS as Twilio tells of it."""

    sid: str | None
    body: str | None
    direction: str | None
    date_created: datetime | None
    date_sent: datetime | None


class TwilioSms:
    """`SmsChannel` of Twilio; `public_url` is where it reaches our webhooks, `sender` a number, name or MG… service."""

    def __init__(self, wire: Wire, public_url: str, sender: str) -> None:
        self._wire, self._public_url = wire, public_url
        self._sender = {"messaging_service_sid" if sender.startswith(_SERVICE) else "from_": sender}

    def send(self, sms: SmsToSend) -> ProviderMessage:
        """Hand one SMS over, once. Its letters stay as they are: by its text a doubtful one is looked up."""
        accepted: Listed = self._wire.ask(
            lambda client: client.messages.create(
                to=sms.phone,
                body=sms.text,
                status_callback=status_address(self._public_url, sms.message_id),
                validity_period=_seconds(sms.validity),
                smart_encoded=False,
                **self._sender,
            )
        )
        return _message(accepted)

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        """The first SMS of ours to this phone accepted at or after `since`, of exactly this text where one is given."""
        if not phone:
            return None
        sent = self._listed(to=phone, date_sent_after=since.astimezone(UTC))
        # One that waits for its turn has not been sent: it is not found by when it was.
        found = {one.sid: one for one in chain(sent, self._listed(to=phone)) if _is_ours(one, text)}
        known = sorted((_message(one) for one in found.values()), key=lambda message: message.accepted_at)
        return next((message for message in known if message.accepted_at >= since), None)

    def _listed(self, **asked: str | datetime) -> Sequence[Listed]:
        found: Sequence[Listed] = self._wire.ask(lambda client: client.messages.list(limit=_MOST, **asked))
        return found


def status_address(public_url: str, message_id: UUID) -> str:
    """Where Twilio reports what becomes of an SMS."""
    return f"{public_url}{PREFIX}/messages/{message_id}"


def _seconds(validity: timedelta) -> int:
    return int(min(max(validity, SHORTEST), LONGEST).total_seconds())


def _is_ours(sms: Listed, text: str | None) -> bool:
    """A trial account puts words of its own before ours."""
    return sms.direction == _SENT_BY_US and (text is None or (sms.body or "").endswith(text))


def _message(sms: Listed) -> ProviderMessage:
    if not sms.sid:
        raise Ambiguous("the provider accepted, but named no SMS")
    return ProviderMessage(provider_id=sms.sid, accepted_at=sms.date_created or sms.date_sent or datetime.now(UTC))
