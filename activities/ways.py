"""How each message leaves: its text in its reader's language, its channel, and how to look up a doubtful sending."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from activities.choosing import not_before
from activities.delivery import MAIL_EVENT_WAIT, Way
from activities.tact import decent_for, pointless, wait_until_decent
from channels.errors import Refused, RefusedReason
from channels.outages import Outages
from channels.protocols import (
    AlertChannel,
    AlertToSend,
    MailChannel,
    MailToSend,
    ProviderMessage,
    SmsChannel,
    SmsToSend,
)
from channels.texts import Text, render
from db.columns import now
from db.links import issue, path
from db.outreach import Message
from db.recipients import Recipient
from db.short import step_by_step
from db.staff import Staff
from db.suppressions import suppress
from domain.letters import LETTERS
from domain.policy import Policy
from domain.words import Language, Outcome

Values = dict[str, str | datetime]
_log = logging.getLogger(__name__)
ALERT = "alert_"
"""Templates of alerts are named by it and their kind."""


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
        self._outages = Outages(_log)

    def way(self, message: Message, customer: Recipient, policy: Policy, told_at: datetime) -> Way:
        """The way of this message, which was decided on at `told_at`, as it is now."""
        if message.staff_id:
            return self._alert(message, customer, policy)
        way = self._for_customer(message, customer, policy, told_at)
        return replace(way, post=lambda: self._outages.watched(f"{message.channel} to customers", way.post))

    def _for_customer(self, message: Message, customer: Recipient, policy: Policy, told_at: datetime) -> Way:
        text = self._to_customer(message, customer, policy)
        no_use = pointless(message, customer, told_at)
        if message.channel == "mail":
            return self._mail(message, customer, text, no_use)
        at, letter = max(told_at, now()), LETTERS[message.template]
        wait = wait_until_decent(customer, policy, at)
        if wait and not letter.can_wait:
            no_use = no_use or "quiet_hours"
        sms = SmsToSend(
            message_id=message.id,
            phone=customer.sms or "",
            text=text.sms or "",
            validity=min(letter.validity, decent_for(customer, policy, at)),
        )
        return self._sms(sms, customer, no_use, max(wait, not_before(message) - at))

    def _sms(self, sms: SmsToSend, customer: Recipient, no_use: str | None, wait: timedelta) -> Way:
        def post() -> ProviderMessage:
            try:
                return self.sms.send(sms)
            except Refused as refused:
                if refused.reason is RefusedReason.OPTED_OUT:  # they told the provider, and it did not tell us
                    self._never_again(sms)
                raise

        def find(since: datetime) -> ProviderMessage | None:
            # The provider's clock may be behind ours by a little.
            return self.sms.find(customer.phone or "", since - timedelta(seconds=2), text=sms.text)

        return Way(post=post, find=find, pointless=no_use, hold=wait if wait > timedelta(0) else None)

    def _never_again(self, sms: SmsToSend) -> None:
        with step_by_step(self.engine) as session:
            suppress(session, "sms", sms.phone, self.secret, reason="stop")

    def _mail(self, message: Message, customer: Recipient, text: Text, no_use: str | None) -> Way:
        def post() -> ProviderMessage:
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

        return Way(post=post, wait=MAIL_EVENT_WAIT, pointless=no_use)

    def _alert(self, message: Message, customer: Recipient, policy: Policy) -> Way:
        with step_by_step(self.engine) as session:
            member = session.get_one(Staff, message.staff_id)
        due = _local(message.due or customer.promise_due, policy.company.zone)
        text = render(message.template, Language(member.language), case=str(message.case_id)[-8:], due=due or "")
        alert = AlertToSend(
            message_id=message.id,
            staff_id=member.id,
            kind=message.template.removeprefix(ALERT),
            title=text.subject,
            text=text.text,
            link=f"{self.public_url}/desk/cases/{message.case_id}",
            language=Language(member.language),
            email=member.email,
            phone=member.phone,
        )
        return Way(post=lambda: self.alerts.send(alert), most_posts=None)

    def _to_customer(self, message: Message, customer: Recipient, policy: Policy) -> Text:
        time = _local(message.due or customer.promise_due, customer.zone or policy.company.zone)
        values: Values = {
            "customer": customer.address_form or "",
            "specialist": customer.specialist or "",
            "picture": customer.picture or "",
            "company": self.company,
            "link": self._link(message),
            "due": time or "",
            "at": time or "",
            "reason": _reason(customer),
        }
        return render(message.template, customer.language, **values)

    def _link(self, message: Message) -> str:
        kind = LETTERS[message.template].link
        assert message.case_id is not None
        with step_by_step(self.engine) as session:
            token = issue(session, case_id=message.case_id, kind=kind, secret=self.secret)
        return f"{self.public_url}{path(kind, token)}"


def _local(at: datetime | None, zone: str) -> datetime | None:
    return at.astimezone(ZoneInfo(zone)) if at else None


def _reason(customer: Recipient) -> str:
    if customer.outcome is Outcome.WRONG_NUMBER:
        return "wrong_number"
    return "no_overlap" if customer.number_usable else "invalid"
