"""What is looked over: the settings, and what providers, database and our own address say; each asked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from db.duty import colleagues
from db.engine import engine_for
from db.staff import Staff
from domain.phone import country_of
from domain.words import Role
from ops.doctor.front_door import FrontDoor
from ops.doctor.once import Once
from ops.doctor.outside import Outside
from ops.doctor.sendgrid_account import SendGridAccount
from ops.doctor.twilio_account import TwilioAccount
from ops.postgres import EmbeddedPostgres
from ops.seed import DEMO_STAFF
from provider_settings import Mailer, Telephony
from settings import Settings


@dataclass(frozen=True)
class Member:
    """One of the staff; who it is does not matter here."""

    role: Role
    phone_country: str | None
    has_phone: bool
    has_email: bool
    is_on_duty: bool
    is_of_the_demo: bool


class Installation:
    """One installation, as seen from the machine doctor runs on."""

    def __init__(self, settings: Settings, outside: Outside | None = None) -> None:
        self.settings, self.outside = settings, outside or Outside()
        self.door = FrontDoor(settings.public_url, self.outside)
        self.account = Once(lambda: self.twilio.read())
        self.number = Once(lambda: self.twilio.number(settings.caller_id))
        self.rights = Once(lambda: self.sendgrid.rights())
        self.webhooks = Once(lambda: self.sendgrid.webhooks())
        self.staff = Once(self._staff)

    @property
    def twilio(self) -> TwilioAccount:
        """Only where Twilio is used."""
        return TwilioAccount(self.settings, self.outside)

    @property
    def sendgrid(self) -> SendGridAccount:
        """Only where SendGrid is used."""
        return SendGridAccount(self.settings, self.outside)

    def by_twilio(self) -> Sequence[str]:
        """The allowed countries whose customers are rung by Twilio."""
        elsewhere, usual = self.settings.telephony_by_country, self.settings.telephony
        return [one for one in self.settings.allowed_countries if elsewhere.get(one, usual) is Telephony.TWILIO]

    def _staff(self) -> Sequence[Member]:
        """Everybody active. Raises SQLAlchemyError while the database does not answer."""
        engine = engine_for(_database(self.settings), pool_size=1)
        try:
            with Session(engine) as session:
                return [_member(one, since) for one, since in colleagues(session)]
        finally:
            engine.dispose()


def uses_twilio(settings: Settings) -> bool:
    """Twilio rings somebody."""
    return settings.uses_twilio


def uses_sendgrid(settings: Settings) -> bool:
    """SendGrid carries letters."""
    return settings.mailer is Mailer.SENDGRID


def uses_any(settings: Settings) -> bool:
    """Somebody outside has to reach us."""
    return uses_twilio(settings) or uses_sendgrid(settings)


def always(_settings: Settings) -> bool:
    """Every installation."""
    return True


def _member(staff: Staff, on_duty_since: datetime | None) -> Member:
    return Member(
        Role(staff.role),
        country_of(staff.phone) if staff.phone else None,
        has_phone=bool(staff.phone),
        has_email=bool(staff.email),
        is_on_duty=on_duty_since is not None,
        is_of_the_demo=staff.id in DEMO_STAFF,
    )


def _database(settings: Settings) -> str:
    if settings.database_url:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres.at(settings.data_dir.resolve()).url
