"""What the rows know of cases when two stores were restored to different instants; and how rows are mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select, text, update
from sqlmodel import Session, col

from db import health, inbox
from db.casework import Attempt, Case, Timeline
from db.intake import Inbox, Response
from db.projection import project
from domain.events import Event
from domain.projection import Record
from domain.resumed import Resumed, resumed_from
from domain.state import Snapshot

ABOUT = timedelta(seconds=5)
"""A fact that was brought to its workflow so shortly before the last row was written may not be in the rows."""

_SHARED = Event.model_fields.keys() & Timeline.model_fields.keys() - {"id"}
_REQUESTED = text("""
select response.id from response join inbox on inbox.case_id = response.id and inbox.kind = 'contact_request'
where inbox.done_at is not null and not exists (select from cases where cases.id = response.id)
""")
# An attempt that is in doubt is looked up at its provider, never rung again; see activities/phone.py. Its number is
# taken, unless another attempt rings it.
_DOUBT = text("""
update attempt set posted_at = attempt.started_at, phone = case when exists (
    select from attempt other where other.phone = response.phone and other.ended_at is null) then null
  else response.phone end
from response where response.id = attempt.case_id and attempt.id = any(:attempts) and not attempt.logged
  and attempt.ended_at is null and attempt.posted_at is null
""")
_AGAIN = text("""
update inbox set done_at = null, result = null, attempts = 0, next_try_at = now()
where case_id = :case and kind = any(:facts)
  and done_at > (select max(recorded_at) - :about from timeline where case_id = :case)
  and not exists (select from timeline where timeline.case_id = :case
    and right(event_id, length(body->>'id') + 1) = ':' || (body->>'id'))
""")


@dataclass(frozen=True)
class Rows:
    """One case as the database has it."""

    response: bool
    """There is a response, so the case belongs to somebody."""
    requested: bool
    """Its contact request was brought to Temporal once."""
    alive: bool
    """Its workflow ought to run."""
    events: frozenset[tuple[int, str]]
    """Number and id of each timeline row."""

    @property
    def opened(self) -> bool:
        """It has rows of its own."""
        return bool(self.events)

    @property
    def seq(self) -> int:
        """The highest number."""
        return max((seq for seq, _ in self.events), default=0)


def wanted(session: Session) -> set[UUID]:
    """Cases that ought to run, and those that were requested and have no row yet."""
    return health.alive(session) | set(session.execute(_REQUESTED).scalars())


def rows_of(session: Session, case_id: UUID) -> Rows:
    """What is known of one case now."""
    events = select(col(Timeline.seq), col(Timeline.event_id)).where(col(Timeline.case_id) == case_id)
    request = select(col(Inbox.done_at)).where(
        col(Inbox.case_id) == case_id, col(Inbox.kind) == inbox.CONTACT_REQUEST, col(Inbox.done_at).is_not(None)
    )
    return Rows(
        response=session.get(Response, case_id) is not None,
        requested=session.execute(request).first() is not None,
        alive=health.is_alive(session, case_id),
        events=frozenset((seq, event_id) for seq, event_id in session.execute(events)),
    )


def rebuild(connection: Connection, case_id: UUID, records: Sequence[Record]) -> None:
    """Write what the workflow has recorded; what is there already stays. The caller commits.

    Attempts that appear by this may have been placed: from now on they count as doubtful, so nobody is rung twice.
    """
    before = _attempts(connection, case_id)
    for record in records:
        project(connection, record)
    appeared = _attempts(connection, case_id) - before
    connection.execute(_DOUBT, {"attempts": list(appeared)})


def resumption(session: Session, case_id: UUID) -> Resumed:
    """Where a new run goes on. The row must be there."""
    timeline = session.scalars(select(Timeline).where(col(Timeline.case_id) == case_id))
    events = [Event.model_validate({**row.model_dump(include=_SHARED), "id": row.event_id}) for row in timeline]
    return resumed_from(Snapshot.model_validate(session.get_one(Case, case_id).snapshot), events)


def deliver_again(session: Session, case_id: UUID) -> None:
    """Facts that the lost run heard and did not live to write down go to the new one. Twice changes nothing."""
    session.execute(_AGAIN, {"case": case_id, "facts": list(inbox.FACTS), "about": ABOUT})


def request_again(session: Session, case_id: UUID) -> None:
    """The relay starts this case anew, as if it had just come in; its promise stays as it was."""
    request = update(Inbox).where(col(Inbox.case_id) == case_id, col(Inbox.kind) == inbox.CONTACT_REQUEST)
    session.execute(request.values(done_at=None, result=None, attempts=0, next_try_at=func.now()))


def _attempts(connection: Connection, case_id: UUID) -> set[UUID]:
    return set(connection.scalars(select(col(Attempt.id)).where(col(Attempt.case_id) == case_id)))
