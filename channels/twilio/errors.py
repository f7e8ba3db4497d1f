"""Twilio's error codes: what each means and what we do about it, for calls and SMS, at once or in a later status."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from domain.words import AttemptOutcome


class Then(StrEnum):
    """What is done about an error."""

    NEW_NUMBER = "new_number"
    """Permanent for this number: the customer is asked for another one."""
    OTHER_CHANNEL = "other_channel"
    """Permanent for SMS to this number: voice and mail still may."""
    NEVER_AGAIN = "never_again"
    """The customer opted out."""
    OPERATOR = "operator"
    """Our account, key or request is wrong; the customer is not at fault."""
    LATER = "later"
    """Nothing was accepted, and it may be tried again."""
    NOTHING = "nothing"
    """What we asked about is not there, or is over."""


@dataclass(frozen=True)
class Rule:
    """One of their codes."""

    meaning: str
    then: Then

    @property
    def reason(self) -> RefusedReason | None:
        """Why it will never be accepted; None where it may be tried again."""
        return _REASONS.get(self.then)


_REASONS: Mapping[Then, RefusedReason] = MappingProxyType(
    {
        Then.NEW_NUMBER: RefusedReason.INVALID_NUMBER,
        Then.OTHER_CHANNEL: RefusedReason.NO_SMS,
        Then.NEVER_AGAIN: RefusedReason.OPTED_OUT,
        Then.OPERATOR: RefusedReason.CONFIG,
        Then.NOTHING: RefusedReason.NOT_FOUND,
    }
)

RULES: Mapping[int, Rule] = MappingProxyType(
    {
        # The account, and any request
        10004: Rule("too many calls at once", Then.LATER),
        20003: Rule("the account's id or token is wrong", Then.OPERATOR),
        20005: Rule("the account is not active", Then.OPERATOR),
        20009: Rule("still under way, cannot be deleted yet", Then.LATER),
        20404: Rule("no such call, message or recording", Then.NOTHING),
        20429: Rule("too many requests", Then.LATER),
        # Calls
        13214: Rule("the caller id is not a number of ours", Then.OPERATOR),
        13223: Rule("not a phone number", Then.NEW_NUMBER),
        13224: Rule("no number that can be dialled", Then.NEW_NUMBER),
        13225: Rule("calls to this number are blocked at the provider", Then.OPERATOR),
        13226: Rule("no country has this code", Then.NEW_NUMBER),
        13227: Rule("calls to this country are not permitted", Then.OPERATOR),
        21201: Rule("no number to call", Then.NEW_NUMBER),
        21203: Rule("calls abroad are not permitted", Then.OPERATOR),
        21205: Rule("an address of ours is no URL", Then.OPERATOR),
        21210: Rule("the caller id is not verified", Then.OPERATOR),
        21211: Rule("not a valid number", Then.NEW_NUMBER),
        21212: Rule("the caller id is no number", Then.OPERATOR),
        21214: Rule("this number cannot be reached", Then.NEW_NUMBER),
        21215: Rule("calls to this country are not permitted", Then.OPERATOR),
        21216: Rule("the account may not call this number", Then.OPERATOR),
        21217: Rule("not a phone number", Then.NEW_NUMBER),
        21219: Rule("a trial account only calls verified numbers", Then.OPERATOR),
        21220: Rule("the call is over", Then.NOTHING),
        # SMS, refused at once
        21408: Rule("SMS to this country are not permitted", Then.OPERATOR),
        21601: Rule("the sender is no number that can send SMS", Then.OPERATOR),
        21602: Rule("the SMS has no text", Then.OPERATOR),
        21603: Rule("the SMS has no sender", Then.OPERATOR),
        21604: Rule("no number to write to", Then.NEW_NUMBER),
        21606: Rule("the sender is not ours, or cannot send SMS", Then.OPERATOR),
        21608: Rule("a trial account only writes to verified numbers", Then.OPERATOR),
        21610: Rule("the customer has sent STOP", Then.NEVER_AGAIN),
        21611: Rule("too many SMS wait at this sender", Then.LATER),
        21612: Rule("this sender cannot reach this number by SMS", Then.OTHER_CHANNEL),
        21614: Rule("not a mobile number", Then.OTHER_CHANNEL),
        21617: Rule("the SMS is too long", Then.OPERATOR),
        21635: Rule("a landline", Then.OTHER_CHANNEL),
        21659: Rule("the sender is no number of Twilio's", Then.OPERATOR),
        21660: Rule("the sender belongs to another account", Then.OPERATOR),
        21661: Rule("the sender cannot send SMS", Then.OPERATOR),
        21701: Rule("no such messaging service", Then.OPERATOR),
        21703: Rule("the messaging service has no sender", Then.OPERATOR),
        21705: Rule("the messaging service's id is no id", Then.OPERATOR),
        # SMS, told in its status
        30001: Rule("too many SMS wait at the provider", Then.LATER),
        30002: Rule("the account is suspended", Then.OPERATOR),
        30003: Rule("the handset is off or out of reach", Then.LATER),
        30004: Rule("the carrier or the customer blocks SMS", Then.OTHER_CHANNEL),
        30005: Rule("no such handset", Then.OTHER_CHANNEL),
        30006: Rule("a landline, or a carrier that cannot be reached", Then.OTHER_CHANNEL),
        30007: Rule("the carrier took the text for spam", Then.OPERATOR),
        30008: Rule("not delivered, and nobody says why", Then.LATER),
        30024: Rule("the sender is not registered with the carrier", Then.OPERATOR),
        30034: Rule("the sender is not registered for this kind of SMS", Then.OPERATOR),
        30036: Rule("waited at the provider until it was out of date", Then.LATER),
        30410: Rule("the carrier does not answer", Then.LATER),
    }
)


def error_of(code: int | None, status: int) -> ChannelError:
    """What a refused request means for its caller; a code we do not know is judged by its HTTP status."""
    rule = RULES.get(code) if code else None
    if rule is None:
        return Refused(RefusedReason.NOT_FOUND if status == 404 else RefusedReason.CONFIG)
    return Refused(rule.reason) if rule.reason else NotSent(str(code))


def error_of_status(status: int) -> ChannelError | None:
    """What an HTTP status alone proves: 429 was not accepted, at 408 and 5xx nobody knows. None: read the answer."""
    if status == 429:
        return NotSent("429")
    return Ambiguous(str(status)) if status == 408 or status >= 500 else None


def outcome_of_failure(code: int | None) -> AttemptOutcome:
    """How a call ended that could not be put through: only a bad number is the number's fault."""
    rule = RULES.get(code) if code else None
    if rule is None:
        return AttemptOutcome.UNAVAILABLE
    if rule.then is Then.NEW_NUMBER:
        return AttemptOutcome.INVALID
    return AttemptOutcome.TECHNICAL
