"""Reading cases: the queue by urgency, search, the card, the timeline."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement
from sqlmodel import Session

from api import cursors
from api.auth import CaseworkDep, DeskDep, Person
from api.card import case_card, case_lines, step
from api.commands import must_exist
from api.deps import PartsDep, SessionDep
from api.examples import FOUND, QUEUE, answer_example
from api.problems import Problem, responses
from api.shapes import CustomerPatch, Instant, SearchIn
from api.shown import CaseCard, CustomerOut, Found, Queue, TimelineOut, Waiting, WaitingRequest
from db import card, notes, queue, search
from db.casework import Case, Note
from db.people import Customer
from db.queue import Place, Wanted
from domain.words import OPEN_STAGES, Language, Stage
from settings import Settings
from typed_numbers import e164_of

router = APIRouter(tags=["cases"])
AT_MOST = 50
WAITING_SHOWN = 20
WHOSE = "Whose: an id, `me`, or `none` for cases nobody has."


@router.get("/cases", responses=answer_example(QUEUE, "A page of the queue.") | responses(401, 403, 422))
def list_cases(
    person: CaseworkDep,
    session: SessionDep,
    stage: Annotated[list[Stage] | None, Query(description="Open stages unless told otherwise.")] = None,
    owner: Annotated[UUID | Literal["me", "none"] | None, Query(description=WHOSE)] = None,
    due_before: Annotated[Instant | None, Query(description="Somebody has to act before this instant.")] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.", max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Queue:
    """The queue by urgency, page by page; beside it, contact requests whose cases have not opened yet."""
    wanted = Wanted(
        stages=stage or OPEN_STAGES,
        owner=_owner(owner, person),
        unowned=owner == "none",
        due_before=due_before,
    )
    lines = queue.page(session, wanted, after=cursors.read(cursor) if cursor else None, limit=limit + 1)
    last = lines[limit - 1].case if len(lines) > limit else None
    return Queue(
        cases=case_lines(lines[:limit]),
        next_cursor=cursors.written(Place(last.urgent_at, last.id)) if last else None,
        waiting=_waiting(session),
    )


@router.post("/cases/search", responses=answer_example(FOUND, "What was found.") | responses(401, 403, 422))
def search_cases(body: SearchIn, _: CaseworkDep, session: SessionDep, parts: PartsDep) -> Found:
    """Find cases by what a customer says of themselves. All terms must match; at most 50 cases, unfinished first."""
    return Found(cases=case_lines(queue.found(session, *terms_of(body, parts.settings), limit=AT_MOST)))


@router.get("/cases/{case_id}", responses=responses(401, 403, 404, 409, 422))
def get_case(case_id: UUID, _: CaseworkDep, session: SessionDep) -> CaseCard:
    """Everything known about the case and its customer, on one page."""
    must_exist(session, case_id)
    return case_card(card.read(session, case_id))


@router.get("/cases/{case_id}/timeline", responses=responses(401, 403, 404, 409, 422))
def get_timeline(
    case_id: UUID,
    person: CaseworkDep,
    session: SessionDep,
    language: Annotated[Language | None, Query(description="Yours, unless told otherwise.")] = None,
) -> TimelineOut:
    """Every step of the case: who, what, when, why."""
    must_exist(session, case_id)
    spoken = language or person.language
    names, texts = card.staff_names(session), notes.texts(session, case_id)
    return TimelineOut(
        language=spoken, steps=[step(row, spoken, names, texts) for row in card.timeline(session, case_id)]
    )


@router.patch("/cases/{case_id}/customer", responses=responses(401, 403, 404, 409, 422))
def complete_customer(case_id: UUID, body: CustomerPatch, person: DeskDep, session: SessionDep) -> CustomerOut:
    """Complete the customer's card with what was learnt. Fields left out stay; null empties one.

    It stays on record who changed which fields, not what they held.
    """
    must_exist(session, case_id)
    customer = session.get_one(Customer, session.get_one(Case, case_id).customer_id, with_for_update=True)
    if customer.erased_at:
        raise Problem(409, "erased", "This customer was erased; nothing may be added.")
    learnt = body.model_dump(exclude_unset=True)
    changed = [field for field, value in learnt.items() if getattr(customer, field) != value]
    for field in changed:
        setattr(customer, field, learnt[field])
    if changed:
        session.add(Note(case_id=case_id, kind="card", by=person.id, text=", ".join(changed)))
    return CustomerOut.model_validate(customer)


def _owner(owner: UUID | Literal["me", "none"] | None, person: Person) -> UUID | None:
    if owner == "me":
        return person.id
    return owner if isinstance(owner, UUID) else None


def _waiting(session: Session) -> Waiting:
    count, rows = queue.waiting(session, limit=WAITING_SHOWN)
    return Waiting(
        count=count,
        requests=[
            WaitingRequest(case_id=row.case_id, phone=phone, due=row.urgent_at, received_at=row.received_at)
            for row, phone in rows
        ],
    )


def terms_of(terms: SearchIn, settings: Settings) -> list[ColumnElement[bool]]:
    """Conditions that cases must meet, one for each term."""
    found: list[ColumnElement[bool]] = []
    if terms.phone:
        found.append(search.by_phone(e164_of(terms.phone, settings) or terms.phone, terms.phone))
    if terms.email:
        found.append(search.by_email(terms.email))
    if terms.name:
        found.append(search.by_name(terms.name))
    if terms.customer_id:
        found.append(search.by_customer(terms.customer_id))
    return found
