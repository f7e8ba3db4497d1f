"""The demo's customers use pages as browsers do: what a page does not offer cannot be sent."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from ops.demo.browser import Browser, Form
from ops.demo.errors import Unexpected

PAGE = """<!doctype html><form method="post" action="/c/abc/number?lang=ru">
<input type="hidden" name="nonce" value="n-1"><input type="tel" name="phone" value="">
<input type="radio" name="tnps" value="0"><input type="radio" name="tnps" value="10" checked>
<input type="checkbox" name="contact" value="yes"><textarea name="comment"></textarea></form>"""


class _Site(ThreadingHTTPServer):
    """Shows one page, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, str]] = []
        self.clients: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        assert isinstance(self.server, _Site)
        length = int(self.headers.get("Content-Length") or 0)
        self.server.asked.append((self.command, self.path, self.rfile.read(length).decode()))
        self.server.clients.add(self.client_address[0])
        found = self.path.startswith("/c/abc")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(PAGE.encode())) if self.command != "HEAD" else "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(PAGE.encode())

    do_GET = do_HEAD = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[_Site]:
    with _Site() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser() as one:
        yield one


def _address(site: _Site, path: str = "/c/abc") -> str:
    return f"http://127.0.0.1:{site.server_address[1]}{path}"


def test_a_form_is_sent_with_its_hidden_fields_to_where_the_page_says(site: _Site, browser: Browser) -> None:
    link, form = browser.open(_address(site))
    browser.send(link, form, {"phone": "8 (916) 123-45-67"})
    method, path, body = site.asked[-1]
    sent = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    assert (method, path) == ("POST", "/c/abc/number?lang=ru")
    assert sent == {"nonce": "n-1", "phone": "8 (916) 123-45-67", "tnps": "10", "comment": ""}


@pytest.mark.parametrize("values", [{"tnps": "11"}, {"score": "5"}, {"contact": "on"}])
def test_what_the_page_does_not_offer_cannot_be_sent(site: _Site, browser: Browser, values: dict[str, str]) -> None:
    link, form = browser.open(_address(site))
    with pytest.raises(Unexpected, match="does not offer"):
        browser.send(link, form, values)
    assert site.asked[-1][0] == "GET"


def test_a_mail_scanner_opens_each_link_with_head_and_get(site: _Site, browser: Browser) -> None:
    browser.scan((_address(site), _address(site, "/c/abc?score=0")))
    assert [(method, path) for method, path, _ in site.asked] == [
        ("HEAD", "/c/abc"),
        ("GET", "/c/abc"),
        ("HEAD", "/c/abc?score=0"),
        ("GET", "/c/abc?score=0"),
    ]


def test_a_page_that_is_not_there_stops_the_customer_and_its_link_is_not_told(site: _Site, browser: Browser) -> None:
    with pytest.raises(Unexpected, match="404") as refused:
        browser.open(_address(site, "/s/secret-token"))
    assert "secret" not in str(refused.value)


def test_a_chosen_radio_button_replaces_the_one_checked() -> None:
    form = Form("", fields={"tnps": "10"}, choices={"tnps": ["0", "10"]})
    assert form.filled_in({"tnps": "0"}) == {"tnps": "0"}
