"""Idempotency-Key: a repeated command is the same command, and gets the same answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from api.problems import Problem
from db import keys
from db.columns import now
from db.keys import KeyUse, Standing
from db.staff import IdempotencyKey

Shape = TypeVar("Shape", bound=BaseModel)
Work = Callable[[], Awaitable[Shape]]

LEASE = timedelta(seconds=40)
"""Longer than a command may take; after it, the process that began is taken to be dead."""
PATIENCE = timedelta(seconds=12)
"""How long a repeat waits for the first one's answer."""
LOOK_AGAIN = timedelta(milliseconds=50)
STILL_RUNNING = "The first request with this Idempotency-Key is still under way. Repeat it in a moment."
KEY_REUSED = "This Idempotency-Key was used with another body. Use a new key for a new command."


async def once(engine: Engine, use: KeyUse | None, shape: type[Shape], work: Work[Shape]) -> Shape:
    """Carry `work` out once for this use of a key; without a key, simply carry it out.

    Answers and refusals (409) are kept and replayed. Anything else leaves the key free for a retry.
    """
    if use is None:
        return await work()
    kept = await _kept(engine, use)
    if kept:
        return _replayed(kept, shape)
    try:
        answer = await work()
    except Problem as problem:
        await run_in_threadpool(_end_with_problem, engine, use, problem)
        raise
    except BaseException:
        await run_in_threadpool(_free, engine, use)
        raise
    await run_in_threadpool(_settle, engine, use, 200, answer.model_dump(mode="json"))
    return answer


async def _kept(engine: Engine, use: KeyUse) -> IdempotencyKey | None:
    """The answer of an earlier use; None when this one is to be carried out."""
    deadline = time.monotonic() + PATIENCE.total_seconds()
    while True:
        standing, row = await run_in_threadpool(_begin, engine, use)
        if standing is Standing.OTHER_BODY:
            raise Problem(422, "key_reused", KEY_REUSED)
        if standing is not Standing.RUNNING:
            return row if standing is Standing.ANSWERED else None
        if time.monotonic() > deadline:
            raise Problem(503, "still_running", STILL_RUNNING, headers={"Retry-After": "2"})
        await asyncio.sleep(LOOK_AGAIN.total_seconds())


def _replayed(kept: IdempotencyKey, shape: type[Shape]) -> Shape:
    answer = kept.answer or {}
    if kept.status == 409:
        raise Problem(409, str(answer["code"]), str(answer["detail"]))
    return shape.model_validate(answer)


def _begin(engine: Engine, use: KeyUse) -> tuple[Standing, IdempotencyKey]:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        return keys.begin(session, use, now=now(), lease=LEASE)


PASSING = frozenset({"not_open_yet", "already_ringing", "call_under_way", "not_a_civil_hour"})
"""Refusals that end by themselves: the same command may succeed in a moment."""


def _end_with_problem(engine: Engine, use: KeyUse, problem: Problem) -> None:
    if problem.status == 409 and problem.code not in PASSING:
        _settle(engine, use, 409, {"code": problem.code, "detail": problem.detail})
    else:
        _free(engine, use)


def _settle(engine: Engine, use: KeyUse, status: int, answer: dict[str, object]) -> None:
    with Session(engine) as session, session.begin():
        keys.settle(session, use, status=status, answer=answer)


def _free(engine: Engine, use: KeyUse) -> None:
    with Session(engine) as session, session.begin():
        keys.free(session, use)
