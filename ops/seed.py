"""Demo staff to try the system with: invented people, on duty, each with a token."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import delete
from sqlmodel import Session, col

from db import duty
from db.columns import now
from db.engine import engine_for
from db.staff import ApiToken, Staff
from domain.words import Role
from ops.tokens import issue
from settings import Environment, Settings, load

NAMESPACE = UUID("2e2b5a5e-3f0b-5c1d-9a57-7d1d6f4f0a10")
TOKEN = "demo"
VALID = timedelta(days=30)
PEOPLE = {
    "specialist": ("Анна Орлова", Role.SPECIALIST, "+74950000101"),
    "specialist 2": ("Борис Ветров", Role.SPECIALIST, "+74950000102"),
    "specialist 3": ("Вера Лугова", Role.SPECIALIST, "+74950000103"),
    "second_line": ("Глеб Снегов", Role.SECOND_LINE, "+74950000201"),
    "second_line 2": ("Дарья Полева", Role.SECOND_LINE, "+74950000202"),
    "lead": ("Евгения Рощина", Role.LEAD, "+74950000301"),
    "manager": ("Жанна Ключева", Role.MANAGER, "+74950000401"),
    "admin": ("Захар Мостов", Role.ADMIN, None),
}


def seed(url: str, settings: Settings | None = None) -> dict[str, str]:
    """Make the demo staff, once, and give each a new token; by role, the second of a role as `specialist 2`.

    Earlier tokens stay valid for the rest of their 30 days. RuntimeError in production.
    """
    if (settings or load()).environment is Environment.PRODUCTION:
        raise RuntimeError("demo staff is not for production: their tokens are shown on a screen")
    engine = engine_for(url)
    try:
        with Session(engine) as session, session.begin():
            return _seed(session)
    finally:
        engine.dispose()


def _seed(session: Session) -> dict[str, str]:
    expired = delete(ApiToken).where(col(ApiToken.name) == TOKEN, col(ApiToken.expires_at) < now())
    session.execute(expired)
    return {alias: _token(session, alias) for alias in PEOPLE}


def _token(session: Session, alias: str) -> str:
    name, role, phone = PEOPLE[alias]
    staff = Staff(id=uuid5(NAMESPACE, alias), name=name, role=role, phone=phone, email=None)
    if session.get(Staff, staff.id) is None:
        session.add(staff)
        session.flush()
        if role is not Role.ADMIN:
            duty.start(session, staff.id, now())
    return issue(session, staff.id, name=TOKEN, expires_at=now() + VALID)
