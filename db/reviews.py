"""Questions to second line in open cases, each with everything written about it; three statements for a whole page."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy import case as either
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from db.casework import Case, Note, Review
from db.people import Customer, Licence
from db.staff import Staff
from domain.words import OPEN_STAGES


class Standing(IntEnum):
    """Who has to act, in the order in which questions are shown."""

    SECOND_LINE = 0
    THIRD_PARTY = 1
    SPECIALIST = 2
    OVER = 3
    """Answered, or its case has ended."""


@dataclass(frozen=True)
class Place:
    """A place in the list: behind this question."""

    standing: Standing
    due: datetime
    id: UUID


@dataclass(frozen=True)
class Text:
    """What somebody wrote."""

    kind: str
    """question, question_back, answer, reference."""
    text: str
    at: datetime
    by: str | None
    """Their name."""


@dataclass(frozen=True)
class Question:
    """One question to second line, with the case and the customer it is about."""

    review: Review
    case: Case
    customer: Customer
    owner: Staff | None
    """Whose case it is."""
    texts: Sequence[Text]
    """The conversation, oldest first."""
    licences: Sequence[Licence]
    """The customer's, the one that ends last first."""

    @property
    def standing(self) -> Standing:
        """Who has to act."""
        if self.review.answered_at or self.case.outcome or self.case.stage not in OPEN_STAGES:
            return Standing.OVER
        if self.review.asked_back:
            return Standing.SPECIALIST
        return Standing.THIRD_PARTY if self.review.forwarded else Standing.SECOND_LINE

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return Place(self.standing, self.review.due, self.review.id)

    @property
    def asked_by(self) -> str | None:
        """Name of the one who asked first."""
        return next((text.by for text in self.texts if text.kind == "question"), None)

    @property
    def reference(self) -> str | None:
        """The third party's number for it, the newest one."""
        return next((text.text for text in reversed(self.texts) if text.kind == "reference"), None)


def page(session: Session, *, after: Place | None, limit: int) -> list[Question]:
    """Questions of open cases by who has to act, then by their deadline."""
    place = (_standing(), col(Review.due), col(Review.id))
    behind = [tuple_(*place) > tuple_(*map(literal, (int(after.standing), after.due, after.id)))] if after else []
    waiting = (
        col(Review.answered_at).is_(None),
        col(Case.stage).in_(OPEN_STAGES),
        col(Case.closed_at).is_(None),  # lets the index of the queue serve
        col(Case.outcome).is_(None),
    )
    rows = session.exec(_asked().where(*waiting, *behind).order_by(*place).limit(limit)).all()
    return _whole(session, rows)


def read(session: Session, case_id: UUID, review_id: UUID) -> Question | None:
    """This question of this case, answered or not; None when there is none."""
    rows = session.exec(_asked().where(col(Review.id) == review_id, col(Review.case_id) == case_id)).all()
    return next(iter(_whole(session, rows)), None)


def _standing() -> ColumnElement[int]:
    return either(
        (col(Review.asked_back), int(Standing.SPECIALIST)),
        (col(Review.forwarded), int(Standing.THIRD_PARTY)),
        else_=int(Standing.SECOND_LINE),
    )


def _asked() -> Select[Review, Case, Customer, Staff]:
    joined = select(Review, Case, Customer, Staff).join(Case, col(Case.id) == col(Review.case_id))
    named = joined.join(Customer, col(Customer.id) == col(Case.customer_id))
    return named.join(Staff, col(Staff.id) == col(Case.owner_id), isouter=True)


def _whole(session: Session, rows: Sequence[tuple[Review, Case, Customer, Staff | None]]) -> list[Question]:
    texts = _texts(session, [review.id for review, *_ in rows])
    licences = _licences(session, [customer.id for _, _, customer, _ in rows])
    return [
        Question(review, case, customer, owner, texts[case.id, review.id], licences[customer.id])
        for review, case, customer, owner in rows
    ]


def _texts(session: Session, reviews: Collection[UUID]) -> dict[tuple[UUID, UUID], list[Text]]:
    """By case and review, for what was written in another case under this review's id is not of it."""
    found: dict[tuple[UUID, UUID], list[Text]] = defaultdict(list)
    named = select(Note, Staff.name).join(Staff, col(Staff.id) == col(Note.by), isouter=True)
    written = named.where(col(Note.review_id).in_(reviews)).order_by(col(Note.at), col(Note.id))
    for note, by in session.exec(written) if reviews else ():
        if note.review_id:
            found[note.case_id, note.review_id].append(Text(note.kind, note.text, note.at, by))
    return found


def _licences(session: Session, customers: Collection[UUID]) -> dict[UUID, list[Licence]]:
    found: dict[UUID, list[Licence]] = defaultdict(list)
    theirs = select(Licence).where(col(Licence.customer_id).in_(customers))
    last_first = theirs.order_by(col(Licence.valid_until).desc().nulls_last(), col(Licence.id))
    for licence in session.exec(last_first) if customers else ():
        found[licence.customer_id].append(licence)
    return found
