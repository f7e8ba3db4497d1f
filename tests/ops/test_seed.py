"""Demo staff: made once, a token each, and nothing of it in production."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from api import passwords
from api.auth import person_of
from db import accounts
from db.columns import now
from db.staff import Duty, Staff
from domain.words import Role
from ops.seed import PEOPLE, TOKEN, let_in, login_of, seed
from ops.tokens import issue
from settings import Environment, Settings

DEVELOPMENT = Settings(_env_file=None)


def test_each_role_gets_a_token_of_its_own(database_url: str, engine: Engine) -> None:
    tokens = seed(database_url, DEVELOPMENT)
    with Session(engine) as session:
        people = {alias: person_of(session, token, now()) for alias, token in tokens.items()}
    roles = {alias: person.role for alias, person in people.items() if person}
    assert {str(role): roles[role] for role in Role} == {str(role): role for role in Role}
    assert list(roles.values()).count(Role.SPECIALIST) >= 3
    assert list(roles.values()).count(Role.SECOND_LINE) == 2


def test_seeding_again_makes_nobody_new_and_ends_tokens_older_than_the_last(database_url: str, engine: Engine) -> None:
    oldest, *later = (seed(database_url, DEVELOPMENT) for _ in range(3))
    with Session(engine) as session:
        assert len(session.exec(select(Staff)).all()) == len(PEOPLE)
        assert len(session.exec(select(Duty)).all()) == len(PEOPLE) - 1
        assert person_of(session, oldest["lead"], now()) is None
        assert all(person_of(session, tokens["lead"], now()) for tokens in later)


def test_seeding_again_leaves_alone_what_others_made(database_url: str, engine: Engine) -> None:
    first = seed(database_url, DEVELOPMENT)
    with Session(engine) as session, session.begin():
        lead = person_of(session, first["lead"], now())
        assert lead is not None
        session.add(colleague := Staff(name="Anna Orlova", role=Role.LEAD))
        session.flush()
        made = [issue(session, lead.id, name="mine"), issue(session, colleague.id, name=TOKEN)]
    seed(database_url, DEVELOPMENT)
    with Session(engine) as session:
        assert all(person_of(session, token, now()) for token in made)


def test_each_may_sign_in_with_the_newest_password(database_url: str, engine: Engine) -> None:
    seed(database_url, DEVELOPMENT)
    older, newer = let_in(database_url), let_in(database_url)
    with Session(engine) as session:
        found = [accounts.by_login(session, login_of(alias)) for alias in PEOPLE]
    assert all(account and not account.one_time for account in found)
    [kept] = {account.password_hash for account in found if account}
    assert passwords.fits(newer, kept)
    assert not passwords.fits(older, kept)


def test_production_has_no_demo_staff(database_url: str, engine: Engine) -> None:
    production = DEVELOPMENT.model_copy(update={"environment": Environment.PRODUCTION})
    with pytest.raises(RuntimeError, match="not for production"):
        seed(database_url, production)
    with Session(engine) as session:
        assert session.exec(select(Staff)).all() == []
