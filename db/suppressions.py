"""Addresses that must not be written to or rung again, known only by a keyed hash."""

import hashlib
import hmac
from collections.abc import Mapping

from sqlalchemy import String, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import Session, col

from db.columns import new_id
from db.intake import Suppression

_HASHED = select(col(Suppression.channel), col(Suppression.address_hash)).where(
    col(Suppression.address_hash) == func.any(bindparam("hashes", type_=ARRAY(String)))
)


def hashed(address: str, secret: bytes) -> str:
    """The keyed hash of an E.164 number or an e-mail address; letters' case and outer blanks do not matter."""
    return hmac.new(secret, address.strip().lower().encode(), hashlib.sha256).hexdigest()


def is_suppressed(session: Session, channel: str, address: str, secret: bytes) -> bool:
    """Whether this address must not be used on this channel (sms, mail, call)."""
    found = exists().where(
        col(Suppression.channel) == channel, col(Suppression.address_hash) == hashed(address, secret)
    )
    return bool(session.scalar(select(found)))


def suppressed(session: Session, addresses: Mapping[str, str], secret: bytes) -> set[str]:
    """Of these addresses by channel, the channels on which they must not be used."""
    hashes = [hashed(address, secret) for address in addresses.values()]
    found = session.execute(_HASHED, {"hashes": hashes}).all() if hashes else []
    known = {(channel, address_hash) for channel, address_hash in found}
    return {channel for channel, address in addresses.items() if (channel, hashed(address, secret)) in known}


def suppress(session: Session, channel: str, address: str, secret: bytes, *, reason: str) -> bool:
    """Never use this address on this channel again; `reason` is a code. False when it was so already."""
    values = {"id": new_id(), "channel": channel, "address_hash": hashed(address, secret), "reason": reason}
    added = insert(Suppression).values(values).on_conflict_do_nothing().returning(col(Suppression.id))
    return session.execute(added).first() is not None
