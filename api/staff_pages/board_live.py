"""The live part of the board: made once a language, anew when a case has changed or the clock has moved on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from fastapi import Request
from markupsafe import Markup

from api.auth import Person
from api.deps import parts_of
from api.staff_pages.board_words import LIVE
from api.staff_pages.frame import rendered
from api.staff_pages.renderings import renderings_of
from api.staff_pages.waits import wait
from db import board, tail
from domain.policy import Policy

FRESH = timedelta(seconds=5)
"""So long the clock alone makes no difference that matters: what is at risk, what has become late."""


def fragment(request: Request, person: Person, now: datetime) -> Markup:
    """The live part as HTML; nothing in it depends on who looks."""
    parts = parts_of(request)

    def make() -> str:
        live = board.live(parts.engine, now, promised(parts.policies))
        shown = {"live": live, "live_words": LIVE, "waits": partial(wait, person.language)}
        return rendered(request, "_board_live.html", person, shown)

    moment = int(now.timestamp() // FRESH.total_seconds())
    return Markup(renderings_of(request).once(("board", person.language, tail.position(parts.engine), moment), make))


def promised(policies: Mapping[str, Policy]) -> dict[str, timedelta]:
    """The length of the callback promise by policy."""
    return {name: policy.promise for name, policy in policies.items()}
