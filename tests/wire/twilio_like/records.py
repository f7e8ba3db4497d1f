"""What the provider knows: its calls and messages, as its API shows them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from secrets import token_hex
from threading import Event
from typing import Literal

Shown = dict[str, str | int | dict[str, str] | None]
VERSION = "2010-04-01"
_UNKNOWN = ("phone_number_sid", "forwarded_from", "caller_name", "group_sid", "trunk_sid", "price")
_NOTHING: Shown = dict.fromkeys(_UNKNOWN)
_ALWAYS: Shown = _NOTHING | {"price_unit": "USD", "queue_time": "0", "api_version": VERSION, "subresource_uris": {}}
LIVE = frozenset({"queued", "ringing", "in-progress"})


@dataclass
class Call:
    """One leg. Times are set as it goes on."""

    account: str
    to: str
    from_: str
    direction: Literal["outbound-api", "outbound-dial", "inbound"]
    url: str = ""
    twiml: str = ""
    timeout: int = 60
    detects_machine: bool = False
    amd_callback: str = ""
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})
    parent: "Call | None" = None
    sid: str = field(default_factory=lambda: f"CA{token_hex(16)}")
    status: str = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    seconds: int = 0
    answered_by: str | None = None
    error: int | None = None
    heard: list[str] = field(default_factory=list)
    """What was said and played to this leg."""
    told_to_end: Event = field(default_factory=Event)
    events_so_far: int = 0
    told_of_its_end: bool = False
    """Over, and nothing of it is left to tell."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status not in LIVE

    def shown(self) -> Shown:
        """As the API shows it."""
        return _ALWAYS | {
            "sid": self.sid,
            "account_sid": self.account,
            "parent_call_sid": self.parent.sid if self.parent else None,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.from_,
            "from_formatted": self.from_,
            "status": self.status,
            "direction": self.direction,
            "answered_by": self.answered_by,
            "duration": str(self.seconds) if self.over else None,
            "start_time": _time(self.started),
            "end_time": _time(self.ended),
            "date_created": _time(self.created),
            "date_updated": _time(self.ended or self.answered or self.created),
            "uri": f"/{VERSION}/Accounts/{self.account}/Calls/{self.sid}.json",
        }


@dataclass
class Message:
    """One SMS, out or in."""

    account: str
    to: str
    from_: str
    body: str
    callback: str = ""
    validity: int = 36000
    service: str | None = None
    direction: Literal["outbound-api", "inbound"] = "outbound-api"
    sid: str = field(default_factory=lambda: f"SM{token_hex(16)}")
    status: str = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent: datetime | None = None
    error: int | None = None

    @property
    def segments(self) -> int:
        """How many SMS it takes: 160 characters, or 70 as soon as one of them is not Latin; less when it is split."""
        whole, part = (160, 153) if self.body.isascii() else (70, 67)
        return 1 if len(self.body) <= whole else -(-len(self.body) // part)

    def shown(self) -> Shown:
        """As the API shows it."""
        return _ALWAYS | {
            "sid": self.sid,
            "account_sid": self.account,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "num_segments": str(self.segments),
            "num_media": "0",
            "messaging_service_sid": self.service,
            "error_code": self.error,
            "error_message": None,
            "date_created": _time(self.created),
            "date_sent": _time(self.sent),
            "date_updated": _time(self.sent or self.created),
            "uri": f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}.json",
        }


@dataclass(frozen=True)
class Recording:
    """A conversation that was recorded, or what one person said."""

    call: str
    """The call that dialled, never the leg that was dialled."""
    heard: tuple[tuple[str, ...], ...]
    """What each leg had heard when it began."""
    sid: str = field(default_factory=lambda: f"RE{token_hex(16)}")


def _time(at: datetime | None) -> str | None:
    return format_datetime(at) if at else None
