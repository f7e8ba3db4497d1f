"""What holds for each message to a customer: by which ways it goes, and until when it is worth reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class By(StrEnum):
    """Which ways a message takes."""

    MAIL_FIRST = "mail_first"
    """SMS for those without an address."""
    SMS_FIRST = "sms_first"
    """Mail for those without a mobile number, and at night."""
    BOTH = "both"
    MAIL_ONLY = "mail_only"


class LinkKind(StrEnum):
    """What a link opens."""

    FINAL_SURVEY = "final_survey"
    CALLBACK = "callback"


@dataclass(frozen=True)
class Letter:
    """The rules of one message."""

    by: By = By.MAIL_FIRST
    can_wait: bool = False
    """Worth having the next morning; of anything else an SMS at night is dropped."""
    after_the_end: bool = False
    """Also sent when the case is over; anything else is pointless then."""
    about_reaching: bool = False
    """Pointless once they have spoken with us."""
    validity: timedelta = timedelta(minutes=10)
    """An SMS that the provider could not deliver for so long is given up."""
    link: LinkKind = LinkKind.CALLBACK


_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
LETTERS: Mapping[str, Letter] = MappingProxyType(
    {
        "request_received": Letter(validity=_HOUR),
        "number_needed": Letter(By.MAIL_ONLY),
        "tried_to_reach": Letter(By.BOTH, about_reaching=True, validity=15 * _MINUTE),
        "we_are_late": Letter(By.SMS_FIRST, about_reaching=True, validity=10 * _MINUTE),
        "callback_agreed": Letter(By.SMS_FIRST, validity=_HOUR),
        "under_review": Letter(By.MAIL_ONLY),
        "final_survey": Letter(can_wait=True, validity=4 * _HOUR, link=LinkKind.FINAL_SURVEY),
        "final_survey_reminder": Letter(can_wait=True, validity=4 * _HOUR, link=LinkKind.FINAL_SURVEY),
        "last_message": Letter(can_wait=True, after_the_end=True, validity=4 * _HOUR),
    }
)
"""By template. Validity is minutes where the text speaks of now, hours where it only invites."""
