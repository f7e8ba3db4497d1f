"""The cookie of a signed-in browser."""

import secrets
from datetime import timedelta

from fastapi import Request, Response

from api.security_headers import refuse_forged

SHIFT = timedelta(hours=12)
"""How long a browser stays signed in."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def read(request: Request) -> str | None:
    """The session's secret, as the browser sent it."""
    return request.cookies.get(_name(request))


def new() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def give(request: Request, response: Response, secret: str) -> None:
    """Let the browser keep it: for our site alone, out of scripts' reach, over TLS unless we are reached without."""
    response.set_cookie(
        _name(request),
        secret,
        max_age=int(SHIFT.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_is_secure(request),
    )


def take_back(request: Request, response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(_name(request), httponly=True, samesite="lax", secure=_is_secure(request))


def refuse_forged_change(request: Request) -> None:
    """Problem 403 when a request that may change something carries the cookie but was not sent by our own pages."""
    if request.method not in _SAFE and read(request):
        refuse_forged(request)


def _name(request: Request) -> str:
    return "__Host-closeloop" if _is_secure(request) else "closeloop"


def _is_secure(request: Request) -> bool:
    public_url: str = request.app.state.parts.settings.public_url
    return public_url.startswith("https://")
