"""A customer wrote to us, by whichever provider: STOP is respected for ever, anything else changes nothing."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from api.deps import Parts
from db import callbacks, inbox, suppressions
from domain.messages import CustomerWithdrew

SMS = "sms"
STOP_WORDS = frozenset(
    {
        *("stop", "stopall", "stop all", "unsubscribe", "quit", "end", "revoke", "optout", "opt out", "cancel"),
        *("стоп", "отписаться", "отпишите", "отписка"),
    }
)
"""After the English ones Twilio lets no SMS of ours through by itself, so that they must mean the same to us."""
_AROUND = " \t\r\n.,!?\"'«»"


@dataclass(frozen=True)
class Written:
    """An SMS to us; `id` is the provider's, the same in every repeat, `phone` E.164."""

    id: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    opted_out: bool = False
    """The provider itself has understood it as STOP."""


def is_stop(written: Written) -> bool:
    """Whether they want no more SMS. START, later, is no wish to be written to again: it lifts nothing."""
    return written.opted_out or written.text.strip(_AROUND).casefold() in STOP_WORDS


def hear(session: Session, written: Written, parts: Parts, now: datetime) -> bool:
    """STOP ends SMS to that number for ever, and withdraws its open cases. Whether a case was told, for once."""
    if not is_stop(written):
        return False
    secret = parts.settings.token_secret.get_secret_value().encode()
    suppressions.suppress(session, SMS, written.phone, secret, reason="stop")
    told = False
    for case_id in callbacks.open_cases_of(session, written.phone):
        withdrew = CustomerWithdrew(id=f"{written.id}:{case_id}", at=written.at)
        told |= inbox.tell(session, case_id, withdrew, urgent_at=now)
    return told
