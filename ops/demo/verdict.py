"""In the end: each case read back and held against its script, and the numbers of the report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from api.shown import CaseCard
from domain.metrics import Score, Share
from domain.report import Loop as Numbers
from domain.state import PromiseState
from ops.demo.live import Live
from ops.demo.loops import Loop
from ops.demo.post import Post
from ops.demo.screen import GREEN, RED, Screen, key_of
from ops.demo.script import Expected, difference
from ops.demo.wire import Desk


@dataclass(frozen=True)
class Played:
    """A loop after it was played."""

    loop: Loop
    cases: Sequence[UUID]
    failure: str | None
    """Why it could not be played to its end."""


@dataclass(frozen=True)
class Judge:
    """Reads everything anew, over HTTP."""

    desk: Desk
    live: Live
    post: Post

    def complaints(self, played: Played) -> list[str]:
        """Everything that differs from the script; nothing when the loop closed as it should."""
        found = [played.failure] if played.failure else []
        if len(played.cases) < len(played.loop.expected):
            found.append(f"{len(played.cases)} of {len(played.loop.expected)} cases came to be")
        for place, (case, expected) in enumerate(zip(played.cases, played.loop.expected, strict=False)):
            before = played.cases[place - 1] if place else None
            found += self._of_case(case, expected, place=place, before=before)
        return [*found, *self._of_calls(played)]

    def _of_case(self, case: UUID, expected: Expected, *, place: int, before: UUID | None) -> Iterator[str]:
        steps = self.desk.timeline(case).steps
        if complaint := difference(expected.timeline, [key_of(step) for step in steps]):
            yield complaint
        if unheard := {step.seq for step in steps} - self.live.heard(case):
            yield f"the live events told nothing of steps {sorted(unheard)}"
        if not steps:
            return
        card = self.desk.card(case)
        yield from _row(card, expected)
        if (card.case.loop, card.case.previous_id) != (place + 1, before):
            yield f"it is not loop {place + 1} behind {before}"

    def _of_calls(self, played: Played) -> Iterator[str]:
        rung = self.post.attempts_rung(played.loop.customer.phone)
        if len(rung) != played.loop.rung:
            yield f"the customer's phone rang {len(rung)} times instead of {played.loop.rung}"
        if len(rung) != len(set(rung)):
            yield "the customer's phone rang twice for one attempt"


def promise_of(promise: PromiseState) -> str:
    """What became of a promise, in a word."""
    if promise.void or promise.original is None:
        return "not counted"
    became = {"kept": promise.kept_at, "broken": promise.broken_at, "moved": promise.moved_at}
    return next((word for word, at in became.items() if at), "open")


def show(screen: Screen, judged: Sequence[tuple[Played, list[str]]]) -> None:
    """A line for each loop, and below it what differs."""
    width = max(len(played.loop.label) for played, _ in judged)
    for played, complaints in judged:
        mark = screen.painted("✗", RED) if complaints else screen.painted("✓", GREEN)
        wanted = ", then ".join(f"{one.outcome} (promise {one.promise})" for one in played.loop.expected)
        screen.say(f"  {mark} {played.loop.label:<{width}}  {wanted}")
        for complaint in complaints:
            screen.say(f"      {screen.painted(complaint, RED)}")


def show_numbers(screen: Screen, numbers: Numbers) -> None:
    """The report's numbers."""
    promise, survey = numbers.promise, numbers.survey
    rows = (
        ("contact requests", f"{numbers.cases}, still open {numbers.open}"),
        ("promise kept", f"{_share(promise.kept)}; moved {promise.moved}, not counted {promise.not_counted}"),
        ("reached within the hour", _share(promise.reached_within_the_hour)),
        ("solved in one conversation", _share(numbers.first_contact_resolution)),
        ("tNPS", f"{_score(survey.tnps)}; solved, say the customers: {_share(survey.solved)}"),
    )
    for name, told in rows:
        screen.say(f"  {name:<26}  {told}")


def _share(share: Share) -> str:
    if share.share is None or share.interval is None:
        return "none yet"
    between = f"{share.interval.low:.0%}–{share.interval.high:.0%}"
    return f"{share.count} of {share.n}, {share.share:.0%} ({between})"


def _score(score: Score) -> str:
    if score.score is None or score.interval is None:
        return "no answers yet"
    return f"{score.score:+.0f} ({score.interval.low:+.0f}…{score.interval.high:+.0f}), n = {score.n}"


def _row(card: CaseCard, expected: Expected) -> Iterator[str]:
    actual = {
        "outcome": card.snapshot.outcome,
        "promise": promise_of(card.snapshot.promise),
        "tNPS": card.survey.tnps if card.survey else None,
        "solved": card.survey.solved if card.survey else None,
    }
    wanted = {
        "outcome": expected.outcome,
        "promise": expected.promise,
        "tNPS": expected.tnps,
        "solved": expected.solved,
    }
    for name, value in wanted.items():
        if actual[name] != value:
            yield f"{name}: expected {value}, found {actual[name]}"
