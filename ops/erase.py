"""`python -m ops.erase CUSTOMER_ID`: erase a person; an e-mail address or a number is read from standard input."""

import argparse
import getpass
import sys
import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from api.erasures import proof_of
from db.columns import now
from db.engine import engine_for
from db.erasure import Asking, ask_for
from db.proof import Erasure, Origin
from ops.postgres import url_of
from settings import Settings, load
from typed_numbers import e164_of

LOOK_AGAIN = timedelta(milliseconds=300)
STILL_UNDER_WAY = 3
"""The exit code when it was asked for and has not finished in the time given: it goes on by itself."""


def main() -> int:
    """Ask for it, wait for the proof, print it. 1 when nobody is known by this."""
    asked, settings = _arguments(), load()
    engine = engine_for(url_of(settings))
    try:
        return _erase(engine, asked, settings)
    finally:
        engine.dispose()


def _erase(engine: Engine, asked: argparse.Namespace, settings: Settings) -> int:
    erasure_id = asked.proof or _ask(engine, _person(asked.customer, settings), settings)
    if erasure_id is None:
        print("Nobody is known by this.", file=sys.stderr)
        return 1
    return _await(engine, erasure_id, timedelta(seconds=asked.wait))


def _ask(engine: Engine, person: UUID | str, settings: Settings) -> UUID | None:
    asking = Asking(Origin.COMMAND, now(), settings.token_secret.get_secret_value().encode())
    with Session(engine) as session, session.begin():
        asked = ask_for(session, person, asking)
        for other in asked.others if asked else ():
            print(f"Not erased, but with the same address or number: {other}", file=sys.stderr)
        return asked.erasure.id if asked else None


def _await(engine: Engine, erasure_id: UUID, patience: timedelta) -> int:
    give_up_at = time.monotonic() + patience.total_seconds()
    while (erasure := _load(engine, erasure_id)) and not erasure.finished_at and time.monotonic() < give_up_at:
        time.sleep(LOOK_AGAIN.total_seconds())
    if erasure is None:
        print("There is no erasure with this id.", file=sys.stderr)
        return 1
    print(proof_of(erasure).model_dump_json(indent=2))
    return 0 if erasure.finished_at else STILL_UNDER_WAY


def _load(engine: Engine, erasure_id: UUID) -> Erasure | None:
    with Session(engine, expire_on_commit=False) as session:
        return session.get(Erasure, erasure_id)


def _person(customer: UUID | None, settings: Settings) -> UUID | str:
    """Never from the command line: a shell keeps its history, and anybody may list processes."""
    if customer:
        return customer
    question = "E-mail address or phone number (not shown): "
    term = (getpass.getpass(question) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not term:
        raise SystemExit("Give a customer's id, or an e-mail address or number on standard input.")
    return term.lower() if "@" in term else e164_of(term, settings) or term


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.erase", description=__doc__)
    parser.add_argument("customer", nargs="?", type=UUID, help="the customer's id here; without it, standard input")
    parser.add_argument("--proof", type=UUID, metavar="ERASURE", help="erase nobody, print this erasure's proof")
    parser.add_argument("--wait", type=float, default=60, metavar="SECONDS", help="for the proof (default 60)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
