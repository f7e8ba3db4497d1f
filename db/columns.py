"""Column types every table shares: aware UTC instants, JSON documents, ids that sort by time."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB as PostgresJSONB
from sqlalchemy.dialects.postgresql import TIMESTAMP

Instant = TIMESTAMP(timezone=True)
JSONB = PostgresJSONB(none_as_null=True)


def new_id() -> UUID:
    """A random id of the time-ordered kind (RFC 9562, version 7): it says when, and nothing about whom."""
    stamp = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    tail = bytearray(os.urandom(10))
    tail[0] = tail[0] & 0x0F | 0x70
    tail[2] = tail[2] & 0x3F | 0x80
    return UUID(bytes=stamp + bytes(tail))


def now() -> datetime:
    """The wall clock, for rows that no workflow times."""
    return datetime.now(UTC)


__all__ = ["JSONB", "Instant", "new_id", "now"]
