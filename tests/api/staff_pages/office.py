"""The staff's pages over a real database, read as this or that person in their own browser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from uuid import UUID

import httpx2
from sqlmodel import Session

from api import cookies
from api.auth import digest
from db import accounts
from db.columns import now
from db.staff import Staff
from domain.words import Language
from tests.api.staff_desk import Desk

OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form of our own page."""
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


@dataclass
class Office:
    """A desk's app, with a browser for each person."""

    desk: Desk
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self, who: str) -> str:
        """A session as signing in makes one; its cookie."""
        if who not in self.cookies:
            secret = self.cookies[who] = cookies.new()
            staff = self.desk.staff[who].id
            with Session(self.desk.engine) as session, session.begin():
                if session.get(accounts.Account, staff) is None:
                    accounts.give(session, staff, f"{who}-{staff}", "")
                    session.get_one(accounts.Account, staff).one_time = False
                accounts.sign_in(session, staff, digest(secret), at=now(), until=now() + cookies.SHIFT)
        return self.cookies[who]

    def speak(self, who: str, language: Language) -> None:
        """The language this person reads from now on."""
        with Session(self.desk.engine) as session, session.begin():
            session.get_one(Staff, self.desk.staff[who].id).language = language

    async def get(self, who: str | None, path: str) -> httpx2.Response:
        """The page at this path."""
        return await self.desk.client.get(path, headers=self._cookie(who))

    async def post(
        self, who: str | None, path: str, form: dict[str, str] | None = None, *, sent: dict[str, str] | None = None
    ) -> httpx2.Response:
        """Send a form, from our own page unless `sent` tells otherwise."""
        headers = self._cookie(who) | (OURS if sent is None else sent)
        return await self.desk.client.post(path, data=form or {}, headers=headers)

    def _cookie(self, who: str | None) -> dict[str, str]:
        return {"Cookie": f"closeloop={self.sign_in(who)}"} if who else {}

    def staff(self, who: str) -> UUID:
        """Their id."""
        return self.desk.staff[who].id


class Page(HTMLParser):
    """What a page shows: its text, its links, its forms with their fields, and whether its tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: dict[str, dict[str, str]] = {}
        """By action: the fields with their values."""
        self.ids: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        """All that can be read, in single spaces."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.faults += [f"{tag} {name}" for name in told if name == "style" or name.startswith("on")]
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "a":
            self.links.append(told.get("href", ""))
        if tag == "form":
            self.forms[told.get("action", "")] = {}
        if tag in ("input", "select", "textarea", "button") and self.forms and "name" in told:
            self.forms[next(reversed(self.forms))][told["name"]] = told.get("value", "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)
