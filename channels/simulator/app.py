"""The provider's HTTP: what our channels post to, what tests and the demo steer, and the outbox to look at."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.templating import Jinja2Templates
from pydantic import AwareDatetime
from starlette.types import ASGIApp

from channels.erasing import Forgotten
from channels.errors import Refused, RefusedReason
from channels.events import RingEnd
from channels.protocols import (
    AlertToSend,
    CallProgress,
    CallToPlace,
    MailToSend,
    ProviderCall,
    ProviderMessage,
    SmsToSend,
)
from channels.simulator import outbox
from channels.simulator.faults import Fault, Faults, FaultyDoor
from channels.simulator.log import AppendOnlyLog, Kind, Line
from channels.simulator.people import Script
from channels.simulator.provider import Provider
from domain.policy import Frozen

_PAGES = Jinja2Templates(Path(__file__).parent)
_ICON = Path(__file__).parents[2] / "api" / "staff_pages" / "static" / "icon.svg"
"""The one file of the product's look that this page shares."""
_A_DAY = {"Cache-Control": "public, max-age=86400"}


class SentSms(ProviderMessage):
    """An SMS in the list of those sent."""

    text: str


class Written(Frozen):
    """What a person writes to us."""

    text: str


class Rings(Frozen):
    """A person's call to us."""

    end: RingEnd = RingEnd.TAKEN


class LogPage(Frozen):
    """Lines of the log after the number asked for."""

    lines: list[Line]


def build(provider: Provider, log: AppendOnlyLog, faults: Faults) -> ASGIApp:
    """The whole application, behind its faulty door."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        provider.resume()
        yield
        provider.stop()

    app = FastAPI(title="Local provider", lifespan=lifespan)
    app.add_exception_handler(Refused, _refused)
    _add_calls(app, provider)
    _add_messages(app, provider)
    _add_people(app, provider, faults)
    _add_forgetting(app, provider)
    _add_pages(app, provider, log)
    return FaultyDoor(app, faults, log)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    code = error.reason if isinstance(error, Refused) else RefusedReason.CONFIG
    return JSONResponse({"code": code}, 404 if code is RefusedReason.NOT_FOUND else 400)


def _add_calls(app: FastAPI, provider: Provider) -> None:
    world = provider.world

    @app.post("/calls", status_code=201)
    async def place(call: CallToPlace) -> ProviderCall:
        return provider.place(call)

    @app.get("/calls")
    async def find_calls(to: str, since: AwareDatetime) -> list[ProviderCall]:
        return [
            ProviderCall(provider_id=call.provider_id, placed_at=call.placed_at) for call in world.calls_to(to, since)
        ]

    @app.get("/calls/{provider_id}")
    async def fetch(provider_id: str) -> CallProgress:
        if provider_id not in world.progress:
            raise Refused(RefusedReason.NOT_FOUND)
        return world.progress[provider_id]

    @app.post("/calls/{provider_id}/cancellation", status_code=204)
    async def cancel(provider_id: str) -> None:
        if provider_id not in world.progress:
            raise Refused(RefusedReason.NOT_FOUND)
        provider.cancel(provider_id)


def _add_messages(app: FastAPI, provider: Provider) -> None:
    @app.post("/sms", status_code=201)
    async def send_sms(sms: SmsToSend) -> ProviderMessage:
        return provider.send_sms(sms)

    @app.get("/sms")
    async def find_sms(to: str, since: AwareDatetime) -> list[SentSms]:
        found = provider.world.sms_to(to, since)
        return [SentSms(provider_id=sms.provider_id, accepted_at=sms.accepted_at, text=sms.text) for sms in found]

    @app.post("/mail", status_code=202)
    async def send_mail(mail: MailToSend) -> ProviderMessage:
        return provider.send_mail(mail)

    @app.post("/alerts", status_code=202)
    async def send_alert(alert: AlertToSend) -> ProviderMessage:
        return provider.send_alert(alert)


def _add_people(app: FastAPI, provider: Provider, faults: Faults) -> None:
    @app.put("/script/{person}", status_code=204)
    async def put_script(person: str, script: Script) -> None:
        provider.learn(person, script)

    @app.post("/people/{phone}/sms", status_code=202)
    async def write(phone: str, written: Written) -> None:
        provider.write(phone, written.text)

    @app.post("/people/{phone}/call", status_code=202)
    async def ring_us(phone: str, call: Rings) -> None:
        provider.ring_us(phone, call.end)

    @app.put("/faults", status_code=204)
    async def put_fault(fault: Fault) -> None:
        faults.put(fault)


def _add_forgetting(app: FastAPI, provider: Provider) -> None:
    for path, kind in (("calls", Kind.CALL), ("sms", Kind.SMS), ("mail", Kind.MAIL)):
        app.add_api_route(f"/{path}/{{provider_id}}", _forgets(provider, kind), methods=["DELETE"], status_code=204)

    @app.post("/people/forgotten", status_code=204)
    async def forget_person(person: Forgotten) -> None:
        provider.forget_person(person.addresses)


def _forgets(provider: Provider, kind: Kind) -> Callable[[str], Awaitable[None]]:
    async def forget(provider_id: str) -> None:
        provider.forget(kind, provider_id)

    return forget


def _add_pages(app: FastAPI, provider: Provider, log: AppendOnlyLog) -> None:
    @app.get("/log")
    async def read_log(
        after: Annotated[int, Query(ge=0)] = 0, wait: Annotated[float, Query(ge=0, le=30)] = 0
    ) -> LogPage:
        return LogPage(lines=await log.after(after, wait))

    @app.get("/outbox")
    async def show_outbox(request: Request, asked: outbox.AskedDep) -> HTMLResponse:
        page = {
            "lines": outbox.shown(log.lines, asked),
            "asked": asked,
            "kinds": outbox.KINDS,
            "legs": outbox.LEGS,
            "person": outbox.person,
            "progress": provider.world.progress,
        }
        return _PAGES.TemplateResponse(request, "outbox.html", page)

    @app.get("/favicon.ico")
    async def icon() -> FileResponse:
        return FileResponse(_ICON, media_type="image/svg+xml", headers=_A_DAY)

    @app.get("/outbox/{seq}")
    async def mail(seq: int) -> HTMLResponse:
        line = log.lines[seq - 1] if 0 < seq <= len(log.lines) else None
        if line is None or line.kind is not Kind.MAIL:
            raise HTTPException(404)
        return HTMLResponse(str(line.body.get("html", "")))
