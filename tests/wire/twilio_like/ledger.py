"""Everything that was asked of the provider and everything it told, in the order it happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition

from tests.wire.twilio_like.records import Call, Message, Recording


@dataclass(frozen=True)
class Asked:
    """One request to the provider's API, whatever becomes of it."""

    method: str
    route: str
    """Calls, Messages …"""
    path: str
    form: Mapping[str, str]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Told:
    """One request of the provider to us, and how we answered; 0: not at all."""

    url: str
    params: Mapping[str, str]
    signature: str
    status: int
    honest: bool
    """Whether it was signed with the account's own token."""


class Ledger:
    """Filled from many threads; `wait` sees every change."""

    def __init__(self) -> None:
        self._news = Condition()
        self.calls: dict[str, Call] = {}
        self.messages: dict[str, Message] = {}
        self.asked: list[Asked] = []
        self.told: list[Told] = []
        self.recordings: dict[str, Recording] = {}
        self.complaints: list[str] = []
        """What in our TwiML or requests the real one would warn about."""

    def note(self, *things: Call | Message | Asked | Told | str) -> None:
        """One more of its kind; a text is a complaint. Without things: something has changed."""
        with self._news:
            for thing in things:
                self._add(thing)
            self._news.notify_all()

    def _add(self, thing: Call | Message | Asked | Told | str) -> None:
        match thing:
            case Call():
                self.calls[thing.sid] = thing
            case Message():
                self.messages[thing.sid] = thing
            case Asked():
                self.asked.append(thing)
            case Told():
                self.told.append(thing)
            case str():
                self.complaints.append(thing)

    def posts(self, route: str, **fields: str) -> list[Asked]:
        """The POSTs to this route whose fields contain these texts."""
        with self._news:
            asked = [one for one in self.asked if (one.method, one.route) == ("POST", route)]
        return [one for one in asked if all(text in one.form.get(name, "") for name, text in fields.items())]

    def children(self, call: Call) -> list[Call]:
        """The legs that were dialled from this one, the oldest first."""
        with self._news:
            return [one for one in self.calls.values() if one.parent is call]

    def wait(self, seen: Callable[["Ledger"], bool], seconds: float = 10) -> None:
        """Until it is so. AssertionError when it does not become so in time."""
        with self._news:
            assert self._news.wait_for(lambda: seen(self), seconds), (self.asked, self.told, self.complaints)
