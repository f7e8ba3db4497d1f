"""Accounts and ways in, as whoever tries the doors uses them."""

import httpx2
from sqlmodel import Session

from api import passwords
from db import accounts
from db.accounts import Account
from tests.api.staff_pages.office import Office

PASSWORD = "correct horse battery"


def account(office: Office, who: str, password: str = PASSWORD, *, one_time: bool = False) -> None:
    with Session(office.desk.engine) as session, session.begin():
        accounts.give(session, office.staff(who), who, passwords.hashed(password))
        session.get_one(Account, office.staff(who)).one_time = one_time


def cookie(office: Office, who: str) -> dict[str, str]:
    return {"Cookie": f"closeloop={office.sign_in(who)}"}


async def entered(office: Office, login: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
    return await office.post(None, "/sign-in", {"login": login, "password": password, **more})
