"""An outgoing webhook goes to the public internet by TLS, and nowhere else."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Thread

import pytest

from channels.alerts import addresses
from channels.alerts.addresses import ForbiddenAddress, check_url, checked, is_public, public_address
from channels.alerts.webhooks import Heard, Outgoing, WebhookSender
from tests.http_receiver import Answer, Receiver

SECRET = "whsec_b3V0Z29pbmctd2ViaG9va3MtdGVzdC1zZWNyZXQ="


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_public_internet_may_be_told(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.0.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "64:ff9b::7f00:1"),
        *("2002:a00:1::", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
    ],
)
def test_whatever_is_nearer_may_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("found", [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["::1"], []])
def test_one_address_that_is_not_public_is_enough(found: list[str]) -> None:
    with pytest.raises(ForbiddenAddress) as forbidden:
        checked(found)
    assert forbidden.value.code == "private_address"


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "//example.com/", "https:///path", "https://", "example.com"),
        *("https://user@example.com/", "https://user:password@example.com/", "https://example.com/#part"),
        *("https://example.com:port/", "https://[::1/", "https://example.com/" + "a" * 2000),
    ],
)
def test_an_address_is_https_and_names_a_host(url: str) -> None:
    with pytest.raises(ForbiddenAddress) as forbidden:
        check_url(url)
    assert forbidden.value.code == "bad_url"


def test_host_and_port_are_read() -> None:
    assert check_url("https://example.com/hook?key=1") == ("example.com", 443)
    assert check_url("https://example.com:8443") == ("example.com", 8443)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "127.1", "::1", "0"])
def test_this_machine_is_known_however_it_is_written(host: str) -> None:
    with pytest.raises(ForbiddenAddress) as forbidden:
        public_address(host, 443)
    assert forbidden.value.code == "private_address"


def test_a_host_that_nobody_knows_is_not_asked() -> None:
    with pytest.raises(ForbiddenAddress) as forbidden:
        public_address("nobody.invalid", 443)
    assert forbidden.value.code == "unknown_host"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://8.8.8.8/", "bad_url"),
        ("https://127.0.0.1/", "private_address"),
        ("https://localhost/", "private_address"),
        ("https://[::ffff:10.0.0.1]/", "private_address"),
        ("https://169.254.169.254/latest", "private_address"),
        ("https://nobody.invalid/", "unknown_host"),
    ],
)
async def test_nothing_is_sent_where_it_must_not_go(url: str, code: str) -> None:
    async with WebhookSender(development=False) as sender:
        assert await sender.send(outgoing(url), datetime.now(UTC)) == Heard(error=code)


async def test_this_machine_is_not_told_outside_development() -> None:
    with Receiver() as server:
        async with WebhookSender(development=False) as sender:
            await sender.send(outgoing(server.url), datetime.now(UTC))
            await sender.send(outgoing(server.url.replace("http:", "https:")), datetime.now(UTC))
        assert server.taken == []


async def test_redirects_are_not_followed() -> None:
    with Receiver() as inside, Receiver(Answer(307, {"location": inside.url})) as server:
        async with WebhookSender(development=True) as sender:
            assert (await sender.send(outgoing(server.url), datetime.now(UTC))).status == 307
        assert (len(server.taken), inside.taken) == (1, [])


async def test_the_address_that_was_checked_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that would lead elsewhere at a second look-up: TLS still asks for the name's own certificate."""
    looked_up: list[str] = []

    def once(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert not looked_up, "looked up a second time"
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    monkeypatch.setattr(socket, "getaddrinfo", once)
    with tls_hello() as (port, names):
        async with WebhookSender(development=False) as sender:
            heard = await sender.send(outgoing(f"https://hooks.example:{port}/"), datetime.now(UTC))
    assert (looked_up, names, heard.error) == (["hooks.example"], ["hooks.example"], "ConnectError")


@contextmanager
def tls_hello() -> Iterator[tuple[int, list[str | None]]]:
    """A server that has no certificate, and keeps the names it was asked for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _, name, __: names.append(name)
    listening = socket.create_server(("127.0.0.1", 0))

    def greet() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError), context.wrap_socket(connection, server_side=True):
            raise AssertionError("it has no certificate")

    greeting = Thread(target=greet)
    greeting.start()
    yield listening.getsockname()[1], names
    greeting.join(10)
    listening.close()


def outgoing(url: str) -> Outgoing:
    return Outgoing(id="1", url=url, secret=SECRET, body="{}")
