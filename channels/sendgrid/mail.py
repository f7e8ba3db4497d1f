"""`MailChannel` by SendGrid: what a letter looks like on the wire."""

from datetime import UTC, datetime

from pydantic import JsonValue

from channels.protocols import MailToSend, Outward, ProviderMessage
from channels.sendgrid.wire import Wire

OUR_ID = "message_id"
"""The only custom argument: it comes back with every event. SendGrid keeps those for ever, so nothing personal."""
_OFF: dict[str, JsonValue] = {"enable": False}
# Our links open a customer's case: rewritten, they would lie in SendGrid's click log. A hidden picture tells when and
# where somebody reads, which is none of our business. Both are a scanner's doing as often as a reader's.
_NOT_TRACKED: dict[str, JsonValue] = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": _OFF,
    "subscription_tracking": _OFF,
    "ganalytics": _OFF,
}


class Sender(Outward):
    """Whom letters come from, and where a reply goes: to the sender when `reply_to` is None."""

    address: str
    name: str
    reply_to: str | None = None


class SendGridMail:
    """Letters to customers and staff; thread-safe.

    No List-Unsubscribe: there is no list. A letter answers the customer's own request, and the page behind its link
    ends the calls; who complains of one or unsubscribes is written to no more (`channels.sendgrid.events`).
    """

    def __init__(self, wire: Wire, sender: Sender) -> None:
        self._wire, self._sender = wire, sender

    def send(self, mail: MailToSend) -> ProviderMessage:
        """Hand one e-mail over, once; SendGrid's own suppressions hold, and are told by an event."""
        headers = self._wire.post("mail/send", self._letter(mail))
        known = headers.get("X-Message-Id") or str(mail.message_id)
        return ProviderMessage(provider_id=known, accepted_at=datetime.now(UTC))

    def _letter(self, mail: MailToSend) -> dict[str, JsonValue]:
        sender = self._sender
        letter: dict[str, JsonValue] = {
            "personalizations": [{"to": [{"email": mail.address}], "custom_args": {OUR_ID: str(mail.message_id)}}],
            "from": {"email": sender.address, "name": sender.name},
            "subject": mail.subject,
            "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
            "tracking_settings": _NOT_TRACKED,
        }
        return letter | ({"reply_to": {"email": sender.reply_to}} if sender.reply_to else {})
