"""A web server in our place: gives out the TwiML a test wrote, and keeps what it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no py.typed

REFUSED = "refused"


@dataclass(frozen=True)
class Heard:
    """One request of the provider; `genuine` by the SDK's own check over the whole address."""

    path: str
    form: Mapping[str, str]
    genuine: bool


class OurEnd:
    """Serves inside the block. Whatever has no document is answered 204, as a callback is."""

    def __init__(self, token: str) -> None:
        self.documents: dict[str, str] = {}
        self.heard: list[Heard] = []
        self.validator = RequestValidator(token)
        self._http = _Listening(self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def at(self, path: str) -> list[Heard]:
        """What was asked here, the query left aside."""
        return [one for one in self.heard if urlsplit(one.path).path == path]


class _Listening(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, end: OurEnd) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.end = end


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listening

    def do_POST(self) -> None:
        end = self.server.end
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        genuine = end.validator.validate(f"{end.url}{self.path}", form, self.headers["x-twilio-signature"] or "")
        end.heard.append(Heard(self.path, form, genuine))
        self._answer(end.documents.get(urlsplit(self.path).path) if genuine else REFUSED)

    def _answer(self, document: str | None) -> None:
        status = {None: 204, REFUSED: 403}.get(document, 200)
        content = f"<Response>{document}</Response>".encode() if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Kept in `heard`."""
