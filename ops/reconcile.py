"""`python -m ops.reconcile`: what rows and workflows disagree on after a restore; with --apply they agree again."""

import argparse
import asyncio
from collections import Counter
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy

from db.engine import engine_for
from lifetime import leave
from ops import erasing, erasures_again
from ops.postgres import url_of
from ops.reconciler import LISTING, Reconciler
from promises import policies_of
from settings import Settings, load
from temporal_answers import PATIENCE, TemporalAwayError, answer
from temporal_client import connect_lazily

REPEAT = "Repeat it then: whatever was mended stays so."


async def reconcile(settings: Settings, engine: Engine, client: Client, asked: argparse.Namespace) -> None:
    """Say what is to be done, and with `asked.apply` do it. TemporalAwayError when Temporal does not answer."""
    reconciler = Reconciler(engine, client, policies_of(settings), task_queue=settings.task_queue)
    findings = await reconciler.find()
    for finding in findings:
        print(finding)
        if asked.apply:
            await reconciler.mend(finding)
    await _erasures(settings, engine, client, asked)
    counted = Counter(finding.verdict for finding in findings)
    print(", ".join(f"{count} to {verdict}" for verdict, count in counted.items()) or "rows and workflows agree")
    if not asked.apply and findings:
        print("Nothing was changed. Do it with --apply.")


async def _erasures(settings: Settings, engine: Engine, client: Client, asked: argparse.Namespace) -> None:
    known = await answer(erasures_again.remembered(client), patience=LISTING)
    known += erasures_again.read(asked.erasures) if asked.erasures else []
    secret = settings.token_secret.get_secret_value().encode()
    with Session(engine) as session, session.begin():
        whom, open_ones = erasures_again.forgotten(session, known), erasures_again.left_unfinished(session)
        print(f"{len(whom.customers)} people and {len(whom.responses)} single responses to erase again")
        if asked.apply and (whom.customers or whom.responses):
            erasures_again.erase_again(session, whom, secret)
    anew = WorkflowIDReusePolicy.ALLOW_DUPLICATE  # what Temporal has finished, the restored rows have not
    for erase in open_ones if asked.apply else ():
        await erasing.start(client, erase, task_queue=settings.task_queue, patience=PATIENCE, reuse=anew)


def list_erasures(engine: Engine) -> None:
    """Print every erasure, one a line: ids only."""
    with Session(engine) as session:
        for erase in erasures_again.listed(session):
            print(erase.model_dump_json())


def main() -> None:
    """Compare, and mend if asked to. SystemExit with a message when Temporal does not answer."""
    asked, settings = _arguments(), load()
    engine = engine_for(url_of(settings))
    try:
        _run(settings, engine, asked)
    except TemporalAwayError:
        raise SystemExit(f"Temporal does not answer at {settings.temporal_target}. {REPEAT}") from None
    except OperationalError as error:
        raise SystemExit(f"The database does not answer. {REPEAT} ({error.orig})") from None
    finally:
        engine.dispose()


def _run(settings: Settings, engine: Engine, asked: argparse.Namespace) -> None:
    if asked.list_erasures:
        list_erasures(engine)
    else:
        asyncio.run(_connected(settings, engine, asked))


async def _connected(settings: Settings, engine: Engine, asked: argparse.Namespace) -> None:
    await reconcile(settings, engine, await connect_lazily(settings), asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.reconcile", description=__doc__)
    parser.add_argument("--apply", action="store_true", help="mend; without it nothing is changed")
    parser.add_argument("--erasures", type=Path, help="erasures to do again, as --list-erasures printed them")
    parser.add_argument("--list-erasures", action="store_true", help="print all erasures, to keep beside the back-ups")
    return parser.parse_args()


if __name__ == "__main__":
    main()
    leave()
