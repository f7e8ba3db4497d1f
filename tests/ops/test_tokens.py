"""Members of staff from the command line: a token for programs, or how they sign in, ready to be passed on."""

import re
import sys

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, select

from api import passwords
from api.auth import person_of
from db import accounts
from db.columns import now
from db.staff import Staff
from ops import tokens
from settings import Settings


@pytest.fixture
def staff(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Command":
    """`make staff ARGS=…` in an installation with an address of its own."""
    settings = Settings(_env_file=None, database_url=SecretStr(database_url), public_url="https://loop.example")
    monkeypatch.setattr(tokens, "load", lambda: settings)
    return Command(monkeypatch, capsys)


class Command:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> str:
        """What it prints."""
        self._monkeypatch.setattr(sys, "argv", ["ops.tokens", *arguments])
        tokens.main()
        return self._capsys.readouterr().out


def test_a_login_is_told_with_all_that_is_needed_to_sign_in(staff: Command, engine: Engine) -> None:
    said = staff("Zoe Keeper", "admin", "--login", "Zoe")
    *told, password = said.splitlines()
    with Session(engine) as session:
        account = accounts.by_login(session, "zoe")
        assert account is not None
        assert account.valid_until is not None
    assert passwords.fits(password, account.password_hash), "alone on the last line"
    rows = dict(re.findall(r"^  (\S.*?) {2,}(.*)$", "\n".join(told), re.MULTILINE))
    assert rows.pop("Valid until").startswith(f"{account.valid_until:%d %B %Y, %H:%M} UTC")
    assert rows == {"Sign in at": "https://loop.example/sign-in", "Login": "zoe", "Role": "admin"}
    assert told[0] == "Zoe Keeper may sign in:"


def test_a_login_that_somebody_has_is_refused_in_words_and_makes_nobody(staff: Command, engine: Engine) -> None:
    staff("Zoe Keeper", "admin", "--login", "zoe")
    with pytest.raises(SystemExit, match="Somebody else has the login 'zoe'"):
        staff("Anna Orlova", "lead", "--login", "zoe")
    with Session(engine) as session:
        assert [one.name for one in session.exec(select(Staff))] == ["Zoe Keeper"]


def test_without_a_login_the_token_is_all_that_is_printed(staff: Command, engine: Engine) -> None:
    token = staff("Anna Orlova", "specialist").strip()
    with Session(engine) as session:
        person = person_of(session, token, now())
    assert person is not None
    assert person.name == "Anna Orlova"
