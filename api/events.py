"""Server-sent events: every change of every case, without a gap, also after a reconnection."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import Session

from api.auth import ALL, Person, bearer, person_asking, require
from api.deps import Parts, PartsDep, present
from api.feed import Change, Feed, Subscription
from api.problems import DATABASE_AWAY, Problem, responses

router = APIRouter(tags=["events"])
LAST_EVENT = "Sent by a browser that reconnects: goes on behind this event. It goes before `since`."
SINCE = "Go on behind this event: the number a page was rendered with. Without it, from now on."
BIGGEST = 2**63 - 1
COME_BACK = timedelta(seconds=1)
"""So soon a browser opens a stream that broke anew; by themselves most wait for three seconds."""
LOOK_AGAIN = timedelta(minutes=1)
"""So long a stream goes on at most after its session or token has ended."""
Since = Annotated[int | None, Query(ge=0, le=BIGGEST, description=SINCE)]
LastEvent = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, le=BIGGEST, description=LAST_EVENT)]


def feed_of(request: Request) -> Feed:
    """The feed of the app that serves this request."""
    feed: Feed = request.app.state.feed
    return feed


FeedDep = Annotated[Feed, Depends(feed_of)]


async def _subscription(
    request: Request, _: Annotated[Person, require(*ALL)], parts: PartsDep, feed: FeedDep
) -> AsyncIterator[Subscription]:
    if not await feed.is_soon_ready():
        detail = "The live feed has not reached the database yet. Try again in a moment."
        raise Problem(503, "feed_not_ready", detail, headers={"Retry-After": "1"})
    subscription = feed.subscribe()
    watch = asyncio.create_task(_end_with_session(subscription, request, parts))
    try:
        yield subscription
    finally:
        watch.cancel()
        feed.unsubscribe(subscription)


async def _end_with_session(subscription: Subscription, request: Request, parts: Parts) -> None:
    """A stream outlives no token or session for long: whoever has signed out, or left, hears no more."""
    credentials = await bearer(request)
    admitted = True
    while admitted:
        await asyncio.sleep(LOOK_AGAIN.total_seconds())
        admitted = await run_in_threadpool(_is_admitted, request, parts, credentials)
    subscription.end()


def _is_admitted(request: Request, parts: Parts, credentials: HTTPAuthorizationCredentials | None) -> bool:
    try:
        with Session(parts.engine) as session:
            return person_asking(session, request, credentials, present(request)) is not None
    except DATABASE_AWAY:
        return True  # nothing is told meanwhile either


@router.get("/events", response_class=EventSourceResponse, responses=responses(401, 403, 422, 503))
async def stream_events(
    feed: FeedDep,
    subscription: Annotated[Subscription, Depends(_subscription)],
    since: Since = None,
    last_event_id: LastEvent = None,
) -> AsyncIterable[ServerSentEvent]:
    """`ready`, with the number from which the stream goes on; then a `case` event for each change, and `alive` with the
    last number whenever nothing else was sent for 15 seconds.

    Events carry ids and codes only. A listener that is too slow is cut off, and gets what it missed when it reconnects.
    """
    behind = last_event_id if last_event_id is not None else since
    start = subscription.start if behind is None else min(behind, subscription.start)
    yield _place("ready", start, retry=int(COME_BACK.total_seconds() * 1000))
    last = start
    async for change in _changes(feed, subscription, start):
        last = change.id if change else last
        yield ServerSentEvent(event="case", id=str(last), data=change) if change else _place("alive", last)


async def _changes(feed: Feed, subscription: Subscription, start: int) -> AsyncIterator[Change | None]:
    async for missed in feed.since(start, upto=subscription.start):
        yield missed
    async for change in subscription.changes():
        yield change


def _place(event: str, last: int, retry: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(event=event, id=str(last), data={"id": last}, retry=retry)
