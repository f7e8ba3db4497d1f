"""SendGrid's answers: one table from HTTP status to what the caller may do next."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason

LONGEST_PAUSE = timedelta(hours=1)
"""A limit that is lifted later than this is asked about again meanwhile."""


_NUMBER = re.compile(r"[0-9]{1,12}")


class _Fault(BaseModel):
    field: str | None = None


class _Faults(BaseModel):
    errors: tuple[_Fault, ...] = ()


Headers = Mapping[str, str]
Meaning = Callable[[int, Headers, bytes, datetime], ChannelError]


def _config(_status: int, _headers: Headers, _body: bytes, _now: datetime) -> ChannelError:
    return Refused(RefusedReason.CONFIG)


def _ambiguous(status: int, _headers: Headers, _body: bytes, _now: datetime) -> ChannelError:
    return Ambiguous(str(status))


def _not_sent(status: int, headers: Headers, _body: bytes, now: datetime) -> ChannelError:
    return NotSent(str(status), _pause(headers, now))


def _bad_request(_status: int, _headers: Headers, body: bytes, _now: datetime) -> ChannelError:
    """The recipient's address, or something that is our own fault."""
    try:
        faults = _Faults.model_validate_json(body).errors
    except ValidationError:
        faults = ()
    theirs = any((fault.field or "").startswith("personalizations.0.to") for fault in faults)
    return Refused(RefusedReason.INVALID_ADDRESS if theirs else RefusedReason.CONFIG)


BY_STATUS: Mapping[int, Meaning] = MappingProxyType(
    {
        400: _bad_request,
        401: _config,  # the key is wrong
        403: _config,  # the key may not do this, or the sender is not verified
        404: _config,  # the address of the API is wrong
        405: _config,
        408: _ambiguous,
        413: _config,  # larger than any letter of ours
        415: _config,
        429: _not_sent,
        500: _ambiguous,
        502: _ambiguous,
        503: _ambiguous,
        504: _ambiguous,
    }
)


def error_for(status: int, headers: Headers, body: bytes, now: datetime) -> ChannelError:
    """What an answer other than "accepted" means. An undocumented 3xx or 4xx is an operator's business.

    Any other that is undocumented may have been an acceptance.
    """
    unlisted = _config if 300 <= status < 500 else _ambiguous
    return BY_STATUS.get(status, unlisted)(status, headers, body, now)


def _pause(headers: Headers, now: datetime) -> timedelta | None:
    """Until the limit is lifted: X-RateLimit-Reset is an instant in Unix seconds, Retry-After a number of seconds."""
    reset, after = (_number(headers.get(name)) for name in ("X-RateLimit-Reset", "Retry-After"))
    if reset is not None:
        return _within(reset - now.timestamp())
    return None if after is None else _within(after)


def _number(header: str | None) -> int | None:
    return int(header) if header and _NUMBER.fullmatch(header) else None


def _within(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 1.0), LONGEST_PAUSE.total_seconds()))
