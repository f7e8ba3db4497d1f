"""`python -m ops.bench.bare_api PORT`: one route that inserts one row; the server and pool of our own API."""

import sys
from datetime import UTC, datetime
from uuid import UUID, uuid4

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, JsonValue
from sqlalchemy import Column, DateTime, Engine, MetaData, Table, Uuid, insert
from sqlalchemy.dialects.postgresql import JSONB

from api.__main__ import DRAIN_SECONDS
from db.engine import engine_for
from ops.bench.deliveries import PATH
from settings import LOOPBACK, load

metadata = MetaData()
DELIVERY = Table(
    "bench_delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True)),
    Column("body", JSONB),
)


class Stored(BaseModel):
    """The row's id."""

    id: UUID


def app_over(engine: Engine) -> FastAPI:
    """The app with its one route."""
    app = FastAPI()

    @app.post(PATH, status_code=202)
    def accept(body: dict[str, JsonValue]) -> Stored:
        row = uuid4()
        with engine.begin() as connection:
            connection.execute(insert(DELIVERY).values(id=row, received_at=datetime.now(UTC), body=body))
        return Stored(id=row)

    return app


def main(port: int) -> None:
    """Serve until told to stop."""
    url = load().database_url
    assert url is not None
    uvicorn.run(
        app_over(engine_for(url.get_secret_value(), pool_size=20)),
        host=LOOPBACK,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
