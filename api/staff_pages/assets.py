"""Stylesheets and scripts of the staff's pages, named with a digest so that browsers may keep them for ever."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

STATIC = Path(__file__).parent / "static"
NAMES = frozenset(path.name for path in STATIC.iterdir())
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
router = APIRouter(include_in_schema=False)


@router.get("/assets/{name}")
async def read(name: str, request: Request) -> Response:
    """One of them; packed for a browser that can unpack it."""
    if name not in NAMES:
        raise HTTPException(404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if packs(request):
        return Response(_packed(name), media_type=kind, headers={**_KEPT, "Content-Encoding": "gzip"})
    return Response((STATIC / name).read_bytes(), media_type=kind, headers=_KEPT)


def packs(request: Request) -> bool:
    """Whether the browser takes gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


@cache
def address(name: str) -> str:
    """Where pages find it."""
    return f"/assets/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@cache
def _packed(name: str) -> bytes:
    return gzip.compress((STATIC / name).read_bytes(), 9, mtime=0)
