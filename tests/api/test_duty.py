"""On and off duty: what is left behind goes back to the desk, or to the stand-in."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session, col, select

from db.casework import Case
from db.intake import Inbox
from db.staff import Duty
from domain.messages import Claim, OwnerLeft
from tests.api.staff_desk import Desk

ON = {"on_duty": True}
OFF = {"on_duty": False}


async def put(desk: Desk, who: str, body: Mapping[str, object]) -> tuple[int, dict[str, object]]:
    answer = await desk.ask(who, "PUT", "/me/duty", body)
    return answer.status_code, answer.json()


def told(desk: Desk) -> dict[UUID, OwnerLeft]:
    """What the cases will hear."""
    with Session(desk.engine) as session:
        rows = session.exec(select(Inbox).where(col(Inbox.kind) == "owner_left")).all()
        return {row.case_id: OwnerLeft.model_validate(row.body) for row in rows}


async def test_going_on_duty_twice_is_one_spell(desk: Desk) -> None:
    first = await put(desk, "specialist", ON)
    assert await put(desk, "specialist", ON) == first
    assert (await desk.get("specialist", "/me")).json() == first[1]
    assert first[1]["on_duty_since"]
    with Session(desk.engine) as session:
        assert len(session.exec(select(Duty)).all()) == 1


async def test_going_off_duty_tells_every_open_case_of_mine(desk: Desk) -> None:
    me, other = desk.staff["specialist"], desk.staff["other"]
    mine, closed = desk.open(Claim(by=me.by)), desk.open(Claim(by=me.by))
    desk.open(Claim(by=other.by))
    with Session(desk.engine) as session, session.begin():
        case = session.get_one(Case, closed)
        case.closed_at = case.requested_at
    for who in ("specialist", "other"):
        await put(desk, who, ON)
    status, shown = await put(desk, "specialist", OFF | {"stand_in": str(other.id)})
    assert (status, shown["on_duty_since"]) == (200, None)
    assert {case: (fact.staff, fact.stand_in) for case, fact in told(desk).items()} == {mine: (me.id, other.id)}


async def test_going_off_duty_twice_tells_them_once(desk: Desk) -> None:
    desk.open(Claim(by=desk.staff["specialist"].by))
    await put(desk, "specialist", ON)
    for _ in range(2):
        assert (await put(desk, "specialist", OFF))[0] == 200
    assert len(told(desk)) == 1


async def test_a_stand_in_is_somebody_else_at_the_desk_and_on_duty(desk: Desk) -> None:
    await put(desk, "specialist", ON)
    codes = {}
    for name in ("specialist", "other", "admin"):
        status, answer = await put(desk, "specialist", OFF | {"stand_in": str(desk.staff[name].id)})
        codes[name] = (status, answer["code"])
    assert codes == {
        "specialist": (422, "yourself"),
        "other": (409, "stand_in_off_duty"),
        "admin": (422, "not_at_the_desk"),
    }
    assert (await desk.get("specialist", "/me")).json()["on_duty_since"]


async def test_one_is_not_nearly_on_duty(desk: Desk) -> None:
    assert (await put(desk, "specialist", {"on_duty": 1}))[0] == 422


async def test_colleagues_are_listed_with_their_duty(desk: Desk) -> None:
    await put(desk, "lead", ON)
    staff = (await desk.get("specialist", "/staff")).json()["staff"]
    assert [one["name"] for one in staff] == sorted(one["name"] for one in staff)
    assert [one["role"] for one in staff if one["on_duty_since"]] == ["lead"]
