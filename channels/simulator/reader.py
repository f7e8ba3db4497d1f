"""Opening the links of a message, as a person does, or as the mail scanner before them."""

import re
from collections.abc import AsyncIterator
from html import unescape
from uuid import UUID

import httpx2

from domain.policy import Frozen

_LINK = re.compile(r"""https?://[^\s"'<>]+""")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Visit(Frozen):
    """One link of a message was opened; no status when nobody answered."""

    message_id: UUID
    method: str
    url: str
    status: int | None


def links(*texts: str) -> list[str]:
    """Every link of these texts once, in order."""
    found = (link.rstrip(".,;:!?)") for text in texts for link in _LINK.findall(unescape(text)))
    return list(dict.fromkeys(found))


async def visit(message_id: UUID, methods: tuple[str, ...], urls: list[str]) -> AsyncIterator[Visit]:
    """Open these links with each method; only loopback is ever reached."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        for url in (url for url in urls if httpx2.URL(url).host in _LOOPBACK):
            for method in methods:
                status = await _open(client, method, url)
                yield Visit(message_id=message_id, method=method, url=url, status=status)


async def _open(client: httpx2.AsyncClient, method: str, url: str) -> int | None:
    try:
        return (await client.request(method, url)).status_code
    except httpx2.TransportError:
        return None
