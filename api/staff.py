"""Oneself and one's colleagues: who is on duty, and who stands in."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.auth import DESK, AnybodyDep, CaseworkDep, Person
from api.deps import NowDep, SessionDep
from api.problems import Problem, responses
from api.shapes import DutyIn
from api.shown import StaffOut
from db import duty
from db.staff import Staff
from domain.words import Language

router = APIRouter(tags=["staff"])


class MeOut(StaffOut):
    """Who the token belongs to."""

    language: Language
    on_duty_since: datetime | None = Field(description="Null: off duty.")


class ColleagueOut(StaffOut):
    """Somebody who works here."""

    on_duty_since: datetime | None


class Colleagues(BaseModel):
    """Everybody who works here, by name."""

    staff: list[ColleagueOut]


@router.get("/me", responses=responses(401, 403))
def get_me(person: AnybodyDep, session: SessionDep) -> MeOut:
    """Who I am, and whether I am on duty."""
    return _me(session, person)


@router.put("/me/duty", responses=responses(401, 403, 409, 422))
def set_duty(body: DutyIn, person: CaseworkDep, session: SessionDep, now: NowDep) -> MeOut:
    """Go on or off duty.

    Off duty, open cases whose customer was not reached yet return to the desk at once; the others go to the stand-in,
    who must be on duty, or to the desk when none is named.
    """
    if body.on_duty:
        duty.start(session, person.id, now)
        return _me(session, person)
    if body.stand_in:
        must_stand_in(session, person, body.stand_in)
    duty.end(session, person.id, now, stand_in=body.stand_in)
    return _me(session, person)


@router.get("/staff", responses=responses(401, 403))
def list_staff(_: CaseworkDep, session: SessionDep) -> Colleagues:
    """Colleagues and whether they are on duty: to assign a case, or to name a stand-in."""
    shown = [staff.model_dump() | {"on_duty_since": since} for staff, since in duty.colleagues(session)]
    return Colleagues(staff=[ColleagueOut.model_validate(one) for one in shown])


def _me(session: Session, person: Person) -> MeOut:
    session.flush()
    spell = duty.spell_of(session, person.id)
    return MeOut.model_validate(person.model_dump() | {"on_duty_since": spell.started_at if spell else None})


def at_desk(session: Session, member: UUID, field: str) -> Staff:
    """The member of staff whom this field names. Problem when they do not work with customers here."""
    staff = session.get(Staff, member)
    if staff is None or not staff.active or staff.role not in DESK:
        raise Problem(422, "not_at_the_desk", f"`{field}` must be a specialist, second line or lead who works here.")
    return staff


def must_stand_in(session: Session, person: Person, stand_in: UUID) -> None:
    """Problem when this person cannot stand in for that one: not at the desk, or off duty."""
    if stand_in == person.id:
        raise Problem(422, "yourself", "Name somebody else as your stand-in.")
    staff = at_desk(session, stand_in, "stand_in")
    if duty.spell_of(session, stand_in) is None:
        raise Problem(409, "stand_in_off_duty", f"{staff.name} is off duty. Name somebody who is on duty.")
