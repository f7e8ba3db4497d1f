"""Alarms repeat at widening intervals until a lead acknowledges them or their cause ends."""

from datetime import timedelta

from sqlmodel import Session, select

from db.tables import Alert
from domain.events import EventKind
from domain.messages import Acknowledge
from domain.words import AttemptOutcome
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop


def alerts(play: Play) -> list[Alert]:
    with Session(play.engine) as session:
        return list(session.exec(select(Alert).where(Alert.case_id == play.case)))


async def test_a_broken_promise_is_told_again_after_5_10_20_and_40_minutes(start: Start) -> None:
    play = await start()
    await play.later(hours=2, minutes=16)
    broken = play.first(EventKind.PROMISE_BROKEN).at
    repeats = [row.at - broken for row in play.timeline() if row.kind == EventKind.ALARM_REPEATED]
    assert [round(wait / timedelta(minutes=1)) for wait in repeats] == [5, 15, 35, 75]
    (alert,) = alerts(play)
    assert (alert.kind, alert.repeats, alert.due) == ("promise_broken", 4, play.promised)


async def test_acknowledged_it_repeats_no_more(start: Start) -> None:
    play = await start()
    assert await play.refused(CloseTheLoop.acknowledge, Acknowledge(by=play.staff["lead"])) == "no_alarm"
    await play.later(minutes=61)
    assert await play.refused(CloseTheLoop.acknowledge, Acknowledge(by=play.staff["specialist"])) == "not_your_role"
    assert not (await moves.acknowledge(play, "manager")).alarms
    await play.later(hours=3)
    assert EventKind.ALARM_REPEATED not in play.steps()
    (alert,) = alerts(play)
    assert alert.acknowledged_by == play.staff["manager"].id
    assert alert.ended_at
    assert await play.refused(CloseTheLoop.acknowledge, Acknowledge(by=play.staff["lead"])) == "no_alarm"


async def test_reaching_the_customer_ends_it_unacknowledged(start: Start) -> None:
    play = await start()
    await play.later(minutes=61)
    await play.claim("lead")
    await play.call(AttemptOutcome.REACHED, who="lead")
    await play.later(hours=1)
    assert EventKind.ALARM_REPEATED not in play.steps()
    (alert,) = alerts(play)
    assert (alert.acknowledged_at, alert.acknowledged_by) == (None, None)
    assert alert.ended_at
