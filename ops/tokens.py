"""`python -m ops.tokens NAME ROLE`: a member of staff, with a token or a one-time password, printed once."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select

from api import passwords
from api.auth import digest, new_token
from db import accounts
from db.columns import now
from db.engine import engine_for
from db.staff import ApiToken, Staff
from domain.words import Language, Role
from ops.postgres import url_of
from settings import load


@contextmanager
def written(url: str) -> Iterator[Session]:
    """A transaction on this database, and no connection afterwards."""
    engine = engine_for(url)
    try:
        with Session(engine) as session, session.begin():
            yield session
    finally:
        engine.dispose()


def issue(session: Session, staff: UUID, *, name: str, expires_at: datetime | None = None) -> str:
    """A new token of this person; earlier ones stay valid."""
    token = new_token()
    session.add(ApiToken(token_hash=digest(token), staff_id=staff, name=name, expires_at=expires_at))
    return token


def let_in(session: Session, staff: Staff, login: str, *, public_url: str) -> str:
    """Give this person a one-time password, and say how they sign in; whoever was signed in with an older one no longer
    is. SystemExit when somebody else has the login.
    """
    password = passwords.one_time()
    try:
        account = accounts.give(session, staff.id, login, passwords.hashed(password))
    except accounts.LoginTaken:
        raise SystemExit(f"Somebody else has the login {login!r}: choose another one.") from None
    return _invitation(staff, account, password, f"{public_url}/sign-in")


def main() -> None:
    """Find or make the person, and print a token; with a login, how they sign in, and a one-time password."""
    asked = _arguments()
    settings = load()
    expires_at = now() + timedelta(days=asked.days) if asked.days else None
    with written(url_of(settings)) as session:
        staff = _person(session, asked)
        if asked.login:
            said = let_in(session, staff, asked.login, public_url=settings.public_url)
        else:
            said = issue(session, staff.id, name="command line", expires_at=expires_at)
    print(said)


def _invitation(staff: Staff, account: accounts.Account, password: str, address: str) -> str:
    """The password on a line of its own, to be copied."""
    rows = {
        "Sign in at": address,
        "Login": account.login,
        "Role": staff.role,
        "Valid until": f"{account.valid_until:%d %B %Y, %H:%M} UTC; after that, ask for a new one",
    }
    told = [f"{staff.name} may sign in:", "", *(f"  {name:<12} {value}" for name, value in rows.items())]
    return "\n".join([*told, "", "One-time password, to be replaced at the first sign-in:", password])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.tokens", description=__doc__)
    parser.add_argument("name", help="as the customer may see it")
    parser.add_argument("role", type=Role, choices=list(Role))
    parser.add_argument("--phone", help="that rings before the customer's, such as +74950000001")
    parser.add_argument("--email", help="where alerts go")
    parser.add_argument("--picture", help="https address of a picture that customers see beside the name")
    parser.add_argument("--language", type=Language, choices=list(Language), default=Language.RU)
    parser.add_argument(
        "--login", help="to sign in to the pages: prints a one-time password, valid for a week, in place of a token"
    )
    parser.add_argument("--days", type=int, help="how long the token is valid; for ever unless told")
    return parser.parse_args()


def _person(session: Session, asked: argparse.Namespace) -> Staff:
    known = session.exec(select(Staff).where(Staff.name == asked.name, Staff.role == asked.role)).first()
    staff = known or Staff(name=asked.name, role=asked.role)
    staff.phone, staff.language = asked.phone or staff.phone, asked.language
    staff.email, staff.picture = asked.email or staff.email, asked.picture or staff.picture
    session.add(staff)
    session.flush()
    return staff


if __name__ == "__main__":
    main()
