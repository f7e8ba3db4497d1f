"""How much is measured: the default, a quick look, and the least that shows that it works."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Size:
    """Counts of one run; durations in seconds."""

    rounds: int = 5
    """Times that ours and the baseline take turns."""
    loops: int = 150
    """Whole loops a round."""
    loops_by_http: int = 150
    deliveries: int = 1500
    """Webhooks a round."""
    drained: int = 800
    """Accepted while the relay is held, then drained."""
    drain_for: float = 20
    readable_for: float = 40
    kills: int = 3
    shadow: float = 15
    """For so long what is accepted counts as accepted after a kill."""
    metrics_lag: float = 3
    """How long the Temporal server's counters may lag behind."""
    commands: int = 200
    few_open: int = 1_000
    many_open: int = 10_000
    deadlines: int = 1_000
    backlog: int = 3_000
    notice: float = 10
    """Seconds between the last opening and the first deadline, and between the minute and the backlog."""
    minute: float = 60
    """Within which the deadlines fall due."""
    closed_cases: int = 1_000_000
    open_cases: int = 10_000
    first_loads: int = 11
    """Of the desk, by a browser that has nothing of it; 0: no browser is started."""
    changes: int = 100
    """Seen by a browser."""
    desks: int = 200
    seen_by_all: int = 40
    """Changes while so many desks are open."""
    repeats: int = 100
    """Requests of each reading."""


DEFAULT = Size()
QUICK = replace(
    DEFAULT,
    rounds=2,
    loops=60,
    loops_by_http=40,
    deliveries=400,
    drained=200,
    drain_for=6,
    readable_for=10,
    kills=1,
    commands=40,
    few_open=100,
    many_open=500,
    deadlines=100,
    backlog=200,
    minute=10,
    closed_cases=50_000,
    open_cases=1_000,
    first_loads=5,
    changes=20,
    seen_by_all=6,
    repeats=20,
)
TINY = replace(
    QUICK,
    rounds=1,
    loops=2,
    loops_by_http=2,
    deliveries=10,
    drained=4,
    drain_for=2,
    readable_for=1,
    shadow=2,
    metrics_lag=0.5,
    commands=2,
    few_open=3,
    many_open=9,
    deadlines=2,
    backlog=2,
    notice=2,
    minute=2,
    closed_cases=2_000,
    open_cases=100,
    first_loads=0,
    changes=2,
    desks=3,
    seen_by_all=2,
    repeats=2,
)
