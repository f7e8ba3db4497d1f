"""Reading when there is much: first page of the queue, report, board, and the plans of what must never read all."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import text

from db.columns import now
from domain.report import By
from domain.words import Role
from ops.bench import bare_queue, pages, plans
from ops.bench.figures import Group, Line, Verdict, below, milliseconds, quantile, short
from ops.bench.many_cases import THREE_YEARS, Crowd, fill
from ops.bench.scene import Scene
from ops.bench.signing_in import signed_in
from ops.bench.size import Size
from ops.bench.wire import seconds, written
from ops.ports import free_port

PAGE = 50
QUEUE_GOAL, RECENT_GOAL, ALL_GOAL = 0.1, 0.3, 1.0
RECENT, LONGEST = timedelta(days=90), timedelta(days=3 * 366)
WARM_UP = 3
BARE = f"beside a bare FastAPI route that selects {PAGE} of the same rows by primary key, three columns each"
ANEW = "made anew each time"
_SOME = text("select id from cases where closed_at is null order by urgent_at limit :limit")


def measure(scene: Scene, size: Size) -> Group:
    """Fills the database, then asks over HTTP, one request at a time."""
    filled, at = _filled(scene, size), now()
    scene.api()
    lines = _queue(scene, size)
    lines += [_report(scene, size, RECENT, at, RECENT_GOAL), _report(scene, size, LONGEST, at, ALL_GOAL)]
    lines += [pages.board(scene, size), _plans(scene)]
    notes = (
        f"{size.closed_cases:,} closed cases of three years and {size.open_cases:,} open ones, written in bulk in "
        f"{filled:.0f} s; the embedded PostgreSQL with its defaults. One request at a time over one connection.",
        "Reports are reckoned anew for every request; the exact medians, 90th percentiles and intervals included.",
    )
    return Group("Reading", lines, notes)


def _filled(scene: Scene, size: Size) -> float:
    began = time.monotonic()
    fill(scene.engine, Crowd(now=now(), closed=size.closed_cases, open=size.open_cases, span=THREE_YEARS))
    took = time.monotonic() - began
    print(f"  {size.closed_cases + size.open_cases:,} cases written in {took:.0f} s", flush=True)
    return took


def _queue(scene: Scene, size: Size) -> list[Line]:
    specialist, port = scene.person(Role.SPECIALIST), free_port()
    ours = _request(f"/cases?limit={PAGE}", specialist.token)
    desk = written("GET", "/desk", signed_in(scene, specialist).headers)
    bare = written("GET", f"{bare_queue.PATH}?{urlencode([('id', one) for one in _ids(scene)])}", {})
    scene.module("ops.bench.bare_queue", str(port), port=port)
    takers: dict[str, Callable[[int], list[float]]] = {
        "bare": lambda times: seconds(port, [bare] * times),
        "cases": lambda times: seconds(scene.settings.api_port, [ours] * times),
        "desk": lambda times: seconds(scene.settings.api_port, [desk] * times),
    }
    found = _in_turns(takers, size)
    return [
        _beside_bare(f"GET /cases, first {PAGE} of {size.open_cases:,} open", found["cases"], found["bare"], BARE),
        _beside_bare(f"GET /desk, first {PAGE} of {size.open_cases:,} open", found["desk"], found["bare"], ANEW),
    ]


def _in_turns(takers: Mapping[str, Callable[[int], list[float]]], size: Size) -> dict[str, list[float]]:
    for take in takers.values():
        take(WARM_UP)
    found = {name: list[float]() for name in takers}
    for _ in range(size.rounds):
        for name, take in takers.items():
            found[name] += take(size.repeats)
    return found


def _beside_bare(what: str, found: Sequence[float], theirs: Sequence[float], note: str) -> Line:
    return Line(
        what=what,
        ours=pages.quantiles(found),
        baseline=pages.quantiles(theirs),
        ratio=f"{short(median(found) / median(theirs))} × p50",
        goal=f"p95 < {milliseconds(QUEUE_GOAL)}",
        verdict=below(quantile(found, 0.95), QUEUE_GOAL),
        notes=(note,),
    )


def _ids(scene: Scene) -> Sequence[UUID]:
    with scene.engine.connect() as connection:
        return connection.execute(_SOME, {"limit": PAGE}).scalars().all()


def _report(scene: Scene, size: Size, span: timedelta, at: datetime, goal: float) -> Line:
    token = scene.person(Role.MANAGER).token
    found = {by: _asked(scene, token, span, at, by, size.repeats if by is By.NONE else size.rounds) for by in By}
    grouped = ", ".join(f"{by} {milliseconds(quantile(found[by], 0.5))}" for by in By if by is not By.NONE)
    what = "all time" if span == LONGEST else f"{span.days} days"
    print(f"  report, {what}: {pages.quantiles(found[By.NONE])}", flush=True)
    return Line(
        what=f"GET /reports/loop, {what}, {size.closed_cases:,} closed",
        ours=pages.quantiles(found[By.NONE]),
        goal=f"p95 < {milliseconds(goal)}",
        verdict=below(quantile(found[By.NONE], 0.95), goal),
        notes=(f"with groups, p50: {grouped}",),
    )


def _asked(scene: Scene, token: str, span: timedelta, at: datetime, by: By, times: int) -> list[float]:
    period = {"from": (at - span).isoformat(), "to": at.isoformat(), "by": by.value}
    request = _request(f"/reports/loop?{urlencode(period)}", token)
    return seconds(scene.settings.api_port, [request] * (times + 1))[1:]


def _plans(scene: Scene) -> Line:
    found = {name: plans.read_whole(scene.engine, read) for name, read in plans.READS.items()}
    whole = [f"{name} reads {', '.join(sorted(tables))}" for name, tables in found.items() if tables]
    return Line(
        what="plans of queue, card, search, inbox",
        ours="; ".join(whole) or f"no sequential scan in {len(found)} readings",
        goal="no sequential scan",
        verdict=Verdict.MISSED if whole else Verdict.MET,
    )


def _request(path: str, token: str) -> bytes:
    return written("GET", path, {"Authorization": f"Bearer {token}"})
