"""A remote codec for Temporal's UI and command line: opens the payloads they show, with the keys that stay here."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic import BaseModel, ConfigDict, Field
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payload, Payloads

from api.auth import Person, require
from api.deps import PartsDep
from api.problems import Problem, responses
from domain.words import Role
from payload_codec import EncryptedPayloads, UndecodableError

PATH = "/codec"
router = APIRouter(prefix=PATH, tags=["codec"])
KeeperOfKeys = Annotated[Person, require(Role.ADMIN)]
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/_-]*={0,2}$", examples=["anNvbi9wbGFpbg=="])]


class PayloadShown(BaseModel):
    """One payload as protobuf's JSON has it."""

    model_config = ConfigDict(extra="allow")  # a newer Temporal may add fields: they are passed on

    metadata: dict[str, Base64] = Field(default_factory=dict, description="Values in base64.")
    data: Base64 = ""


class PayloadsShown(BaseModel):
    """What Temporal's UI and command line send and expect back."""

    payloads: list[PayloadShown] = Field(default_factory=list)


@router.post("/encode", responses=responses(401, 403, 413, 422))
def encode_payloads(body: PayloadsShown, _: KeeperOfKeys, parts: PartsDep) -> PayloadsShown:
    """Encrypt payloads with the newest key, as a worker would; unchanged while no key is set."""
    return _through(EncryptedPayloads(parts.settings.payload_ring).encrypted, body)


@router.post("/decode", responses=responses(401, 403, 413, 422))
def decode_payloads(body: PayloadsShown, _: KeeperOfKeys, parts: PartsDep) -> PayloadsShown:
    """Decrypt payloads with any key of the ring; those that are not encrypted come back as they are."""
    return _through(EncryptedPayloads(parts.settings.payload_ring).decrypted, body)


class CodecCors:
    """Lets the Temporal UI's pages, which come from another origin, ask the codec, and nothing else of ours."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["POST"],
            allow_headers=["authorization", "authorization-extras", "content-type", "x-namespace"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what browsers ask beforehand, and name the UI's origin in the answers of these paths."""
        ours = scope["type"] == "http" and scope["path"].startswith(f"{PATH}/")
        await (self._shared if ours else self._app)(scope, receive, send)


def _through(work: Callable[[Sequence[Payload]], list[Payload]], body: PayloadsShown) -> PayloadsShown:
    try:
        given = ParseDict(body.model_dump(), Payloads(), ignore_unknown_fields=True)
        return _shown(Payloads(payloads=work(given.payloads)))
    except ParseError:
        raise Problem(422, "not_payloads", "Send payloads as protobuf's JSON has them, bytes in base64.") from None
    except UndecodableError as unknown:
        raise Problem(422, "not_decodable", f"Set every key that is still in use: {unknown}.") from None


def _shown(payloads: Payloads) -> PayloadsShown:
    return PayloadsShown.model_validate(MessageToDict(payloads))
