"""A customer's browser: opens links, reads forms, and sends them as the page says."""

import socket
from dataclasses import dataclass, field
from html.parser import HTMLParser
from secrets import randbelow
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2

from ops.demo.errors import Unexpected

FROM_OUR_PAGE = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
PATIENCE = 20
_CHOICES = ("radio", "checkbox")


@dataclass
class Form:
    """A form as the page offers it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    """What it holds already, hidden fields as well."""
    choices: dict[str, list[str]] = field(default_factory=dict)

    def filled_in(self, values: dict[str, str]) -> dict[str, str]:
        """What a browser sends. Unexpected when the page offers no such field or choice."""
        for name, value in values.items():
            if value not in self.choices.get(name, [value]) or name not in self.fields | self.choices:
                raise Unexpected(f"the page does not offer {name} = {value}")
        return self.fields | values


class Browser:
    """One customer's; it comes from an address of its own, as customers do, where the machine has several."""

    def __init__(self) -> None:
        transport = httpx2.HTTPTransport(local_address=own_address())
        self._client = httpx2.Client(transport=transport, timeout=PATIENCE, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def scan(self, links: tuple[str, ...]) -> None:
        """Open every link with HEAD and GET, as mail scanners do before anybody reads."""
        for link in links:
            for method in ("HEAD", "GET"):
                _page(self._client.request(method, link))

    def open(self, link: str) -> tuple[str, Form]:
        """The page's address and its form."""
        answer = _page(self._client.get(link))
        forms = _Forms()
        forms.feed(answer.text)
        if not forms.found:
            raise Unexpected(f"{urlsplit(link).path[:3]}…: the page has no form")
        return link, forms.found[0]

    def send(self, link: str, form: Form, values: dict[str, str]) -> None:
        """Fill the form in and send it."""
        address = urljoin(link, form.action)
        _page(self._client.post(address, data=form.filled_in(values), headers=FROM_OUR_PAGE))


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag in ("input", "textarea") and self.found and "name" in given:
            self._take(self.found[-1], given)

    def _take(self, form: Form, given: dict[str, str]) -> None:
        name, value = given["name"], given.get("value", "")
        if given.get("type") not in _CHOICES:
            form.fields[name] = value
            return
        form.choices.setdefault(name, []).append(value)
        if "checked" in given:
            form.fields[name] = value


def _page(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code != 200:
        path = urlsplit(str(answer.request.url)).path[:3]
        raise Unexpected(f"{answer.request.method} {path}…: the page answers {answer.status_code}")
    return answer


def own_address() -> str | None:
    """An address of the loopback's many; None where there is only one."""
    address = f"127.{1 + randbelow(254)}.{randbelow(256)}.{1 + randbelow(254)}"
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError:
        return None
    return address
