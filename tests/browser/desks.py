"""Desks to look at: the staff's pages with their live feed over rows alone, on one replica or several."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Thread
from uuid import UUID, uuid4

from fastapi import FastAPI
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import Engine
from sqlmodel import Session

from api.__main__ import Server, server_of
from api.app import create_app
from api.feed import Feed
from db import duty, inbox
from db.casework import Case
from db.columns import now
from db.people import Customer
from db.staff import Staff
from domain.messages import Ask, Claim
from domain.words import Language
from settings import LOOPBACK
from tests.api.staff_desk import Desk, desk_over, nowhere, parts_over
from tests.api.staff_pages.office import Office
from tests.waiting import until

MINUTE = timedelta(minutes=1)


@dataclass
class Replica:
    """One API process as far as its app goes: a server, a feed, and nothing shared but the database."""

    app: FastAPI
    url: str
    server: Server
    thread: Thread

    @property
    def feed(self) -> Feed:
        """Its reader of the timeline."""
        feed: Feed = self.app.state.feed
        return feed

    def cut(self) -> None:
        """End every stream, as a broken connection does."""
        assert self.feed._loop
        for subscription in self.feed._subscriptions:
            self.feed._loop.call_soon_threadsafe(subscription.end)

    def stop(self) -> None:
        """As a signal stops it."""
        self.server.handle_exit(15, None)
        self.thread.join(timeout=20)

    def come_back(self) -> None:
        """Start anew at the same address, knowing nothing of before."""
        again = _started(create_app(self.app.state.parts), port=int(self.url.rpartition(":")[2]))
        self.app, self.server, self.thread = again.app, again.server, again.thread


@dataclass
class Desks:
    """Rows, people, and the replicas that show them."""

    desk: Desk
    replicas: list[Replica] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.office = Office(self.desk)

    @property
    def url(self) -> str:
        """The first one's."""
        return self.replicas[0].url

    def sign_in(self, context: BrowserContext, who: str = "specialist", language: Language = Language.EN) -> None:
        """Let this browser be theirs."""
        self.office.speak(who, language)
        secret = self.office.sign_in(who)
        context.add_cookies([{"name": "closeloop", "value": secret, "url": one.url} for one in self.replicas])

    def open(
        self,
        name: str = "Anna Belova",
        *asks: Ask,
        minutes: int = 0,
        requested: datetime | None = None,
        **told: object,
    ) -> UUID:
        """A case of a new customer, asked for so many minutes ago."""
        customer = Customer(name=name, address_form=None)
        with Session(self.desk.engine, expire_on_commit=False) as session, session.begin():
            session.add(customer)
        at = requested or now() - minutes * MINUTE
        phone = f"+7916{uuid4().int % 10**7:07d}"
        return self.desk.open(
            *asks, requested=at, **({"customer": customer.id, "phone": phone, "product": "home"} | told)
        )

    def customer_of(self, case: UUID) -> UUID:
        """Whose case it is."""
        with Session(self.desk.engine) as session:
            return session.get_one(Case, case).customer_id

    def fill(self) -> None:
        """One row of each kind, a contact request on its way, and somebody to stand in."""
        by = self.desk.staff["specialist"].by
        self.desk.let_time_pass(self.open("Константин Константинопольский", minutes=75))
        self.open("Sergey Long-Name Vladimirovich", Claim(by=by), minutes=40)
        self.open("No Number", phone=None, promise=None)
        told = self.desk.respond(phone="+79160001122")
        assert told.promise
        due = told.promise.due
        with Session(self.desk.engine) as session, session.begin():
            inbox.put(session, kind="contact_request", key=str(told.case), case_id=told.case, body=None, urgent_at=due)
            for who in ("specialist", "other"):
                duty.start(session, self.office.staff(who), now())

    def rename(self, who: str, name: str) -> None:
        """Give somebody a name."""
        with Session(self.desk.engine) as session, session.begin():
            session.get_one(Staff, self.office.staff(who)).name = name


@contextmanager
def desks_over(engine: Engine, *, replicas: int = 1) -> Iterator[Desks]:
    """So many replicas over these rows as long as the block lasts. Temporal is away."""
    desks = Desks(desk_over(engine, asyncio.run(nowhere())))
    for _ in range(replicas):
        desks.replicas.append(_started(create_app(parts_over(engine, asyncio.run(nowhere())))))
    try:
        yield desks
    finally:
        for replica in desks.replicas:
            replica.stop()


def _started(app: FastAPI, port: int = 0) -> Replica:
    listening = socket.create_server((LOOPBACK, port))
    server = server_of(app, host=LOOPBACK, port=0)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    # Until it serves, connections wait in the socket's queue.
    return Replica(app, f"http://{LOOPBACK}:{listening.getsockname()[1]}", server, thread)


def show(page: Page, desks: Desks, query: str = "") -> None:
    """Open the desk, and wait until it listens to the feed."""
    page.goto(f"{desks.url}/desk{query}")
    until(lambda: desks.replicas[0].feed.listeners or None, "the page listens")


def appears(page: Page, case: UUID) -> None:
    """Wait until the desk shows this case."""
    expect(page.locator(f"#case-{case}")).to_be_visible()
