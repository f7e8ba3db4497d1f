"""Customers' links: a token that cannot be guessed, says nothing, and is nowhere stored."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from db.columns import new_id, now
from db.outreach import Link
from domain.letters import LinkKind as LinkKind

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_BYTES = 16
"""128 bits cannot be guessed, and 22 characters leave room in an SMS."""


_ADD = text(
    "insert into link (id, key, token_hash, case_id, kind, created_at) "
    "values (:id, :key, :token_hash, :case_id, :kind, :created_at) on conflict (key) do nothing"
)
_PATHS = {LinkKind.FINAL_SURVEY: "/s/", LinkKind.CALLBACK: "/c/"}


def path(kind: str, token: str) -> str:
    """The path of the page behind the link, for messages. ValueError on a kind that does not exist."""
    return f"{_PATHS[LinkKind(kind)]}{token}"


def issue(session: Session, *, case_id: UUID, kind: str, secret: bytes) -> str:
    """The token of this case's link of this kind: the same one whenever asked, unless the secret has changed.

    After a change of the secret, links sent before are void, and the next message carries one that works.
    """
    key = f"{case_id}:{LinkKind(kind)}"
    fresh = new_id()
    row = {
        "id": fresh,
        "key": key,
        "token_hash": _digest(_token(secret, fresh)),
        "case_id": case_id,
        "kind": LinkKind(kind).value,
        "created_at": now(),
    }
    if session.connection().execute(_ADD, row).rowcount:
        return _token(secret, fresh)
    link = session.exec(select(Link).where(Link.key == key)).one()
    token = _token(secret, link.id)
    link.token_hash = _digest(token)
    session.flush()
    return token


def find(session: Session, token: str) -> Link | None:
    """The link of this token; None when it is malformed or unknown."""
    if not _TOKEN.fullmatch(token):
        return None
    return session.exec(select(Link).where(col(Link.token_hash) == _digest(token))).one_or_none()


def _token(secret: bytes, link_id: UUID) -> str:
    # The secret also keys suppressed addresses: the label keeps the two uses apart.
    derived = hmac.digest(secret, b"customer-link:" + link_id.bytes, "sha256")
    return urlsafe_b64encode(derived[:_BYTES]).decode().rstrip("=")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
