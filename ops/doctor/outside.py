"""The world doctor looks at, as far as a test has to stand in for it: names, connections, trust, the time."""

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Its IP addresses. OSError or UnicodeError: it is not known."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Outside:
    """How names are looked up, where connections go, who is trusted, what time it is."""

    resolve: Callable[[str, int], Sequence[str]] = addresses_of
    connect_to: Mapping[str, str] = field(default_factory=dict)
    """Hosts that are reached at another address than their own."""
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    clock: Callable[[], datetime] = _now
    patience: timedelta = timedelta(seconds=10)
    """For one answer of anybody."""
