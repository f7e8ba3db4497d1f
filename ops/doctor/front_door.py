"""Our own public address, asked from this machine as a provider would ask it."""

import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

import httpx2

from ops.doctor.outside import Outside

HTTPS, HTTP = 443, 80


class FrontDoor:
    """Asks without following redirects: providers sign an address, and another one has another signature."""

    def __init__(self, public_url: str, outside: Outside) -> None:
        self.url, self._outside = public_url, outside
        parts = urlsplit(public_url)
        self.is_tls = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = _port_of(parts)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Raises httpx2.HTTPError when nobody answers."""
        seconds, trust = self._outside.patience.total_seconds(), self._outside.trust()
        with httpx2.Client(timeout=seconds, verify=trust, trust_env=False, follow_redirects=False) as client:
            request = client.build_request(method, f"{self.url}{path}", content=body, headers=dict(headers or {}))
            if self.host in self._outside.connect_to:
                request.extensions = {**request.extensions, "sni_hostname": self.host}
                request.url = request.url.copy_with(host=self._outside.connect_to[self.host])
            return client.send(request)

    def certificate_ends(self) -> datetime:
        """Until when its certificate is valid. SSLCertVerificationError: it is not; OSError: nobody answers."""
        at = self._outside.connect_to.get(self.host, self.host), self.port
        with (
            socket.create_connection(at, self._outside.patience.total_seconds()) as connection,
            self._outside.trust().wrap_socket(connection, server_hostname=self.host) as tls,
        ):
            return _end_of(tls)


def _port_of(parts: SplitResult) -> int:
    """0 when it cannot be read."""
    try:
        return parts.port or (HTTPS if parts.scheme == "https" else HTTP)
    except ValueError:
        return 0


def _end_of(tls: ssl.SSLSocket) -> datetime:
    end = (tls.getpeercert() or {}).get("notAfter")
    if not isinstance(end, str):
        raise ssl.SSLCertVerificationError("no certificate was shown")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC)
