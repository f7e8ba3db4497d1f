"""Providers that take longer than a record may: nothing waits for them, and everybody hears all the same."""

from tests.workflows.conftest import Start
from tests.workflows.playing import Outside


async def test_what_could_not_be_told_at_once_is_told_by_an_errand(start: Start, outside: Outside) -> None:
    outside.slow = True
    play = await start()
    await play.claim()
    told = await play.seen()
    assert (told.messages(), told.alerts()) == (["request_received"], ["new_case"])
