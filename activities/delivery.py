"""The outward recipe: a row first, one POST, then what became of it. In doubt the provider is asked, not told again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, update
from sqlmodel import col

from channels.errors import Ambiguous, ChannelError, NotSent, Refused
from channels.protocols import ProviderMessage
from db.columns import now
from db.engine import at_once
from db.outreach import Message

SETTLED = frozenset({"accepted", "delivered", "failed", "skipped"})
IN_DOUBT = frozenset({"posted", "unknown"})
MAIL_EVENT_WAIT = timedelta(minutes=10)
"""A mail cannot be looked up; no event of it within this time means that it is sent once more."""
LISTED_AFTER = timedelta(seconds=20)
"""A call or SMS is listed by its provider so soon after it was posted, or never: a request may take 10 s by itself."""
SOON = timedelta(seconds=5)
MOST_POSTS = 2


class NotYet(Exception):
    """Not settled: try again after a while."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"not settled, again in {wait}")
        self.wait = wait


@dataclass(frozen=True)
class Way:
    """How one message is sent, and how a doubtful sending is looked up."""

    post: Callable[[], ProviderMessage]
    find: Callable[[datetime], ProviderMessage | None] | None = None
    """None: the provider cannot be asked; an event of the message is waited for instead."""
    wait: timedelta = LISTED_AFTER
    most_posts: int | None = MOST_POSTS
    """After so many doubtful sendings it is given up; None: never, as one too many does no harm."""
    pointless: str | None = None
    """Why it had better not leave any more: a code."""
    hold: timedelta | None = None
    """How long it had better wait, for a decent hour."""


def deliver(engine: Engine, row: Message, way: Way) -> None:
    """Bring a message, as its row was read, to a settled state; `NotYet` when it takes more time.

    Twice sends nothing twice, also when the row has changed since.
    """
    if row.state in SETTLED:
        return
    if row.state in IN_DOUBT and not _cleared_up(engine, row, way):
        return
    if way.pointless:
        _mark(engine, row.id, state="skipped", error=way.pointless)
        return
    if way.hold:
        raise NotYet(way.hold)
    if not _claim(engine, row):
        raise NotYet(SOON)
    _post(engine, row, way)


def _claim(engine: Engine, row: Message) -> bool:
    """Of several tries at the same moment only one may post: the first that finds the row as it was read."""
    unchanged = (col(Message.id) == row.id, col(Message.state) == row.state, col(Message.attempts) == row.attempts)
    claimed = update(Message).where(*unchanged).values(state="posted", attempts=row.attempts + 1, posted_at=now())
    with at_once(engine) as connection:
        return connection.execute(claimed.returning(col(Message.id))).first() is not None


def _post(engine: Engine, row: Message, way: Way) -> None:
    try:
        accepted = way.post()
    except NotSent as error:
        _mark(engine, row.id, state="queued", attempts=row.attempts)
        raise NotYet(error.retry_after or SOON) from error
    except Ambiguous as error:
        _mark(engine, row.id, state="unknown")
        raise NotYet(way.wait) from error
    except Refused as error:
        _mark(engine, row.id, state="failed", error=error.reason.value)
    else:
        _mark(engine, row.id, state="accepted", provider_id=accepted.provider_id)


def _cleared_up(engine: Engine, row: Message, way: Way) -> bool:
    """Whether it is proven, or for mail likely, that nothing went out: then it may be sent once more."""
    posted_at = row.posted_at or row.created_at
    found = _find(way, posted_at)
    if found:
        _mark(engine, row.id, state="accepted", provider_id=found.provider_id)
        return False
    left = posted_at + way.wait - now()
    if left > timedelta(0):
        raise NotYet(left)
    if way.most_posts is not None and row.attempts >= way.most_posts:
        _mark(engine, row.id, state="failed", error="lost")
        return False
    return True


def _find(way: Way, posted_at: datetime) -> ProviderMessage | None:
    try:
        return way.find(posted_at) if way.find else None
    except ChannelError as error:  # a provider that cannot be asked proves nothing
        raise NotYet(SOON) from error


def _mark(engine: Engine, message_id: UUID, **changes: str | int | datetime) -> None:
    """Never takes back what an event has settled meanwhile; the provider's id is kept all the same."""
    settled = {"settled_at": now()} if changes.get("state") in SETTLED else {}
    this, known = col(Message.id) == message_id, col(Message.state).in_(SETTLED)
    with at_once(engine) as connection:
        marked = connection.execute(update(Message).where(this, ~known).values({**changes, **settled}))
        if not marked.rowcount and "provider_id" in changes:
            nameless = update(Message).where(this, col(Message.provider_id).is_(None))
            connection.execute(nameless.values(provider_id=changes["provider_id"]))
