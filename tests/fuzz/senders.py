"""Whoever sends to us from outside: platforms that sign their deliveries, customers from many addresses."""

import base64
import hashlib
import hmac
import random
import time
from urllib.parse import urlsplit

import requests

from settings import Settings
from surveys.signatures import standard_key

SETTINGS = Settings(_env_file=None)


class Dresser:
    """Signs deliveries over their very bytes; pages count how often an address sends, so each is new."""

    def __init__(self, chooser: random.Random) -> None:
        self._chooser = chooser

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The same request, as its platform sends it."""
        request.headers["X-Forwarded-For"] = ".".join(str(self._chooser.randrange(1, 255)) for _ in range(4))
        path = urlsplit(request.url or "").path
        if path.startswith("/webhooks/"):
            request.headers.update(signed(path, _bytes(request.body)))
        return request


def signed(path: str, body: bytes) -> dict[str, str]:
    """The headers with which the platform behind this path signs."""
    if path.endswith("/typeform"):
        key = SETTINGS.webhook_secrets_typeform[0].get_secret_value().encode()
        return {"typeform-signature": f"sha256={_mac(key, body)}"}
    at = str(int(time.time()))
    mac = _mac(standard_key(_secret(path)), b".".join((b"msg_1", at.encode(), body)))
    return {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": f"v1,{mac}"}


def _secret(path: str) -> str:
    if "/local/" in path:
        return SETTINGS.channel_callback_secret.get_secret_value()
    source = path.rpartition("/")[2]
    known = source in ("generic", "formbricks", "shop")
    return SETTINGS.secrets_of(source if known else "generic")[0].get_secret_value()


def _mac(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _bytes(body: object) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""
