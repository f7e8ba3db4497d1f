"""Two who administer at one moment: one is served, the other is told in words, and rows are whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import httpx2
from sqlalchemy import Engine, text
from sqlmodel import Session

from api import passwords
from db import accounts, causes
from db.causes import Cause
from tests.api.staff_desk import Desk, until
from tests.api.staff_pages.office import Office, Page

GUIDE = {"name_en": "Needs a guide", "name_ru": "Нужна инструкция"}
WAITING = text("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")


@asynccontextmanager
async def first(engine: Engine) -> AsyncIterator[Session]:
    """Whoever comes first: what they wrote is committed at the end of the block."""
    with Session(engine) as session, session.begin():
        yield session


async def second(engine: Engine, asked: Awaitable[httpx2.Response]) -> asyncio.Future[httpx2.Response]:
    """Ask while the first one is still writing; returns once the database lets it wait for them."""
    answering = asyncio.ensure_future(asked)
    await until(lambda: answering.done() or _somebody_waits(engine))
    assert not answering.done(), "it did not wait"
    return answering


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(WAITING).all())


async def test_of_two_who_give_one_login_one_is_told_that_it_is_taken(office: Office) -> None:
    engine, address = office.desk.engine, f"/admin/staff/{office.staff('lead')}"
    office.sign_in("admin")
    async with first(engine) as session:
        accounts.give(session, office.staff("other"), "anna", "")
        answering = await second(engine, office.post("admin", f"{address}/account", {"key": "k", "login": "anna"}))
    told = await answering
    assert (told.status_code, "Somebody else has this login." in Page(told.text).text) == (422, True)
    with Session(engine) as session:
        account = accounts.by_login(session, "anna")
        assert account is not None
        assert account.staff_id == office.staff("other")


async def test_of_two_who_let_one_person_in_the_later_password_counts(office: Office) -> None:
    engine, lead = office.desk.engine, office.staff("lead")
    office.sign_in("admin")
    async with first(engine) as session:
        accounts.give(session, lead, "earlier", "")
        asked = office.post("admin", f"/admin/staff/{lead}/account", {"key": "k", "login": "later"})
        answering = await second(engine, asked)
    assert (await answering).status_code == 200
    with Session(engine) as session:
        assert accounts.by_login(session, "earlier") is None
        assert accounts.by_login(session, "later") is not None


async def test_of_two_who_add_one_code_one_is_told_that_it_is_there(office: Office) -> None:
    engine = office.desk.engine
    office.sign_in("manager")
    async with first(engine) as session:
        causes.add(session, Cause(code="guide", name_en="Needs a guide", name_ru="Нужна инструкция"))
        other = {"key": "k", "code": "guide", "name_en": "Other", "name_ru": "Другое"}
        asked = office.post("manager", "/admin/causes", other)
        answering = await second(engine, asked)
    told = await answering
    assert (told.status_code, "There is a cause with this code already" in Page(told.text).text) == (422, True)
    with Session(engine) as session:
        assert causes.names(session, "en")["guide"] == "Needs a guide"


async def test_of_two_programs_that_put_one_code_the_later_ones_names_stay(desk: Desk) -> None:
    async with first(desk.engine) as session:
        causes.keep(session, Cause(code="guide", name_en="Earlier", name_ru="Раньше"))
        answering = await second(desk.engine, desk.ask("manager", "PUT", "/causes/guide", GUIDE | {"active": True}))
    assert (await answering).status_code == 200
    with Session(desk.engine) as session:
        assert causes.names(session, "en")["guide"] == "Needs a guide"


async def test_whoever_is_refused_a_login_keeps_the_password_they_have(office: Office) -> None:
    with Session(office.desk.engine) as session, session.begin():
        accounts.give(session, office.staff("other"), "anna", "")
        accounts.give(session, office.staff("lead"), "lead", passwords.hashed("as it was"))
    answer = await office.post("admin", f"/admin/staff/{office.staff('lead')}/account", {"key": "k", "login": "anna"})
    assert answer.status_code == 422
    with Session(office.desk.engine) as session:
        account = accounts.by_login(session, "lead")
        assert account is not None
        assert passwords.fits("as it was", account.password_hash)
