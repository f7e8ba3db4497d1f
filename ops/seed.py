"""Demo staff to try the system with: invented people, on duty, each with a token and an account."""

from datetime import timedelta
from uuid import UUID, uuid5

from sqlalchemy import delete
from sqlmodel import Session, col, select

from api import passwords
from db import duty
from db.accounts import Account
from db.columns import now
from db.staff import ApiToken, Staff
from domain.words import Role
from ops.tokens import issue, written
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
DEMO_STAFF = frozenset(uuid5(NAMESPACE, alias) for alias in PEOPLE)
"""Their ids, in every installation."""


def seed(url: str, settings: Settings | None = None) -> dict[str, str]:
    """Make the demo staff, once, and give each a token; by role, the second of a role as `specialist 2`.

    Of a token only its hash is kept, so it could not be shown again. Those of the start before stay valid, as programs
    may still use them; older ones end. RuntimeError in production.
    """
    if (settings or load()).environment is Environment.PRODUCTION:
        raise RuntimeError("demo staff is not for production: their tokens are shown on a screen")
    with written(url) as session:
        return _seed(session)


def let_in(url: str) -> str:
    """Let the demo staff sign in with the password returned, new at each call; browsers signed in stay so."""
    password = passwords.one_time()
    hashed = passwords.hashed(password)
    with written(url) as session:
        for alias in PEOPLE:
            session.merge(Account(staff_id=_id(alias), login=login_of(alias), password_hash=hashed, one_time=False))
    return password


def login_of(alias: str) -> str:
    """What they sign in with: `specialist2`."""
    return alias.replace(" ", "")


def _id(alias: str) -> UUID:
    return uuid5(NAMESPACE, alias)


def _seed(session: Session) -> dict[str, str]:
    for staff in DEMO_STAFF:
        _forget_older_tokens(session, staff)
    return {alias: _token(session, alias) for alias in PEOPLE}


def _forget_older_tokens(session: Session, staff: UUID) -> None:
    ours = (col(ApiToken.staff_id) == staff, col(ApiToken.name) == TOKEN)
    newest = select(ApiToken.token_hash).where(*ours).order_by(col(ApiToken.created_at).desc()).limit(1)
    session.execute(delete(ApiToken).where(*ours, col(ApiToken.token_hash).not_in(newest)))


def _token(session: Session, alias: str) -> str:
    name, role, phone = PEOPLE[alias]
    staff = Staff(id=_id(alias), name=name, role=role, phone=phone, email=None)
    if session.get(Staff, staff.id) is None:
        session.add(staff)
        session.flush()
        if role is not Role.ADMIN:
            duty.start(session, staff.id, now())
    return issue(session, staff.id, name=TOKEN, expires_at=now() + VALID)
