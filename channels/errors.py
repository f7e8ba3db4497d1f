"""What may go wrong on the way out, sorted by what the caller may do next.

    ChannelError
    ├── NotSent     certainly not accepted: connection refused, connect timeout, 429; sending again is safe
    ├── Ambiguous   may have been accepted: read timeout, dropped connection, 5xx; reconcile, never send again blindly
    └── Refused     certainly not accepted and never will be: 4xx with a reason

Messages hold no personal data. Reading (`find`, `fetch`) raises the same errors, and may always be tried again.
"""

from datetime import timedelta
from enum import StrEnum


class RefusedReason(StrEnum):
    """Why a provider will never accept this."""

    INVALID_NUMBER = "invalid_number"
    INVALID_ADDRESS = "invalid_address"
    OPTED_OUT = "opted_out"
    """The customer has sent STOP to this channel."""
    NO_SMS = "no_sms"
    """The number cannot receive SMS; voice and mail still may."""
    NOT_FOUND = "not_found"
    """Asked about something the provider does not know."""
    CONFIG = "config"
    """Our account, key or request is wrong: an operator must look, the customer is not at fault."""


class ChannelError(Exception):
    """Something did not get out, or may not have."""


class NotSent(ChannelError):
    """Certainly not accepted; sending again is safe, after `retry_after` where the provider named it."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Ambiguous(ChannelError):
    """May have been accepted: reconcile with the provider before anything is sent again."""


class Refused(ChannelError):
    """Refused for good, with the reason."""

    def __init__(self, reason: RefusedReason) -> None:
        super().__init__(f"refused: {reason}")
        self.reason = reason
