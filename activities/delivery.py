"""The outward recipe: a row first, one POST, then what became of it. In doubt the provider is asked, not told again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, text
from sqlmodel import Session

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.protocols import ProviderMessage
from db import undelivered
from db.callbacks import LOST
from db.columns import now
from db.engine import at_once
from db.outreach import IN_DOUBT, SETTLED, Message, MessageState

MAIL_EVENT_WAIT = timedelta(minutes=10)
"""A mail cannot be looked up; no event of it within this time means that it is sent once more."""
LISTED_AFTER = timedelta(seconds=20)
"""A call or SMS is listed by its provider so soon after it was posted, or never: a request may take 10 s by itself."""
SOON = timedelta(seconds=5)
MOST_POSTS = 2


# As texts: to build a statement each time costs several times what it takes to send it.
_CLAIM = text(
    "update message set state = :posted, attempts = attempts + 1, posted_at = :now "
    "where id = :id and state = :state and attempts = :attempts"
)
_MARK = text(
    "update message set state = :state, attempts = coalesce(:attempts, attempts), error = coalesce(:error, error), "
    "provider_id = coalesce(:provider_id, provider_id), settled_at = coalesce(:at, settled_at) "
    "where id = :id and state <> all(:settled)"
)
_SETTLED = [state.value for state in SETTLED]
_NAME = text("update message set provider_id = :provider_id where id = :id and provider_id is null")


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
        _mark(engine, row.id, state=MessageState.SKIPPED, error=way.pointless)
        return
    if way.hold:
        raise NotYet(way.hold)
    if not _claim(engine, row):
        raise NotYet(SOON)
    _post(engine, row, way)


def _claim(engine: Engine, row: Message) -> bool:
    """Of several tries at the same moment only one may post: the first that finds the row as it was read."""
    with at_once(engine) as connection:
        read = {"id": row.id, "state": row.state, "attempts": row.attempts}
        become = {"posted": MessageState.POSTED.value, "now": now()}
        return connection.execute(_CLAIM, {**read, **become}).rowcount > 0


def _post(engine: Engine, row: Message, way: Way) -> None:
    try:
        accepted = way.post()
    except NotSent as error:
        _mark(engine, row.id, state=MessageState.QUEUED, attempts=row.attempts)
        raise NotYet(error.retry_after or SOON) from error
    except Ambiguous as error:
        _mark(engine, row.id, state=MessageState.UNKNOWN)
        raise NotYet(way.wait) from error
    except Refused as error:
        _refused(engine, row, error.reason)
    else:
        _mark(engine, row.id, state=MessageState.ACCEPTED, provider_id=accepted.provider_id)


def _refused(engine: Engine, row: Message, reason: RefusedReason) -> None:
    """Certainly never accepted: the case hears of it, and of our own fault the operator."""
    become = {"state": MessageState.FAILED.value, "attempts": None, "error": reason.value, "at": now()}
    with Session(engine) as session, session.begin():
        this = {"id": row.id, "provider_id": None, "settled": _SETTLED}
        failed = session.connection().execute(_MARK, {**this, **become}).rowcount > 0
        if failed and row.staff_id is None and row.case_id:
            undelivered.tell_case(session, row.id, row.case_id, at=now())
        if failed and row.staff_id is None and reason is RefusedReason.CONFIG:
            undelivered.raise_alert(session, row.channel)


def _cleared_up(engine: Engine, row: Message, way: Way) -> bool:
    """Whether it is proven, or for mail likely, that nothing went out: then it may be sent once more."""
    posted_at = row.posted_at or row.created_at
    found = _find(way, posted_at)
    if found:
        _mark(engine, row.id, state=MessageState.ACCEPTED, provider_id=found.provider_id)
        return False
    left = posted_at + way.wait - now()
    if left > timedelta(0):
        raise NotYet(left)
    if way.most_posts is not None and row.attempts >= way.most_posts:
        _mark(engine, row.id, state=MessageState.FAILED, error=LOST)
        return False
    return True


def _find(way: Way, posted_at: datetime) -> ProviderMessage | None:
    try:
        return way.find(posted_at) if way.find else None
    except ChannelError as error:  # a provider that cannot be asked proves nothing
        raise NotYet(SOON) from error


def _mark(
    engine: Engine,
    message_id: UUID,
    *,
    state: MessageState,
    attempts: int | None = None,
    provider_id: str | None = None,
    error: str | None = None,
) -> None:
    """Never takes back what an event has settled meanwhile; the provider's id is kept all the same."""
    become = {"state": state.value, "attempts": attempts, "error": error, "at": now() if state in SETTLED else None}
    this = {"id": message_id, "provider_id": provider_id, "settled": _SETTLED}
    with at_once(engine) as connection:
        if not connection.execute(_MARK, {**this, **become}).rowcount and provider_id:
            connection.execute(_NAME, this)
