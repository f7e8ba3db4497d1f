"""Questions to second line and broken promises, as rows: for pages to show."""

from datetime import timedelta
from uuid import UUID, uuid4

from db.casework import Note
from db.columns import new_id, now
from domain.messages import AnswerReview, AskBack, Claim, Escalate, ForwardReview, LogAttempt
from domain.messages import Staff as By
from domain.words import AttemptOutcome
from tests.api.staff_pages.office import Office

Place = tuple[UUID, UUID]
"""A case and its review."""


def asked(office: Office, text: str = "Which version?", **response: object) -> Place:
    """A case whose specialist has asked second line."""
    by, review = office.desk.staff["specialist"].by, uuid4()
    reached = LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED)
    case = office.desk.open(Claim(by=by), reached, requested=None, **response)
    question = wrote(office, (case, review), "question", text, "specialist")
    office.desk.obey(case, Escalate(by=by, review=review, question=question))
    return case, review


def forwarded(office: Office, place: Place, reference: str) -> None:
    """Second line hands it on."""
    note = wrote(office, place, "reference", reference)
    office.desk.obey(place[0], ForwardReview(by=_second_line(office), review=place[1], reference=note))


def asked_back(office: Office, place: Place, text: str) -> None:
    """Second line needs to know more."""
    note = wrote(office, place, "question_back", text)
    office.desk.obey(place[0], AskBack(by=_second_line(office), review=place[1], question=note))


def answered(office: Office, place: Place, text: str) -> None:
    """Second line answers."""
    note = wrote(office, place, "answer", text)
    office.desk.obey(place[0], AnswerReview(by=_second_line(office), review=place[1], answer=note))


def wrote(office: Office, place: Place, kind: str, text: str, who: str = "second_line") -> UUID:
    """The text alone; its id."""
    note = new_id()
    written = Note(id=note, case_id=place[0], review_id=place[1], kind=kind, by=office.staff(who), text=text)
    office.desk.store(written)
    return note


def broken(office: Office, **response: object) -> UUID:
    """A case nobody has, whose promise was broken an hour ago."""
    case = office.desk.open(requested=now() - timedelta(hours=2), **response)
    office.desk.let_time_pass(case)
    return case


def _second_line(office: Office) -> By:
    return office.desk.staff["second_line"].by
