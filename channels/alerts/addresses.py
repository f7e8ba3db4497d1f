"""Where an outgoing webhook may go: to the public internet by TLS, never into the network we stand in."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 2000
HTTPS = 443
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""An IPv4 address, as networks without IPv4 write it."""


class ForbiddenAddress(Exception):
    """This must not be asked; the text says why, and holds no address."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def check_url(url: str) -> tuple[str, int]:
    """Host and port. ForbiddenAddress unless it is https, names a host, and holds no password. Looks nothing up."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or HTTPS
    except ValueError:
        raise ForbiddenAddress("bad_url", "this is no address") from None
    if parts.scheme != "https":
        raise ForbiddenAddress("bad_url", "only https is spoken")
    if not host or parts.username is not None or parts.password is not None or parts.fragment or len(url) > LONGEST_URL:
        raise ForbiddenAddress("bad_url", "give a host, no user or password, and nothing behind a #")
    return host, port


def public_address(host: str, port: int) -> str:
    """An IP address of this host, to be connected to as it is: a second look-up might say something else.

    ForbiddenAddress when any of its addresses is not of the public internet, or there is none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ForbiddenAddress("unknown_host", "the host is not known") from None
    return checked([str(address[0]) for *_, address in found])


def checked(addresses: Sequence[str]) -> str:
    """The first of these IP addresses. ForbiddenAddress: one of them is not public, or there is none."""
    if not addresses or not all(is_public(address) for address in addresses):
        raise ForbiddenAddress("private_address", "the host has an address that is not public")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether anybody may ask this IP address; whatever hides another one is judged by that."""
    if "%" in address:  # a zone: it means this machine's own network
        return False
    ip = ip_address(address)
    inner = _inside(ip) if isinstance(ip, IPv6Address) else None
    return _is_public(inner) if inner else _is_public(ip)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _inside(ip: IPv6Address) -> IPv4Address | None:
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
