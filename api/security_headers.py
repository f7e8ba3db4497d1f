"""Headers that keep browsers safe, and the check that a form was sent from our own page."""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Answers hold personal data, and addresses of pages are secrets: only what says so itself may be kept.
    "Cache-Control": "no-store",
}
_RAW = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
_OURS = frozenset({"same-origin", "none"})


class SecurityHeaders:
    """Adds the headers to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; only HTTP answers are touched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in _RAW if one[0] not in told)]
            await send(message)

        await self._app(scope, receive, send_safely)


def refuse_cross_site(request: Request) -> None:
    """Let through what our own pages (or no browser at all) sent. Problem 403 on a form of another site.

    Under the referrer policy no-referrer browsers send `Origin: null` with our own forms too, so that alone says
    nothing: Sec-Fetch-Site decides where there is one.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    ours = fetch_site in _OURS if fetch_site else origin == "null" or _host(origin) in _hosts(request)
    if not ours:
        raise Problem(403, "cross_site", "Open the page at its own address and send the form from there.")


def refuse_forged(request: Request) -> None:
    """The same for what a browser's session cookie alone authorises: a sender that cannot be told is refused as well.

    Staff pages send their address within the site (`Referrer-Policy: same-origin`), so every browser names an origin.
    """
    told = {"sec-fetch-site", "origin"} & set(request.headers)
    if not told or ("sec-fetch-site" not in told and request.headers["origin"] == "null"):
        raise Problem(403, "cross_site", "Open the page at its own address and send the form from there.")
    refuse_cross_site(request)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _hosts(request: Request) -> set[str]:
    """A proxy may have changed the Host, so the public address counts as well."""
    public_url: str = request.app.state.parts.settings.public_url
    return {request.headers.get("host", "").lower(), _host(public_url)}
