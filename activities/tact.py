"""Whether a message to a customer is still worth sending, and whether the hour is decent. To do nothing may be best."""

from datetime import datetime, timedelta

from db.outreach import Message
from db.recipients import Recipient
from domain.calendar import civil_windows
from domain.policy import Policy

AFTER_THE_END = frozenset({"last_message"})
ABOUT_REACHING = frozenset({"we_are_late", "tried_to_reach"})
CAN_WAIT = frozenset({"final_survey", "final_survey_reminder", "last_message"})
"""Worth having the next morning; of anything else an SMS at night is dropped."""
_TWO_DAYS = timedelta(days=2)


def is_decent(customer: Recipient, policy: Policy, at: datetime) -> bool:
    """Whether an SMS may arrive now: a civil hour, or soon after a sign that they are awake."""
    return not wait_until_decent(customer, policy, at)


def wait_until_decent(customer: Recipient, policy: Policy, at: datetime) -> timedelta:
    """How long until an SMS may arrive; zero for now."""
    hours = civil_windows(policy.civil, customer.zone, customer.awake_at, at, at + _TWO_DAYS)
    return (hours.earliest(at) or at + _TWO_DAYS) - at


def pointless(message: Message, customer: Recipient, told_at: datetime) -> str | None:
    """Why a message had better not be sent any more, as a code; `told_at` is when it was decided on."""
    if customer.outcome and message.template not in AFTER_THE_END:
        return "case_over"
    if message.template in ABOUT_REACHING and _reached(message, customer, told_at):
        return "reached"
    if (customer.sms if message.channel == "sms" else customer.mail) is None:
        return "suppressed"
    return None


def _reached(message: Message, customer: Recipient, told_at: datetime) -> bool:
    """The callback promise is about the first conversation, anything else about one since."""
    if customer.spoken_at is None:
        return False
    return message.due == customer.promise_due or customer.spoken_at >= told_at
