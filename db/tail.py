"""The timeline's tail: what was committed after an id. A trigger commits ids in their order, so nothing is skipped."""

from collections.abc import Sequence

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from db.casework import Timeline

PAGE = 500


def position(engine: Engine) -> int:
    """The id of the newest row; 0 when there is none."""
    with Session(engine) as session:
        return newest(session)


def newest(session: Session) -> int:
    """The id of the newest row, as this transaction sees it; 0 when there is none."""
    return session.exec(select(func.max(Timeline.id))).one() or 0


def after(engine: Engine, last: int, *, upto: int | None = None) -> Sequence[Timeline]:
    """The next rows behind `last`, oldest first, at most a page of them."""
    query = select(Timeline).where(col(Timeline.id) > last)
    if upto is not None:
        query = query.where(col(Timeline.id) <= upto)
    with Session(engine) as session:
        return session.exec(query.order_by(col(Timeline.id)).limit(PAGE)).all()
