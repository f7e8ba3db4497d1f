"""What must stay quick however many cases there are, and which tables PostgreSQL would read whole for it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session, col, select

from db import card, inbox, queue, search
from db.casework import Case
from db.columns import new_id
from db.queue import Place, Wanted
from domain.words import OPEN_STAGES, Role, Stage

BIG = frozenset(
    {"attempt", "cases", "customer", "finalsurvey", "inbox", "link", "message", "response", "tally", "timeline"}
)
"""Tables with a row or more for each case there ever was."""
PAGE = 51
LONG_AGO, LONG_HENCE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Read = Callable[[Session], object]


def _queue(**wanted: object) -> Read:
    return lambda session: queue.page(session, Wanted(**{"stages": OPEN_STAGES, **wanted}), after=None, limit=PAGE)  # type: ignore[arg-type]  # given by name below


def _next_page(session: Session) -> object:
    urgent = select(Case.urgent_at, Case.id).where(col(Case.closed_at).is_(None), col(Case.urgent_at).is_not(None))
    place = Place(*session.exec(urgent.order_by(col(Case.urgent_at)).limit(1)).one())
    return queue.page(session, Wanted(stages=OPEN_STAGES), after=place, limit=PAGE)


def _next_case(session: Session) -> object:
    return queue.reserve(session, new_id(), Role.SPECIALIST, at=LONG_HENCE, until=LONG_AGO, passed_over=())


def _search(*terms: str) -> Read:
    ways = {"phone": search.by_phone("+79000000007", "8 900"), "email": search.by_email("customer7@example.com")}
    conditions = [{**ways, "customer": search.by_customer("C-7")}[term] for term in terms]
    return lambda session: queue.found(session, *conditions, limit=50)


def some_case(session: Session) -> UUID:
    """A case from among the closed ones."""
    closed = select(Case.id).where(col(Case.closed_at).is_not(None), col(Case.id) > UUID(int=0))
    return session.exec(closed.order_by(col(Case.id)).limit(1)).one()


READS: Mapping[str, Read] = {
    "queue": _queue(),
    "queue, next page": _next_page,
    "queue of cases nobody has": _queue(unowned=True),
    "queue of one owner": _queue(owner=new_id()),
    "queue due before": _queue(due_before=LONG_HENCE),
    "queue of closed cases": _queue(stages={Stage.CLOSED}),
    "waiting requests": lambda session: queue.waiting(session, limit=20),
    "next case": _next_case,
    "card": lambda session: card.read(session, some_case(session)),
    "timeline": lambda session: card.timeline(session, some_case(session)),
    "search by phone": _search("phone"),
    "search by e-mail": _search("email"),
    "search by customer": _search("customer"),
    "search by phone and e-mail": _search("phone", "email"),
    "inbox lease": lambda session: inbox.lease(session, limit=10, until_after=timedelta(seconds=15)),
    "inbox: is the case closed": lambda session: inbox.is_closed(session, some_case(session)),
    "inbox: does its request wait": lambda session: inbox.is_waiting_to_start(session, some_case(session)),
}


def read_whole(engine: Engine, read: Read) -> set[str]:
    """The big tables that PostgreSQL plans to read whole for this; whatever it wrote is rolled back."""
    plans: list[object] = []

    def explain(connection: Connection, _: object, statement: str, values: Mapping[str, object], *__: object) -> None:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(f"explain (format json) {statement}", values)
            plans.append(cursor.fetchall())

    with Session(engine) as session:
        event.listen(session.connection(), "before_cursor_execute", explain)
        read(session)
        session.rollback()
    return set(_scanned(plans)) & BIG


def _scanned(plan: object) -> Iterator[str]:
    match plan:
        case {"Node Type": "Seq Scan", "Relation Name": str(table)}:
            yield table
    parts = plan.values() if isinstance(plan, dict) else plan
    if isinstance(plan, dict | list | tuple):
        for part in parts:  # type: ignore[attr-defined]  # one of the three
            yield from _scanned(part)
