"""The managed list of causes: what resolutions are counted by."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, col, select

from db.casework import Case


class Cause(SQLModel, table=True):
    """Why a customer needed help. Once used it is never deleted, only put out of use: reports still count it."""

    code: str = Field(primary_key=True)
    name_en: str
    name_ru: str
    active: bool = True


class CodeTaken(Exception):
    """There is a cause with this code."""


def add(session: Session, cause: Cause) -> None:
    """Put a new one on the list. CodeTaken when its code is there, were it put there just now by somebody else."""
    added = insert(Cause).values(cause.model_dump()).on_conflict_do_nothing().returning(col(Cause.code))
    if session.execute(added).first() is None:
        raise CodeTaken(cause.code)


def keep(session: Session, cause: Cause) -> None:
    """Put it on the list, or in place of the one with its code; of two who do so at once, the later one's stays."""
    named = cause.model_dump(exclude={"code"})
    kept = insert(Cause).values(cause.model_dump()).on_conflict_do_update(index_elements=["code"], set_=named)
    session.execute(kept)


def all_of_them(session: Session) -> Sequence[Cause]:
    """Every cause, those in use first, each part by code."""
    return session.exec(select(Cause).order_by(col(Cause.active).desc(), col(Cause.code))).all()


def active(session: Session) -> Sequence[Cause]:
    """Those a resolution may name."""
    return session.exec(select(Cause).where(col(Cause.active)).order_by(col(Cause.code))).all()


def is_active(session: Session, code: str) -> bool:
    """Whether a resolution may name it."""
    cause = session.get(Cause, code)
    return cause is not None and cause.active


def names(session: Session, language: str) -> dict[str, str]:
    """The name of each code, in `ru` or else in English, those out of use among them."""
    return {cause.code: cause.name_ru if language == "ru" else cause.name_en for cause in session.exec(select(Cause))}


def uses(session: Session) -> dict[str, int]:
    """How many cases were resolved with each."""
    counted = select(Case.cause, func.count()).where(col(Case.cause).is_not(None)).group_by(col(Case.cause))
    return {code: count for code, count in session.exec(counted) if code}
