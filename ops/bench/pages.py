"""Pages of the staff over many cases, one request at a time over one connection."""

from collections.abc import Sequence

from domain.words import Role
from ops.bench.figures import Line, below, milliseconds, quantile
from ops.bench.scene import Scene
from ops.bench.signing_in import signed_in
from ops.bench.size import Size
from ops.bench.wire import seconds, written

BOARD_GOAL = 0.3
WARM_UP = 3


def board(scene: Scene, size: Size) -> Line:
    """The board as it opens: the last 90 days by week, all products and sources, with plots and tables."""
    asked = written("GET", "/board", signed_in(scene, scene.person(Role.MANAGER)).headers)
    seconds(scene.settings.api_port, [asked] * WARM_UP)
    found = seconds(scene.settings.api_port, [asked] * size.repeats)
    print(f"  board: {quantiles(found)}", flush=True)
    return Line(
        what=f"GET /board, 90 days by week, {size.closed_cases:,} closed",
        ours=quantiles(found),
        goal=f"p95 < {milliseconds(BOARD_GOAL)}",
        verdict=below(quantile(found, 0.95), BOARD_GOAL),
    )


def quantiles(samples: Sequence[float]) -> str:
    """p50 and p95."""
    return f"p50 {milliseconds(quantile(samples, 0.5))}, p95 {milliseconds(quantile(samples, 0.95))}"
