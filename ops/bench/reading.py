"""Reading when there is much: the queue's first page, the report, and the plans of what must never read all."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import text

from db.columns import now
from domain.report import By
from domain.words import Role
from ops.bench import bare_queue, plans
from ops.bench.figures import Group, Line, Verdict, below, milliseconds, quantile, short
from ops.bench.many_cases import THREE_YEARS, Crowd, fill
from ops.bench.scene import Scene, free_port
from ops.bench.size import Size
from ops.bench.wire import load, written

PAGE = 50
QUEUE_GOAL, RECENT_GOAL, ALL_GOAL = 0.1, 0.3, 1.0
RECENT, LONGEST = timedelta(days=90), timedelta(days=3 * 366)
WARM_UP = 3
_SOME = text("select id from cases where closed_at is null order by urgent_at limit :limit")


def measure(scene: Scene, size: Size) -> Group:
    """Fills the database, then asks over HTTP, one request at a time."""
    filled, at = _filled(scene, size), now()
    scene.api()
    lines = [_queue(scene, size)]
    lines += [_report(scene, size, RECENT, at, RECENT_GOAL), _report(scene, size, LONGEST, at, ALL_GOAL)]
    lines.append(_plans(scene))
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


def _queue(scene: Scene, size: Size) -> Line:
    ours = _request(f"/cases?limit={PAGE}", scene.person(Role.SPECIALIST).token)
    port, bare = free_port(), written("GET", f"{bare_queue.PATH}?{urlencode([('id', one) for one in _ids(scene)])}", {})
    scene.module("ops.bench.bare_queue", str(port), port=port)
    for server, request in ((port, bare), (scene.settings.api_port, ours)):
        _seconds(server, request, WARM_UP)
    theirs, found = list[float](), list[float]()
    for _ in range(size.rounds):
        theirs += _seconds(port, bare, size.repeats)
        found += _seconds(scene.settings.api_port, ours, size.repeats)
    return _beside_bare(size, found, theirs)


def _beside_bare(size: Size, found: Sequence[float], theirs: Sequence[float]) -> Line:
    return Line(
        what=f"GET /cases, first {PAGE} of {size.open_cases:,} open",
        ours=_quantiles(found),
        baseline=_quantiles(theirs),
        ratio=f"{short(median(found) / median(theirs))} × p50",
        goal="p95 < 100 ms",
        verdict=below(quantile(found, 0.95), QUEUE_GOAL),
        notes=(f"beside a bare FastAPI route that selects {PAGE} of the same rows by primary key, three columns each",),
    )


def _ids(scene: Scene) -> Sequence[UUID]:
    with scene.engine.connect() as connection:
        return connection.execute(_SOME, {"limit": PAGE}).scalars().all()


def _report(scene: Scene, size: Size, span: timedelta, at: datetime, goal: float) -> Line:
    token = scene.person(Role.MANAGER).token
    found = {by: _asked(scene, token, span, at, by, size.repeats if by is By.NONE else size.rounds) for by in By}
    grouped = ", ".join(f"{by} {milliseconds(quantile(found[by], 0.5))}" for by in By if by is not By.NONE)
    what = "all time" if span == LONGEST else f"{span.days} days"
    print(f"  report, {what}: {_quantiles(found[By.NONE])}", flush=True)
    return Line(
        what=f"GET /reports/loop, {what}, {size.closed_cases:,} closed",
        ours=_quantiles(found[By.NONE]),
        goal=f"p95 < {milliseconds(goal)}",
        verdict=below(quantile(found[By.NONE], 0.95), goal),
        notes=(f"with groups, p50: {grouped}",),
    )


def _asked(scene: Scene, token: str, span: timedelta, at: datetime, by: By, times: int) -> list[float]:
    period = {"from": (at - span).isoformat(), "to": at.isoformat(), "by": by.value}
    request = _request(f"/reports/loop?{urlencode(period)}", token)
    _seconds(scene.settings.api_port, request, 1)
    return _seconds(scene.settings.api_port, request, times)


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


def _seconds(port: int, request: bytes, times: int) -> list[float]:
    found = asyncio.run(load(port, [request] * times, at_once=1))
    assert not found.refused, "a reading was refused"
    return found.latencies


def _quantiles(samples: Sequence[float]) -> str:
    return f"p50 {milliseconds(quantile(samples, 0.5))}, p95 {milliseconds(quantile(samples, 0.95))}"
