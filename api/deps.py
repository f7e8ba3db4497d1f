"""What routes are given: the process's parts, a transaction a request, and time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import Client

from channels import hold_texts
from db.columns import now
from domain.hold import HoldTexts
from domain.policy import Policy
from settings import Settings
from surveys.mapping import Forms

SESSIONS = 20


@dataclass(frozen=True)
class Parts:
    """Everything the API is made of; put together once by the composition root, `app.state.parts`."""

    settings: Settings
    engine: Engine
    temporal: Client
    policies: Mapping[str, Policy]
    forms: Forms
    hold_texts: HoldTexts = field(default_factory=hold_texts.read)
    clock: Callable[[], datetime] = now


def parts_of(request: Request) -> Parts:
    """The parts of the app that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


def _session(request: Request) -> Iterator[Session]:
    with Session(parts_of(request).engine, expire_on_commit=False) as session, session.begin():
        yield session


# Not plain functions: FastAPI hands those to a thread, for every request, and these only look something up.
async def _parts(request: Request) -> Parts:
    return parts_of(request)


async def _present(request: Request) -> datetime:
    return present(request)


def present(request: Request) -> datetime:
    """What `NowDep` tells, for a route that FastAPI does not solve."""
    return parts_of(request).clock()


PartsDep = Annotated[Parts, Depends(_parts)]
# Scope "function": the commit comes before the answer leaves, so that a 2xx means durably stored.
# A session holds its connection while its request waits for a thread. More of them than half of both would let
# requests wait for a connection with a thread in hand, and for a thread with a connection in hand, for ever.
SessionDep = Annotated[Session, Depends(_session, scope="function", max_concurrency=SESSIONS)]
NowDep = Annotated[datetime, Depends(_present)]
