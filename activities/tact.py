"""Whether a message to a customer is still worth sending, and whether the hour is decent. To do nothing may be best."""

from datetime import datetime, timedelta

from db.outreach import Message
from db.recipients import Recipient
from domain.calendar import civil_windows
from domain.letters import LETTERS
from domain.policy import Policy
from domain.windows import Windows

_TWO_DAYS = timedelta(days=2)


def is_decent(customer: Recipient, policy: Policy, at: datetime) -> bool:
    """Whether an SMS may arrive now: a civil hour, or soon after a sign that they are awake."""
    return not wait_until_decent(customer, policy, at)


def wait_until_decent(customer: Recipient, policy: Policy, at: datetime) -> timedelta:
    """How long until an SMS may arrive; zero for now."""
    return (_decent(customer, policy, at).earliest(at) or at + _TWO_DAYS) - at


def decent_for(customer: Recipient, policy: Policy, at: datetime) -> timedelta:
    """How long from now on an SMS may arrive; zero while it may not."""
    return next((end - at for start, end in _decent(customer, policy, at).spans if start <= at < end), timedelta(0))


def _decent(customer: Recipient, policy: Policy, at: datetime) -> Windows:
    return civil_windows(policy.civil, customer.zone, customer.awake_at, at, at + _TWO_DAYS)


def pointless(message: Message, customer: Recipient, told_at: datetime) -> str | None:
    """Why a message had better not be sent any more, as a code; `told_at` is when it was decided on."""
    letter = LETTERS[message.template]
    if customer.outcome and not letter.after_the_end:
        return "case_over"
    if letter.about_reaching and _reached(message, customer, told_at):
        return "reached"
    if (customer.sms if message.channel == "sms" else customer.mail) is None:
        return "suppressed"
    return None


def _reached(message: Message, customer: Recipient, told_at: datetime) -> bool:
    """The callback promise is about the first conversation, anything else about one since."""
    if customer.spoken_at is None:
        return False
    return message.due == customer.promise_due or customer.spoken_at >= told_at
