"""Faults on demand, as an ASGI layer before the routes, which know nothing of them."""

import asyncio
from enum import StrEnum
from typing import Self

from pydantic import Field, JsonValue, TypeAdapter, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from channels.simulator.log import AppendOnlyLog, Kind
from domain.policy import Frozen

_JSON_OBJECT = TypeAdapter(dict[str, JsonValue])


class Route(StrEnum):
    """Where a fault strikes."""

    CALLS = "calls"
    SMS = "sms"
    MAIL = "mail"
    ALERTS = "alerts"
    CALLBACKS = "callbacks"


class Mode(StrEnum):
    """What goes wrong."""

    HANG = "hang"
    """Neither accepted nor answered, until the client goes away."""
    DROP_BEFORE = "drop_before"
    """Not accepted; the connection breaks."""
    DROP_AFTER = "drop_after"
    """Accepted; the connection breaks before the answer."""
    ERROR_503 = "error_503"
    TOO_MANY_429 = "too_many_429"
    REPEAT = "repeat"
    """A callback is delivered twice."""
    REORDER = "reorder"
    """The callbacks of one call are delivered last one first, after its end."""


_KINDS = {"/calls": Kind.CALL, "/sms": Kind.SMS, "/mail": Kind.MAIL, "/alerts": Kind.ALERT}
_OF_CALLBACKS = {Mode.REPEAT, Mode.REORDER}


class Fault(Frozen):
    """The next `count` requests (for callbacks: events to repeat, calls to reorder) go wrong; 0 takes it back."""

    route: Route
    mode: Mode
    count: int = Field(default=1, ge=0)
    retry_after: int = Field(default=1, ge=0)
    """Seconds, for `too_many_429`."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.route is Route.CALLBACKS) != (self.mode in _OF_CALLBACKS):
            raise ValueError(f"{self.mode} cannot happen to {self.route}")
        return self


class Faults:
    """The faults still to come; a new one replaces the one of the same route and mode."""

    def __init__(self) -> None:
        self._left: dict[tuple[Route, Mode], Fault] = {}

    def put(self, fault: Fault) -> None:
        """From now on this goes wrong."""
        self._left[fault.route, fault.mode] = fault

    def take(self, route: Route, *modes: Mode) -> Fault | None:
        """Use up one fault of this route, of one of these modes if any are named."""
        for fault in self._left.values():
            if fault.route is route and fault.count and (not modes or fault.mode in modes):
                self.put(fault.model_copy(update={"count": fault.count - 1}))
                return fault
        return None


class HangUpProtocol(H11Protocol):
    """uvicorn's HTTP that lets a request find its own connection, in order to break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent does
        """Remember the connection in the state each request gets a copy of."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class FaultyDoor:
    """Every POST that hands something over passes here first."""

    def __init__(self, app: ASGIApp, faults: Faults, log: AppendOnlyLog) -> None:
        self._app = app
        self._faults = faults
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._fault(scope)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.mode is Mode.DROP_AFTER:
            await self._app(scope, receive, _swallow)
            await _hang_up(scope, receive)
        else:
            await self._refuse(fault, scope, receive)
            await self._strike(fault, scope, receive, send)

    def _fault(self, scope: Scope) -> Fault | None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in _KINDS:
            return None
        return self._faults.take(Route(scope["path"].removeprefix("/")))

    async def _refuse(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        try:
            body = _JSON_OBJECT.validate_json(await Request(scope, receive).body())
        except ValidationError:
            body = {}
        self._log.append_refused(_KINDS[scope["path"]], body, fault.mode)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.mode:
            case Mode.ERROR_503:
                await Response(status_code=503)(scope, receive, send)
            case Mode.TOO_MANY_429:
                wait = {"retry-after": str(fault.retry_after)}
                await Response(status_code=429, headers=wait)(scope, receive, send)
            case Mode.HANG:
                await _until_gone(receive)
            case _:
                await _hang_up(scope, receive)


async def _swallow(_message: Message) -> None:
    """The answer that never arrives."""


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["state"]["transport"].abort()
    await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
