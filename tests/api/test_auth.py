"""Bearer tokens: hashed at rest, expiring, and void once somebody has left."""

from datetime import timedelta

from sqlmodel import Session, select

from api.auth import PREFIX, digest
from db.columns import now
from db.staff import ApiToken, Staff
from tests.api.staff_desk import Desk


async def test_a_token_is_stored_as_its_hash_only(desk: Desk) -> None:
    token = desk.staff["lead"].token
    with Session(desk.engine) as session:
        stored = session.exec(select(ApiToken).where(ApiToken.staff_id == desk.staff["lead"].id)).one()
    assert token.startswith(PREFIX)
    assert stored.token_hash == digest(token)
    assert token not in stored.model_dump_json()


async def test_without_a_valid_token_the_answer_says_how_to_send_one(desk: Desk) -> None:
    answer = await desk.client.get("/me", headers={"Authorization": "Bearer ctl_wrong"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_expired_token_is_refused(desk: Desk) -> None:
    with Session(desk.engine) as session, session.begin():
        token = session.exec(select(ApiToken).where(ApiToken.staff_id == desk.staff["lead"].id)).one()
        token.expires_at = now() - timedelta(seconds=1)
    assert (await desk.get("lead", "/me")).status_code == 401


async def test_the_token_of_somebody_who_left_is_refused(desk: Desk) -> None:
    with Session(desk.engine) as session, session.begin():
        session.get_one(Staff, desk.staff["lead"].id).active = False
    assert (await desk.get("lead", "/me")).status_code == 401


async def test_a_wrong_role_is_told_who_may(desk: Desk) -> None:
    answer = await desk.get("specialist", "/workflows/counts")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This is for: lead, manager, admin. You are specialist."
