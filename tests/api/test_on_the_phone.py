"""Where people's telephones ring for real, nobody's is rung for two cases at once."""

from dataclasses import replace

import pytest

from db.columns import new_id, now
from domain.messages import Call, CallEnded, Claim, LogAttempt
from domain.words import AttemptOutcome
from provider_settings import Telephony
from tests.api.staff_desk import Desk

TWILIO = {"telephony": Telephony.TWILIO}
TWILIO_IN_KAZAKHSTAN = {"telephony_by_country": {"KZ": Telephony.TWILIO}}
AWAY = (503, "workflow_unavailable")
"""It was to be rung: only Temporal was not there."""


@pytest.fixture(params=[TWILIO, TWILIO_IN_KAZAKHSTAN])
def real(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    parts = desk.app.state.parts
    desk.app.state.parts = replace(parts, settings=parts.settings.model_copy(update=request.param))
    return desk


async def call(desk: Desk, who: str = "specialist") -> tuple[int, str]:
    """Somebody rings the customer of a case of their own."""
    case = desk.open(Claim(by=desk.staff[who].by), phone="+79160000002")
    answer = await desk.post(who, f"/cases/{case}/calls")
    return answer.status_code, answer.json()["code"]


async def test_whoever_is_on_the_phone_rings_nobody_else(real: Desk) -> None:
    by, attempt = real.staff["specialist"].by, new_id()
    case = real.open(Claim(by=by), Call(by=by, attempt=attempt))
    assert await call(real) == (409, "on_the_phone")
    assert await call(real, "other") == AWAY
    real.hear(case, CallEnded(id="1", at=now(), attempt=attempt, outcome=AttemptOutcome.NO_ANSWER))
    assert await call(real) == AWAY


async def test_a_call_made_by_other_means_is_over(real: Desk) -> None:
    by = real.staff["specialist"].by
    real.open(Claim(by=by), LogAttempt(by=by, attempt=new_id(), outcome=AttemptOutcome.NO_ANSWER))
    assert await call(real) == AWAY


async def test_a_simulated_telephone_is_never_engaged(desk: Desk) -> None:
    by = desk.staff["specialist"].by
    desk.open(Claim(by=by), Call(by=by, attempt=new_id()))
    assert await call(desk) == AWAY
