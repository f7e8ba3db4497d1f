"""Whom an installation's own table names: roles on duty or not, the owner, and the leads when nobody is there."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from db.addressed import addressed
from domain.addressees import Addressee, Addressees, Presence
from domain.words import Role
from tests.activities.scene import Scene, add_staff

ANYBODY = Presence.ANYBODY


@pytest.fixture
def staff(engine: Engine) -> dict[str, UUID]:
    """One of each role on duty, and a lead and an admin who are not; somebody who has left."""
    here = {role.value: add_staff(engine, role) for role in Role if role is not Role.ADMIN}
    away = {name: add_staff(engine, Role(name), on_duty=False) for name in ("admin",)}
    add_staff(engine, Role.MANAGER, active=False)
    return {**here, **away, "lead_away": add_staff(engine, Role.LEAD, on_duty=False)}


def told(engine: Engine, case_id: UUID, *to: Addressee, who: Presence = Presence.ON_DUTY) -> set[UUID]:
    with Session(engine) as session:
        found: Sequence[UUID] = [one.id for one in addressed(session, Addressees(to=to, who=who), case_id)]
    assert len(found) == len(set(found))
    return set(found)


def test_roles_are_told_on_duty_or_all_of_them(engine: Engine, staff: dict[str, UUID]) -> None:
    case_id = Scene(engine).id
    assert told(engine, case_id, Addressee.LEAD) == {staff["lead"]}
    assert told(engine, case_id, Addressee.LEAD, who=ANYBODY) == {staff["lead"], staff["lead_away"]}
    several = told(engine, case_id, Addressee.MANAGER, Addressee.SECOND_LINE)
    assert several == {staff["manager"], staff["second_line"]}


def test_the_owner_is_told_wherever_they_are(engine: Engine, staff: dict[str, UUID]) -> None:
    scene = Scene(engine)
    scene.own(staff["lead_away"])
    assert told(engine, scene.id, Addressee.OWNER) == {staff["lead_away"]}
    assert told(engine, scene.id, Addressee.OWNER, Addressee.LEAD) == {staff["lead"], staff["lead_away"]}


def test_when_nobody_of_them_is_there_the_leads_are_told(engine: Engine, staff: dict[str, UUID]) -> None:
    case_id = Scene(engine).id
    assert told(engine, case_id, Addressee.ADMIN) == told(engine, case_id, Addressee.OWNER) == {staff["lead"]}
    assert told(engine, case_id, Addressee.ADMIN, who=ANYBODY) == {staff["admin"]}
