"""Who is signed in, asked for many at once: few readings, nobody's answer is another's or from the past."""

import asyncio

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.auth import digest
from api.staff_pages.who_asks import WhoAsks
from db import accounts
from db.columns import now
from db.engine import engine_for
from db.staff import Staff
from domain.messages import Claim
from domain.words import Language
from tests.api.staff_pages.office import Office, Page

FRAGMENTS = ("/desk/queue", "/reviews/live", "/board/live")
WHO = ("second_line", "lead", "manager")


async def test_those_who_ask_during_one_reading_share_the_next(office: Office) -> None:
    hashes = {who: digest(office.sign_in(who)) for who in WHO}
    who_asks, statements = WhoAsks(office.desk.engine), list[str]()

    def heard(*told: object) -> None:
        statements.append(str(told[2]))

    event.listen(office.desk.engine, "before_cursor_execute", heard)
    asked = [(who, asyncio.ensure_future(who_asks.has(hashes[who]))) for who in WHO * 20]
    nobody = asyncio.ensure_future(who_asks.has("unknown"))
    for who, answer in asked:
        found = await answer
        assert found
        assert found.id == office.staff(who)
    assert await nobody is None
    event.remove(office.desk.engine, "before_cursor_execute", heard)
    assert len(statements) <= 2


async def test_a_database_that_is_away_fails_those_who_wait_and_is_asked_again(office: Office) -> None:
    token_hash = digest(office.sign_in("lead"))
    away = WhoAsks(engine_for("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    answers = await asyncio.gather(*(away.has(token_hash) for _ in range(3)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {OperationalError}
    away._engine = office.desk.engine
    assert await away.has(token_hash)


async def test_one_who_gives_up_takes_nobody_along(office: Office) -> None:
    token_hash, who_asks = digest(office.sign_in("lead")), WhoAsks(office.desk.engine)
    first, second = (asyncio.ensure_future(who_asks.has(token_hash)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second


@pytest.mark.parametrize("path", [*FRAGMENTS, "/desk"])
async def test_a_session_that_has_ended_gets_no_fragment_from_then_on(office: Office, path: str) -> None:
    assert (await office.get("lead", path)).status_code == 200
    with Session(office.desk.engine) as session, session.begin():
        accounts.sign_out(session, digest(office.cookies["lead"]))
    assert (await office.get("lead", path)).status_code == 303


@pytest.mark.parametrize("path", [*FRAGMENTS, "/desk"])
async def test_nor_does_one_that_is_over_whose_password_is_one_time_or_who_has_left(office: Office, path: str) -> None:
    office.sign_in("lead")
    with Session(office.desk.engine) as session, session.begin():
        session.get_one(accounts.Account, office.staff("lead")).one_time = True
        session.get_one(accounts.StaffSession, digest(office.sign_in("manager"))).expires_at = now()
        office.sign_in("second_line")
        session.get_one(Staff, office.staff("second_line")).active = False
    led = {who: (await office.get(who, path)).headers["location"].partition("?")[0] for who in WHO}
    assert led == {"lead": "/password", "manager": "/sign-in", "second_line": "/sign-in"}


async def test_desks_that_share_a_rendering_are_told_their_own_number(office: Office) -> None:
    who = ("specialist", "other", "specialist")
    for one in who:
        office.speak(one, Language.EN)
    office.desk.open(Claim(by=office.desk.staff["specialist"].by))
    answers = await asyncio.gather(*(office.get(one, "/desk/queue") for one in who))
    assert ["Mine 1" in Page(answer.text).text for answer in answers] == [True, False, True]
