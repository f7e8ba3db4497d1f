"""Bodies at the limit and beyond it, slow ones, and ones in odd shapes, sent to a real server over real sockets."""

import asyncio
import gzip
import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import Engine

from api import slow_clients
from api.__main__ import Server, server_of
from api.app import create_app
from api.deps import Parts
from ops.ports import free_port
from tests import loopback
from tests.api.staff_desk import POLICIES, nowhere
from tests.fuzz.deliveries import FORMS, GOOD, LOCAL, SHOP, SURVEYS
from tests.fuzz.senders import SETTINGS, signed
from tests.waiting import until

LIMIT = 20_000
PATIENCE = timedelta(seconds=1)
GENERIC = f"{SURVEYS}/generic"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TAKERS = [(GENERIC, JSON), (SHOP, JSON), (f"{LOCAL}/calls", JSON), ("/cases/search", JSON), ("/survey/demo", FORM)]


@dataclass
class Site:
    """The real server, with little room and little patience."""

    server: Server
    port: int

    def send(self, path: str, body: bytes, **headers: str) -> httpx2.Response:
        """One request, with a length."""
        return loopback.post(f"http://127.0.0.1:{self.port}{path}", content=body, headers=headers, timeout=30)

    def chunked(self, path: str, body: bytes, **headers: str) -> httpx2.Response:
        """One request whose length nobody tells."""
        pieces = (body[at : at + 4096] for at in range(0, len(body), 4096))
        return loopback.post(f"http://127.0.0.1:{self.port}{path}", content=pieces, headers=headers, timeout=30)

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A connection, to write to as one likes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            yield connection

    def raw(self, request: bytes) -> bytes:
        """All that is answered to these bytes until the server hangs up, or has nothing more to say."""
        with self.connected() as connection:
            connection.sendall(request)
            return _all(connection)


@pytest.fixture(scope="module")
def site(lasting_engine: Engine) -> Iterator[Site]:
    small = SETTINGS.model_copy(update={"body_limit": LIMIT, "body_timeout": PATIENCE})
    temporal = asyncio.run(nowhere())
    app = create_app(Parts(settings=small, engine=lasting_engine, temporal=temporal, policies=POLICIES, forms=FORMS))
    port = free_port()
    with pytest.MonkeyPatch.context() as hurried:
        hurried.setattr(slow_clients, "MARGIN", PATIENCE)
        server = server_of(app, host="127.0.0.1", port=port)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield Site(server, port)
    server.should_exit = True
    thread.join(timeout=20)


@pytest.mark.parametrize(("path", "kind"), TAKERS)
def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_not(site: Site, path: str, kind: str) -> None:
    for send in (site.send, site.chunked):
        answers = [send(path, _padded(kind, size), **_headers(path, kind, size)) for size in (LIMIT, LIMIT + 1)]
        assert answers[0].status_code != 413
        assert (answers[1].status_code, answers[1].json()["code"]) == (413, "too_large")
        assert answers[1].headers["content-type"] == "application/problem+json"


def test_a_length_that_is_told_is_enough_to_be_refused(site: Site) -> None:
    told = f"POST {GENERIC} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: 99999999999\r\n\r\n"
    with site.connected() as connection:
        connection.sendall(told.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("path", "kind"), TAKERS)
def test_a_byte_now_and_then_is_given_up_with_408(site: Site, path: str, kind: str) -> None:
    with site.connected() as connection:
        connection.sendall(_beginning(path, kind))
        answer = _dribble(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert b'"code":"too_slow"' in answer


def test_a_slow_chunked_body_is_given_up_too(site: Site) -> None:
    with site.connected() as connection:
        connection.sendall(_beginning(GENERIC, JSON, length="Transfer-Encoding: chunked"))
        assert _dribble(connection, b"1\r\n \r\n").startswith(b"HTTP/1.1 408 ")


def test_many_slow_clients_hold_nobody_up_and_leave_nothing_behind(site: Site) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(site.connected()) for _ in range(60)]
        for connection in slow:
            connection.sendall(_beginning(GENERIC, JSON))
        assert loopback.get(f"http://127.0.0.1:{site.port}/survey/demo", timeout=30).status_code == 200
        assert {_all(connection)[:13] for connection in slow} == {b"HTTP/1.1 408 "}
    until(lambda: not site.server.server_state.connections)


def test_requests_that_never_come_to_an_end_end_with_their_connection(site: Site) -> None:
    unread = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    beginnings = [b"", b"POST /webhooks/shop HTT", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", unread]
    with ExitStack() as stack:
        slow = [stack.enter_context(site.connected()) for _ in beginnings]
        for connection, beginning in zip(slow, beginnings, strict=True):
            connection.sendall(beginning)
        assert [_all(connection)[:13] for connection in slow] == [b"", b"", b"", b"HTTP/1.1 200 "]


@pytest.mark.parametrize("path", [GENERIC, SHOP, f"{LOCAL}/calls"])
@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", FORM, "application/jsonx"])
def test_a_webhook_takes_nothing_but_json(site: Site, path: str, kind: str) -> None:
    body = json.dumps(GOOD[path]).encode()
    answer = site.send(path, body, **{"content-type": kind, **signed(path, body)})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"])
def test_a_webhook_takes_json_under_each_of_its_names(site: Site, kind: str) -> None:
    body = json.dumps(GOOD[GENERIC]).encode()
    assert site.send(GENERIC, body, **{"content-type": kind, **signed(GENERIC, body)}).status_code in (200, 202)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1251", "koi8-r", "utf-8-sig"])
def test_json_in_another_encoding_is_refused_and_never_guessed(site: Site, encoding: str) -> None:
    text = json.dumps(GOOD[GENERIC], ensure_ascii=False)
    body = text.encode(encoding, "replace")
    answer = site.send(GENERIC, body, **{"content-type": f"{JSON}; charset={encoding}", **signed(GENERIC, body)})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_json")


def test_a_packed_body_is_refused(site: Site) -> None:
    body = gzip.compress(json.dumps(GOOD[GENERIC]).encode())
    headers = {"content-type": JSON, "content-encoding": "gzip", **signed(GENERIC, body)}
    assert site.send(GENERIC, body, **headers).status_code == 422


SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")
REFUSED = {"Content-Length": 400, "Transfer-Encoding": 400, "Content-Type": 415, **dict.fromkeys(SIGNATURE, 401)}
ODD = ["", "x", "\xff", "99999999999999999999"]


@pytest.mark.parametrize(("name", "odd"), [(name, odd) for name in REFUSED for odd in ODD if odd or name[0] != "w"])
def test_a_header_told_twice_and_oddly_is_refused(site: Site, name: str, odd: str) -> None:
    assert _told_twice(site, name, odd) == REFUSED[name]


@pytest.mark.parametrize("name", SIGNATURE)
def test_an_empty_header_beside_the_signed_one_says_nothing(site: Site, name: str) -> None:
    assert _told_twice(site, name, "") in (200, 202)


def _told_twice(site: Site, name: str, odd: str) -> int:
    """What a good delivery is answered that tells this header oddly before it tells it rightly."""
    body = json.dumps(GOOD[GENERIC]).encode()
    headers = {
        "Host": "x",
        "Connection": "close",
        "Content-Type": JSON,
        "Content-Length": str(len(body)),
        **signed(GENERIC, body),
    }
    lines = [f"{name}: {odd}", *(f"{key}: {value}" for key, value in headers.items())]
    request = "\r\n".join([f"POST {GENERIC} HTTP/1.1", *lines, "", ""]).encode("latin-1") + body
    return int(site.raw(request).split(b" ", 2)[1])


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature", "typeform-signature"])
def test_a_missing_signature_is_named(site: Site, name: str) -> None:
    path = f"{SURVEYS}/typeform" if name.startswith("typeform") else GENERIC
    body = json.dumps(GOOD[path]).encode()
    headers = {key: value for key, value in signed(path, body).items() if key != name}
    answer = site.send(path, body, **{"content-type": JSON, **headers})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert name in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"\xff\xfe", "é".encode("latin-1"), b'{"name": "\xd0"}', b"[" * 10_000, b""])
def test_staff_who_send_what_is_no_json_are_told(site: Site, body: bytes) -> None:
    answer = site.send("/cases/search", body, **{"content-type": JSON})
    assert answer.status_code in (400, 401, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def _headers(path: str, kind: str, size: int) -> dict[str, str]:
    signature = signed(path, _padded(kind, size)) if path.startswith("/webhooks") else {}
    return {"content-type": kind, **signature}


def _padded(kind: str, size: int) -> bytes:
    """A body of just this many bytes."""
    return b"comment=".ljust(size, b"x") if kind == FORM else b"{}".ljust(size)


def _beginning(path: str, kind: str, *, length: str = "Content-Length: 1000") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{length}\r\n\r\n".encode()


def _dribble(connection: socket.socket, piece: bytes = b" ") -> bytes:
    """Send a piece ten times a second until there is an answer."""
    while not select.select([connection], [], [], 0.1)[0]:
        connection.sendall(piece)
    return _all(connection)


def _all(connection: socket.socket) -> bytes:
    """Everything until the other side hangs up."""
    found = b""
    while piece := _received(connection):
        found += piece
    return found


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""
