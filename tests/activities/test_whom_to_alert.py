"""Alerts reach somebody who can act: on duty first, and never a person who has left."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from activities.announcements import Announce
from db.recipients import staff_for
from domain.announcements import Audience
from domain.events import EventKind
from domain.words import Role
from tests.activities.provider import Provider
from tests.activities.scene import Scene, add_staff

ON_DUTY, OWNER, SECOND_LINE = (Audience.ON_DUTY,), (Audience.OWNER,), (Audience.SECOND_LINE,)
OWNER_AND_LEADS = (Audience.OWNER, Audience.LEADS)
RESCUERS = (Audience.SECOND_LINE, Audience.LEADS, Audience.MANAGERS)

PEOPLE: dict[str, tuple[Role, bool, bool]] = {
    # role, on duty, active
    "specialist": (Role.SPECIALIST, True, True),
    "specialist off": (Role.SPECIALIST, False, True),
    "specialist gone": (Role.SPECIALIST, True, False),
    "second line": (Role.SECOND_LINE, True, True),
    "second line off": (Role.SECOND_LINE, False, True),
    "lead": (Role.LEAD, True, True),
    "lead off": (Role.LEAD, False, True),
    "lead gone": (Role.LEAD, True, False),
    "manager": (Role.MANAGER, False, True),
    "manager gone": (Role.MANAGER, True, False),
    "admin": (Role.ADMIN, True, True),
}
EVERYBODY = frozenset(PEOPLE)
NOBODY_ON_DUTY = EVERYBODY - {"specialist", "second line", "lead"}


@pytest.mark.parametrize(
    ("audience", "there", "owner", "alerted"),
    [
        (ON_DUTY, EVERYBODY, None, {"specialist"}),
        (ON_DUTY, EVERYBODY - {"specialist"}, None, {"lead"}),
        (ON_DUTY, NOBODY_ON_DUTY, None, {"lead off"}),
        (ON_DUTY, NOBODY_ON_DUTY - {"lead off"}, None, {"manager"}),
        (ON_DUTY, {"specialist gone", "lead gone", "manager gone", "admin"}, None, set()),
        (OWNER, EVERYBODY, "specialist off", {"specialist off"}),
        (OWNER, EVERYBODY, "lead", {"lead"}),
        (OWNER, EVERYBODY, None, {"specialist"}),
        (OWNER, EVERYBODY, "specialist gone", {"specialist"}),
        (OWNER, NOBODY_ON_DUTY, "specialist gone", {"lead off"}),
        (SECOND_LINE, EVERYBODY, "specialist", {"second line"}),
        (SECOND_LINE, NOBODY_ON_DUTY, "specialist off", {"lead off"}),
        (OWNER_AND_LEADS, EVERYBODY, "specialist", {"specialist", "lead"}),
        (OWNER_AND_LEADS, EVERYBODY, "lead", {"lead"}),
        (OWNER_AND_LEADS, NOBODY_ON_DUTY, "specialist off", {"specialist off", "lead off"}),
        (RESCUERS, EVERYBODY, None, {"second line", "lead", "manager"}),
        (RESCUERS, NOBODY_ON_DUTY, None, {"lead off", "manager"}),
    ],
)
def test_whom_an_alert_goes_to(
    engine: Engine,
    scene: Scene,
    audience: tuple[Audience, ...],
    there: set[str],
    owner: str | None,
    alerted: set[str],
) -> None:
    staff = {name: _add(engine, name) for name in sorted(there)}
    if owner:
        scene.own(staff[owner])
    with Session(engine) as session:
        found = [member.name for member in staff_for(session, audience, scene.id)]
    assert sorted(found) == sorted(alerted)


def test_a_new_case_is_told_to_everybody_on_duty(
    engine: Engine, scene: Scene, announce: Callable[[Announce], None], provider: Provider
) -> None:
    staff = {name: _add(engine, name) for name in EVERYBODY}
    second = add_staff(engine, Role.SPECIALIST)
    announce(scene.moment(*scene.told))
    told = {name for name, member in staff.items() if provider.accepted("alert", staff_id=member)}
    assert told == {"specialist", "second line", "lead"}
    (alert,) = provider.accepted("alert", staff_id=second)
    assert alert.body["link"] == f"https://help.example/desk/cases/{scene.id}"


def test_a_quiet_event_alerts_nobody_and_still_tells_the_customer(
    engine: Engine, scene: Scene, announce: Callable[[Announce], None]
) -> None:
    add_staff(engine, Role.LEAD)
    announce(scene.moment(scene.event(EventKind.PROMISE_BROKEN, quiet=True)))
    assert [(row.channel, row.staff_id) for row in scene.messages()] == [("sms", None)]


def _add(engine: Engine, name: str) -> UUID:
    role, on_duty, active = PEOPLE[name]
    return add_staff(engine, role, on_duty=on_duty, active=active, name=name)
