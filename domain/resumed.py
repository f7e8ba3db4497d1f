"""Where a case goes on when its workflow was lost: at its row, which people have seen."""

from collections.abc import Iterable

from domain.events import Event, EventKind
from domain.policy import Frozen
from domain.state import Snapshot


class Resumed(Frozen):
    """The state of the row, and what the timeline adds to it."""

    snapshot: Snapshot
    latest: tuple[Event, ...]
    """The last event of each kind: it tells which steps are behind the case."""

    def last(self, *kinds: EventKind) -> Event | None:
        """The last event of any of these kinds."""
        return max((event for event in self.latest if event.kind in kinds), key=lambda event: event.seq, default=None)

    def happened_since(self, kind: EventKind, *begun: EventKind) -> bool:
        """Whether this step happened after what it belongs to began."""
        step, start = self.last(kind), self.last(*begun)
        return step is not None and (start is None or step.seq > start.seq)


def resumed_from(snapshot: Snapshot, timeline: Iterable[Event]) -> Resumed:
    """What a new run has to know of an old one."""
    latest = {event.kind: event for event in sorted(timeline, key=lambda event: event.seq)}
    return Resumed(snapshot=snapshot, latest=tuple(latest.values()))
