"""How each message leaves: its text in its reader's language, its channel, and how to look up a doubtful sending."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from activities.delivery import MAIL_EVENT_WAIT, Way
from channels.protocols import (
    AlertChannel,
    AlertToSend,
    MailChannel,
    MailToSend,
    ProviderMessage,
    SmsChannel,
    SmsToSend,
)
from channels.texts import Text, placeholders, render
from db.casework import Case
from db.links import LinkKind, issue, path
from db.outreach import Message
from db.recipients import Recipient, recipient
from db.staff import Staff
from domain.policy import Policy
from domain.words import Language

Values = dict[str, str | datetime]

_LINKS = {
    "final_survey": LinkKind.FINAL_SURVEY,
    "final_survey_reminder": LinkKind.FINAL_SURVEY,
}


class Ways:
    """Turns a message's row into what its channel is asked."""

    def __init__(
        self,
        engine: Engine,
        *,
        sms: SmsChannel,
        mail: MailChannel,
        alerts: AlertChannel,
        secret: bytes,
        public_url: str,
        company: str,
    ) -> None:
        self.engine, self.sms, self.mail, self.alerts = engine, sms, mail, alerts
        self.secret, self.public_url, self.company = secret, public_url, company

    def way(self, message: Message, policy: Policy) -> Way:
        """The way of this message; its text is rendered only when it is sent."""
        if message.channel == "sms":
            return self._sms(message, policy)
        if message.channel == "mail":
            return Way(post=lambda _: self._post_mail(message, policy), wait=MAIL_EVENT_WAIT)
        return Way(post=lambda _: self._post_alert(message, policy))

    def _sms(self, message: Message, policy: Policy) -> Way:
        customer = self._customer(message)
        phone, text = customer.sms or "", self._to_customer(message, customer, policy).sms or ""

        def post(message_id: UUID) -> ProviderMessage:
            return self.sms.send(SmsToSend(message_id=message_id, phone=phone, text=text))

        def find(since: datetime) -> ProviderMessage | None:
            return self.sms.find(phone, since - timedelta(seconds=2), text=text)

        return Way(post=post, find=find)

    def _post_mail(self, message: Message, policy: Policy) -> ProviderMessage:
        customer = self._customer(message)
        text = self._to_customer(message, customer, policy)
        return self.mail.send(
            MailToSend(
                message_id=message.id,
                address=customer.mail or "",
                subject=text.subject,
                text=text.text,
                html=text.html,
                language=customer.language,
            )
        )

    def _post_alert(self, message: Message, policy: Policy) -> ProviderMessage:
        with Session(self.engine) as session:
            member = session.get_one(Staff, message.staff_id)
            promised = session.scalar(select(col(Case.promise_due)).where(col(Case.id) == message.case_id))
        due = _local(message.due or promised, policy.company.zone)
        values: Values = {"case": str(message.case_id)[-8:], "due": due or ""}
        text = _render(message.template, Language(member.language), values)
        link = f"{self.public_url}/cases/{message.case_id}"
        return self.alerts.send(
            AlertToSend(message_id=message.id, staff_id=member.id, title=text.subject, text=text.text, link=link)
        )

    def _customer(self, message: Message) -> Recipient:
        assert message.case_id is not None
        with Session(self.engine) as session:
            return recipient(session, message.case_id, self.secret)

    def _to_customer(self, message: Message, customer: Recipient, policy: Policy) -> Text:
        time = _local(message.due or customer.promise_due, customer.zone or policy.company.zone)
        values: Values = {
            "customer": customer.address_form or "",
            "specialist": customer.specialist or "",
            "company": self.company,
            "link": self._link(message),
            "due": time or "",
            "at": time or "",
            "reason": "no_overlap" if customer.number_usable else "invalid",
        }
        return _render(message.template, customer.language, values)

    def _link(self, message: Message) -> str:
        kind = _LINKS.get(message.template, LinkKind.CALLBACK)
        assert message.case_id is not None
        with Session(self.engine) as session, session.begin():
            token = issue(session, case_id=message.case_id, kind=kind, secret=self.secret)
        return f"{self.public_url}{path(kind, token)}"


def _local(at: datetime | None, zone: str) -> datetime | None:
    return at.astimezone(ZoneInfo(zone)) if at else None


def _render(template: str, language: Language, values: Values) -> Text:
    wanted = placeholders(template, language)
    return render(template, language, **{name: value for name, value in values.items() if name in wanted})
