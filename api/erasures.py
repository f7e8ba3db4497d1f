"""Erasure of a person: asked for once, carried out durably, proved by a record that names nobody."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import col, select

from api.auth import Person, require
from api.deps import NowDep, PartsDep, SessionDep
from api.problems import Problem, responses
from api.shapes import Line, example
from db import erasure
from db.erasure import Asking
from db.proof import Erasure, Origin
from domain.policy import Frozen
from domain.words import Role
from settings import Settings
from typed_numbers import e164_of

router = APIRouter(prefix="/erasures", tags=["erasures"])
SHOWN = 100
ManagerDep = Annotated[Person, require(Role.MANAGER)]
ProofDep = Annotated[Person, require(Role.MANAGER, Role.ADMIN)]
NOBODY = "Nobody here is known by this. Who was erased already is not known any more."


class ErasureIn(Frozen):
    """Whom to erase: a customer's id here, or an e-mail address or phone number, which means all who bear it."""

    model_config = example({"email": "anna@example.com"})

    customer_id: UUID | None = None
    """This profile and nobody else; profiles that look like the same person are named in the answer."""
    email: Line | None = None
    phone: Line | None = None
    """As the customer says it; the country's code may be left out."""

    @model_validator(mode="after")
    def _one(self) -> "ErasureIn":
        if sum(term is not None for term in (self.customer_id, self.email, self.phone)) != 1:
            raise ValueError("give one of customer_id, email and phone")
        return self


class ErasureAsked(BaseModel):
    """It will be carried out, whatever fails meanwhile."""

    id: UUID = Field(description="Its proof is at `GET /erasures/{id}`.")
    people: int = Field(description="How many profiles it takes.")
    finished_at: datetime | None
    others: list[UUID] = Field(
        description="Profiles not erased, with an address or number of this one: perhaps the same person, perhaps not."
    )


class ErasureProof(BaseModel):
    """What was done, and how much; nothing that tells who it was."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    origin: Origin
    asked_by: UUID | None = Field(description="The member of staff; null for the command line and retention.")
    asked_at: datetime
    finished_at: datetime | None = Field(description="Null while cases end and providers are asked.")
    people: int
    cases_ended: int = Field(description="Open cases that were ended, and contact requests that had yet to become one.")
    cases_left: int = Field(description="Cases that would not end for two days: look into them. Usually 0.")
    providers: dict[str, dict[str, int]] = Field(
        description="Copies by channel: `forgotten`, `kept` (the provider deletes none) or `unreached` (for a week)."
    )
    rows: dict[str, int] = Field(description="Rows emptied or deleted, by table.")


class Erasures(BaseModel):
    """The latest erasures, newest first."""

    erasures: list[ErasureProof]


@router.post(
    "",
    status_code=202,
    responses={200: {"model": ErasureAsked, "description": "Asked for already"}, **responses(401, 403, 404, 422)},
)
def erase_person(
    body: ErasureIn, person: ManagerDep, session: SessionDep, parts: PartsDep, now: NowDep, answer: Response
) -> ErasureAsked:
    """Erase a person, for good. Their open cases end, providers are asked to forget, all statistics stay as they are.

    Nothing more is stored of them from now on, however often their questionnaire is delivered again; whoever asked not
    to be written to is left alone for ever. Personal terms go in the body only.
    """
    secret = parts.settings.token_secret.get_secret_value().encode()
    asked = erasure.ask_for(session, _person(body, parts.settings), Asking(Origin.API, now, secret, by=person.id))
    if asked is None:
        raise Problem(404, "nobody_found", NOBODY)
    answer.status_code = 202 if asked.is_new else 200
    known = asked.erasure
    return ErasureAsked(
        id=known.id, people=len(known.customers), finished_at=known.finished_at, others=list(asked.others)
    )


@router.get("", responses=responses(401, 403))
def list_erasures(_: ProofDep, session: SessionDep) -> Erasures:
    """What was erased lately, and what is under way."""
    latest = session.exec(select(Erasure).order_by(col(Erasure.asked_at).desc()).limit(SHOWN))
    return Erasures(erasures=[proof_of(one) for one in latest])


@router.get("/{erasure_id}", responses=responses(401, 403, 404, 422))
def get_erasure(erasure_id: UUID, _: ProofDep, session: SessionDep) -> ErasureProof:
    """The proof of one erasure."""
    found = session.get(Erasure, erasure_id)
    if found is None:
        raise Problem(404, "no_such_erasure", "There is no erasure with this id.")
    return proof_of(found)


def _person(body: ErasureIn, settings: Settings) -> UUID | str:
    if body.phone:
        return e164_of(body.phone, settings) or body.phone
    return body.customer_id or body.email or ""


def proof_of(erasure: Erasure) -> ErasureProof:
    """The record as it is shown."""
    return ErasureProof.model_validate(erasure.model_dump() | {"people": len(erasure.customers)})
