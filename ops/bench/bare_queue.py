"""`python -m ops.bench.bare_queue PORT`: one route that selects 50 rows by primary key; server and pool of our API."""

import sys
from typing import Annotated
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Query
from pydantic import BaseModel
from sqlalchemy import Engine, select
from sqlmodel import col

from db.casework import Case
from db.engine import engine_for
from settings import LOOPBACK, load

PATH = "/rows"


class Row(BaseModel):
    """A few columns of a case."""

    id: UUID
    stage: str
    seq: int


def app_over(engine: Engine) -> FastAPI:
    """The app with its one route."""
    app = FastAPI()
    columns = (col(Case.id), col(Case.stage), col(Case.seq))

    @app.get(PATH)
    def rows(ids: Annotated[list[UUID], Query(alias="id")]) -> list[Row]:
        with engine.begin() as connection:
            found = connection.execute(select(*columns).where(col(Case.id).in_(ids))).mappings()
            return [Row.model_validate(row) for row in found]

    return app


def main(port: int) -> None:
    """Serve until told to stop."""
    url = load().database_url
    assert url is not None
    engine = engine_for(url.get_secret_value(), pool_size=20)
    uvicorn.run(app_over(engine), host=LOOPBACK, port=port, access_log=False, log_config=None, server_header=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
