"""SendGrid as a test plays it: it signs batches of events with a key of its own, and looks at the letters' rows."""

import base64
import json
from datetime import datetime
from uuid import UUID, uuid4

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Engine
from sqlmodel import Session

from api.app import create_app
from api.deps import Parts
from channels.sendgrid.events import SIGNATURE, TIMESTAMP
from db.columns import new_id
from db.suppressions import is_suppressed
from db.tables import Message
from domain.policies import policies_from
from settings import Settings
from temporal_client import connect_lazily
from tests.api.webhook_app import FORMS, NOON, Webhooks

KEY = ec.generate_private_key(ec.SECP256R1())
ANOTHER_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_KEY = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
PATH = "/webhooks/sendgrid/events"
ADDRESS = "Apollinaria@example.org"
SENT = int(NOON.timestamp()) - 60
Event = dict[str, object]


class Mailbox(Webhooks):
    """SendGrid, reporting."""

    async def report(self, *told: object) -> dict[str, int]:
        """Deliver a batch, rightly signed: what was made of it."""
        answer = await self.signed_batch(json.dumps(told).encode())
        assert answer.status_code == 202, answer.text
        found: dict[str, int] = answer.json()
        return found

    async def signed_batch(
        self, body: bytes, *, key: ec.EllipticCurvePrivateKey = KEY, at: datetime = NOON, sent: bytes | None = None
    ) -> httpx2.Response:
        """Sign `body`, and send it, or what was made of it on its way."""
        headers = {"content-type": "application/json", **signature(body, key, at)}
        return await self.post(PATH, body if sent is None else sent, headers)

    def letter(self, **columns: object) -> UUID:
        """A letter that has been posted."""
        row = Message(id=new_id(), key=str(uuid4()), template="tried_to_reach", channel="mail", state="accepted")
        self.add(row.sqlmodel_update(columns))
        return row.id

    def fate(self, letter: UUID) -> tuple[str, str | None]:
        """What its row says."""
        with Session(self.engine) as session:
            row = session.get_one(Message, letter)
            return row.state, row.error

    def suppressed(self, address: str = ADDRESS) -> bool:
        """Whether nobody may write there any more."""
        with Session(self.engine) as session:
            secret = self.settings.token_secret.get_secret_value().encode()
            return is_suppressed(session, "mail", address, secret)


def signature(body: bytes, key: ec.EllipticCurvePrivateKey, at: datetime) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signed = key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {SIGNATURE: base64.b64encode(signed).decode(), TIMESTAMP: timestamp}


def an_event(letter: UUID, event: str, told: Event | None = None, *, seconds: int = 0) -> Event:
    said: Event = {"email": ADDRESS, "event": event, "timestamp": SENT + seconds, "sg_event_id": str(uuid4())}
    return said | {"sg_message_id": "x.recvd", "message_id": str(letter)} | (told or {})


async def mailbox_over(engine: Engine, **changes: object) -> Mailbox:
    chosen = {
        "mailer": "sendgrid",
        "sendgrid_api_key": "SG.x",
        "sendgrid_webhook_key": PUBLIC_KEY,
        "mail_from": "care@example.com",
    }
    settings = Settings.model_validate(chosen | changes)
    temporal = await connect_lazily(Settings(_env_file=None))
    policies = policies_from(None, development=True)
    parts = Parts(settings, engine, temporal, policies, FORMS, clock=lambda: NOON)
    app = create_app(parts)
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test")
    return Mailbox(client, engine, settings)
