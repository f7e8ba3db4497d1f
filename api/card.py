"""Rows of a case turned into what staff are shown."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from api.shown import (
    AlertOut,
    AttemptOut,
    CaseCard,
    CaseLine,
    CustomerOut,
    DueOut,
    LicenceOut,
    MessageOut,
    OrganisationOut,
    PurchaseOut,
    ResponseOut,
    ReviewOut,
    StaffOut,
    StepOut,
    SurveyOut,
    TextOut,
)
from api.timeline_words import words_of
from db.card import Card
from db.casework import Attempt, Case, Note, Review, Timeline
from db.people import Customer
from db.queue import Line
from db.staff import Staff
from domain.state import Snapshot
from domain.words import Language

Names = dict[UUID, str]


def case_line(case: Case, customer: Customer, owner: Staff | None) -> CaseLine:
    """A case in a list."""
    shown = case.model_dump() | {"customer": customer.name, "owner": StaffOut.model_validate(owner) if owner else None}
    return CaseLine.model_validate(shown)


def case_lines(lines: Iterable[Line]) -> list[CaseLine]:
    """Cases in a list."""
    return [case_line(line.case, line.customer, line.owner) for line in lines]


def case_card(card: Card) -> CaseCard:
    """The whole page of a case."""
    snapshot = Snapshot.model_validate(card.case.snapshot)
    chain = _chain(card.case, card.others)
    return CaseCard(
        case=case_line(card.case, card.customer, card.owner),
        snapshot=snapshot,
        deadlines=_deadlines(snapshot),
        customer=CustomerOut.model_validate(card.customer),
        organisation=OrganisationOut.model_validate(card.organisation) if card.organisation else None,
        licences=[LicenceOut.model_validate(row) for row in card.licences],
        purchases=[PurchaseOut.model_validate(row) for row in card.purchases],
        response=ResponseOut.model_validate(card.response),
        earlier_loops=case_lines(line for line in card.others if line.case.id in chain),
        other_cases=case_lines(line for line in card.others if line.case.id not in chain),
        suggested=case_lines(card.suggested),
        attempts=[_attempt(row, card.staff) for row in card.attempts],
        reviews=[_review(row, card) for row in card.reviews],
        notes=_texts((note for note in card.texts.values() if note.kind == "note"), card.staff),
        messages=[MessageOut.model_validate(row) for row in card.messages],
        alerts=[AlertOut.model_validate(row) for row in card.alerts],
        survey=SurveyOut.model_validate(card.survey) if card.survey else None,
    )


def step(row: Timeline, language: Language, names: Names, texts: dict[UUID, Note]) -> StepOut:
    """One step in words, with what was written."""
    note = texts.get(row.ref) if row.ref else None
    more = {
        "words": words_of(row.kind, language),
        "by_name": names.get(row.by) if row.by else None,
        "text": note.text if note else None,
    }
    return StepOut.model_validate(row.model_dump() | more)


def _chain(case: Case, others: Sequence[Line]) -> set[UUID]:
    """The loops before this one."""
    before = {line.case.id: line.case.previous_id for line in others}
    chain: set[UUID] = set()
    previous = case.previous_id
    while previous in before and previous not in chain:
        chain.add(previous)
        previous = before[previous]
    return chain


def _deadlines(snapshot: Snapshot) -> list[DueOut]:
    known: dict[str, datetime | None] = {
        "promise": snapshot.promise.due if snapshot.promise.open else None,
        "callback": snapshot.callback,
        "deadline": snapshot.deadline,
        "next_attempt": snapshot.next_attempt,
        "review": min((review.due for review in snapshot.reviews if review.waiting), default=None),
    }
    return sorted((DueOut(what=what, due=due) for what, due in known.items() if due), key=lambda one: one.due)


def _attempt(row: Attempt, names: Names) -> AttemptOut:
    return AttemptOut.model_validate(row.model_dump() | {"by_name": names.get(row.by)})


def _review(row: Review, card: Card) -> ReviewOut:
    texts = _texts((note for note in card.texts.values() if note.review_id == row.id), card.staff)
    return ReviewOut.model_validate(row.model_dump() | {"texts": texts})


def _texts(texts: Iterable[Note], names: Names) -> list[TextOut]:
    return [_text(note, names) for note in sorted(texts, key=lambda note: note.at)]


def _text(note: Note, names: Names) -> TextOut:
    return TextOut.model_validate(note.model_dump() | {"by_name": names.get(note.by) if note.by else None})
