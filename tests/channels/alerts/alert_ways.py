"""Ways of the tests' own, and an alert."""

from datetime import UTC, datetime
from uuid import uuid4

from channels.errors import ChannelError
from channels.protocols import AlertToSend, MailToSend, ProviderMessage, SmsToSend
from domain.words import Language

EMAIL, PHONE = "irina@company.example", "+79161112233"


def an_alert(**changes: object) -> AlertToSend:
    told = {
        "message_id": uuid4(),
        "staff_id": uuid4(),
        "kind": "idle",
        "title": "1a2b: nothing <has> happened",
        "text": "What & when?",
        "link": "https://loop.example/cases/1",
        "language": Language.EN,
        "email": EMAIL,
        "phone": PHONE,
    }
    return AlertToSend.model_validate(told | changes)


class Post:
    """Mail, SMS or alerts that all arrive, or all fail in the same way."""

    def __init__(self, error: ChannelError | None = None) -> None:
        self.error = error
        self.sent: list[AlertToSend | MailToSend | SmsToSend] = []

    def send(self, one: AlertToSend | MailToSend | SmsToSend) -> ProviderMessage:
        if self.error:
            raise self.error
        self.sent.append(one)
        return ProviderMessage(provider_id=f"P{len(self.sent)}", accepted_at=datetime.now(UTC))

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        return None
