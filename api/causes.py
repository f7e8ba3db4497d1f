"""The managed list of causes that resolutions name."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StrictBool

from api.auth import Person, require
from api.deps import SessionDep
from api.problems import responses
from api.shapes import Line, example
from api.shown import Out
from db import causes
from db.causes import Cause
from domain.policy import Frozen
from domain.words import Role

router = APIRouter(tags=["staff"])
KEEPERS = (Role.MANAGER, Role.ADMIN)
CODE = r"^[a-z][a-z0-9_]{0,59}$"


class CauseOut(Out):
    """A cause; one that is not active was used once, and may be named no more."""

    code: str = Field(examples=["network_setup"])
    name_en: str
    name_ru: str
    active: bool


class CausesOut(BaseModel):
    """The list, active ones first."""

    causes: list[CauseOut]


class CauseIn(Frozen):
    """What people read in place of the code."""

    model_config = example({"name_en": "Setup in a network", "name_ru": "Настройка в сети", "active": True})

    name_en: Line
    name_ru: Line
    active: StrictBool = True


@router.get("/causes", responses=responses(401, 403))
def list_causes(_: Annotated[Person, require(*Role)], session: SessionDep) -> CausesOut:
    """Every cause, active ones first."""
    return CausesOut(causes=[CauseOut.model_validate(cause) for cause in causes.all_of_them(session)])


@router.put("/causes/{code}", responses=responses(401, 403, 422))
def keep_cause(
    code: Annotated[str, Path(pattern=CODE)],
    body: CauseIn,
    _: Annotated[Person, require(*KEEPERS)],
    session: SessionDep,
) -> CauseOut:
    """Make a cause, name it anew, or put it out of use. Its code stays for ever: reports count by it."""
    cause = Cause(code=code, **body.model_dump())
    causes.keep(session, cause)
    return CauseOut.model_validate(cause)
