"""Staff at their browsers: an account, and the session that signing in opens."""

from dataclasses import dataclass, replace

import httpx2
from playwright.sync_api import Browser, BrowserContext
from sqlmodel import Session

from api import cookies, passwords
from api.auth import digest
from db import accounts
from db.columns import now
from ops.bench.scene import Person, Scene
from ops.programs import api_address

PASSWORD = "a sentence is easy to remember"
WIDE, HIGH = 1280, 900
_FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class SignedIn:
    """Somebody's session with the system at this address."""

    address: str
    cookie: str
    """Its name."""
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """As their browser sends them; pages come packed."""
        return {"Cookie": f"{self.cookie}={self.secret}", "Accept-Encoding": "gzip"}

    def context(self, browser: Browser) -> BrowserContext:
        """A browser with this session and nothing else: no cache, no connections."""
        context = browser.new_context(viewport={"width": WIDE, "height": HIGH})
        context.add_cookies([{"name": self.cookie, "value": self.secret, "url": self.address, "httpOnly": True}])
        return context


def signed_in(scene: Scene, person: Person) -> SignedIn:
    """As POST /sign-in does it; the API must run."""
    login, address = str(person.staff.id), api_address(scene.settings)
    with Session(scene.engine) as session, session.begin():
        accounts.give(session, person.staff.id, login, passwords.hashed(PASSWORD)).one_time = False
    form = {"login": login, "password": PASSWORD}
    answer = httpx2.post(f"{address}/sign-in", data=form, headers=_FROM_OUR_PAGE, trust_env=False)
    assert answer.status_code == 303, answer.text
    [(name, value)] = answer.cookies.items()
    return SignedIn(address, name, value)


def colleague_of(scene: Scene, one: SignedIn, person: Person) -> SignedIn:
    """Somebody else at a browser of their own; without the hashing, which takes long on purpose."""
    secret = cookies.new()
    with Session(scene.engine) as session, session.begin():
        accounts.give(session, person.staff.id, str(person.staff.id), "").one_time = False
        accounts.sign_in(session, person.staff.id, digest(secret), at=now(), until=now() + cookies.SHIFT)
    return replace(one, secret=secret)
