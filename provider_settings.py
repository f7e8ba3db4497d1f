"""Settings of the telephone, SMS, mail and alert providers; a part of `settings.Settings`, which reads them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode


class Telephony(StrEnum):
    """Who rings people and carries SMS."""

    LOCAL = "local"
    TWILIO = "twilio"


class Mailer(StrEnum):
    """Who carries e-mail."""

    LOCAL = "local"
    SENDGRID = "sendgrid"


def _pairs(value: object) -> object:
    if not isinstance(value, str):
        return value
    return dict(part.strip().partition("=")[::2] for part in value.split(",") if part.strip())


def _looks(like: str, pattern: str) -> AfterValidator:
    """Whoever mistypes it is told in words what it looks like."""

    def checked(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"it looks like {like}")
        return text

    return AfterValidator(checked)


Region = Annotated[str, _looks("KZ: the two capital letters of a country", r"[A-Z]{2}")]
BaseUrl = Annotated[
    str, _looks("https://help.example.com", r"https?://[^/\s]+.*"), AfterValidator(lambda url: url.rstrip("/"))
]
E164 = Annotated[str, _looks("+77172000000: plus, country code, number, and no spaces", r"\+[1-9][0-9]{6,14}")]
MailAddress = Annotated[str, _looks("desk@example.com", r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")]
AccountSid = Annotated[
    str,
    _looks(
        "AC and 32 digits or letters a to f, on the first page of the Twilio Console; an API key (SK…) will not do",
        r"AC[0-9a-f]{32}",
    ),
]


class ProviderSettings(BaseModel):
    """Who rings, writes and alerts, and the keys to them. Variables as in `settings.Settings`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    telephony: Telephony = Telephony.LOCAL
    """Who rings and carries SMS: local (the simulator) or twilio."""
    telephony_by_country: Annotated[Mapping[Region, Telephony], NoDecode, BeforeValidator(_pairs)] = Field(
        default_factory=dict
    )
    """Countries whose numbers go another way, as KZ=twilio,RU=local."""
    twilio_account_sid: AccountSid | None = None
    """Account SID of Twilio."""
    twilio_auth_token: SecretStr | None = None
    """Auth token of that account: it opens the account, and proves that a webhook is Twilio's."""
    twilio_url: BaseUrl = "https://api.twilio.com"
    """Address of Twilio's API; another one for a region or a proxy."""
    twilio_sms_sender: str | None = None
    """Number (E.164), sender name or messaging service (MG…) that SMS come from. Unset: the caller id."""
    twilio_calls_per_second: Annotated[float, Field(gt=0)] = 1.0
    """How many calls a second the account may begin."""
    record_calls: bool = False
    """true: conversations are recorded at the provider, and both people hear so before they speak."""
    mailer: Mailer = Mailer.LOCAL
    """Who carries e-mail: local (the simulator) or sendgrid."""
    sendgrid_api_key: SecretStr | None = None
    """API key of SendGrid with the right to send mail."""
    sendgrid_url: BaseUrl = "https://api.sendgrid.com"
    """Address of SendGrid's API; https://api.eu.sendgrid.com for an account in the EU."""
    sendgrid_webhook_key: str | None = None
    """Public key that SendGrid shows beside the signed event webhook."""
    mail_from: MailAddress | None = None
    """Address that mail to customers comes from; its domain is authenticated at the provider."""
    mail_reply_to: MailAddress | None = None
    """Where a customer's reply goes. Unset: to the sender."""
    slack_webhook: SecretStr | None = None
    """Slack's incoming webhook that alerts go to."""
    alerts_file: Path | None = None
    """Which alert goes by which way to whom; see docs/alerts.md. Unset: e-mail, then SMS, then Slack."""
    hold_texts_file: Path | None = None
    """What a customer who rings back hears; see docs/telephone.md. Unset: the built-in texts."""

    @property
    def telephonies(self) -> frozenset[Telephony]:
        """Everybody who rings for us somewhere."""
        return frozenset({self.telephony, *self.telephony_by_country.values()})

    @property
    def uses_twilio(self) -> bool:
        """Some numbers go by Twilio."""
        return Telephony.TWILIO in self.telephonies

    @property
    def accounts(self) -> tuple[str, ...]:
        """Providers that reach real people."""
        telephone = (Telephony.TWILIO.value,) if self.uses_twilio else ()
        return telephone + ((Mailer.SENDGRID.value,) if self.mailer is Mailer.SENDGRID else ())

    @property
    def uses_simulator(self) -> bool:
        """Something goes by the local simulator."""
        return Telephony.LOCAL in self.telephonies or self.mailer is Mailer.LOCAL
