"""The verdict: a line an invariant, below it what contradicts it; and what the run was made of."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from domain.events import EventKind
from tests.chaos.evidence import Evidence
from tests.chaos.invariants import ALL
from tests.chaos.ladders import WHEN_DUE

MOST_SHOWN = 12


@dataclass(frozen=True)
class Verdict:
    """What one run has shown."""

    seed: int
    took: timedelta
    evidence: Evidence
    complaints: dict[str, Sequence[str]]
    """By invariant; nothing where it held."""

    @property
    def holds(self) -> bool:
        """Whether every invariant held."""
        return not any(self.complaints.values())

    def text(self) -> str:
        """The table."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        evidence = self.evidence
        blows = sum(1 for done in evidence.disruptions if done.struck)
        loops, cases = len(evidence.played), len(evidence.rows.cases)
        yield f"Seed {self.seed}: {loops} loops, {cases} cases, {blows} blows and a night, in {self.took}"
        for kind, count in sorted(Counter(played.script.name for played in evidence.played).items()):
            yield f"  {count:>4}  {kind}"
        for done in evidence.disruptions:
            yield f"  {done.at:%H:%M:%S}  {done.what}{'' if done.struck else ' (nobody came by)'}"
        if evidence.down and evidence.up:
            yield f"  {evidence.down:%H:%M:%S}  all dark for {(evidence.up - evidence.down).total_seconds():.0f} s"
        yield f"  {_lateness(evidence)}"
        yield f"  repeated by clients: {dict(evidence.tally) or 'nothing'}"
        for name, complaints in self.complaints.items():
            yield f"{'✗' if complaints else '✓'} {name.replace('_', ' ')}"
            yield from (f"    {complaint}" for complaint in complaints[:MOST_SHOWN])
            if len(complaints) > MOST_SHOWN:
                yield f"    … and {len(complaints) - MOST_SHOWN} more"


def judge(seed: int, took: timedelta, evidence: Evidence) -> Verdict:
    """Hold the evidence against every invariant."""
    return Verdict(seed, took, evidence, {one.__name__: list(one(evidence)) for one in ALL})


def _lateness(evidence: Evidence) -> str:
    """How long after its due time each step of the clock happened; those of the night apart."""
    steps = [step for steps in evidence.rows.timelines.values() for step in steps if step.kind in WHEN_DUE and step.due]
    late = sorted((step.at - step.due).total_seconds() for step in steps if step.due)
    again = sum(1 for step in steps if step.kind == EventKind.PROMISE_BROKEN)
    if not late:
        return "no deadlines fell due"
    return f"{len(late)} deadlines ({again} promises broken): median {median(late):.2f} s late, latest {late[-1]:.1f} s"
