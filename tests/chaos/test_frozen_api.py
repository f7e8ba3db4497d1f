"""An API that stood still within a transaction: the server has ended it, and whoever asked is told to ask again."""

import time

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from api.problems import install

LONGER_THAN_ALLOWED = 0.5


def test_a_transaction_that_was_cut_off_is_told_as_503(engine: Engine) -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    def stand_still() -> None:
        with Session(engine) as session:
            session.execute(text("set local idle_in_transaction_session_timeout = '50ms'"))
            time.sleep(LONGER_THAN_ALLOWED)
            session.execute(text("select 1"))

    with TestClient(app) as client:
        answer = client.get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"]
