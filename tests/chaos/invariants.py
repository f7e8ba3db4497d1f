"""What must be true after any chaos: each invariant a function that returns what contradicts it, in words."""

from collections.abc import Callable, Iterator

from tests.chaos import effects, ladders, records
from tests.chaos.evidence import Evidence

Invariant = Callable[[Evidence], Iterator[str]]


def an_outage_is_told_as_one(evidence: Evidence) -> Iterator[str]:
    """Nobody was answered with a 500: what is away is told with 503, and how to repeat."""
    yield from (f"{what}, {count} times" for what, count in evidence.tally.items() if what.startswith("500"))


def every_blow_struck(evidence: Evidence) -> Iterator[str]:
    """Every part was hit, and every armed fail point was reached."""
    yield from (f"nobody came by: {done.what}" for done in evidence.disruptions if not done.struck)


ALL: tuple[Invariant, ...] = (
    every_blow_struck,
    records.every_response_has_one_case,
    records.rows_equal_workflows,
    records.every_history_replays,
    records.cases_end_as_scripted,
    ladders.no_step_of_a_ladder_is_skipped_or_doubled,
    effects.no_attempt_rings_twice,
    effects.no_message_goes_out_twice,
    records.timelines_are_whole,
    records.nothing_is_left_undone,
    ladders.what_fell_due_in_the_dark_happened_at_dawn,
    an_outage_is_told_as_one,
)
