"""`python -m ops.run`: the whole system on this machine, in one terminal, until Ctrl-C."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from db.migrate import upgrade
from lifetime import leave
from ops import banner, ports, programs, run_file
from ops.postgres import EmbeddedPostgres
from ops.processes import ProcessError, Program
from ops.seed import let_in, seed
from ops.supervisor import Interrupted, Supervisor
from ops.temporal_server import TemporalServer
from promises import forms_of, policies_of
from settings import Environment, Settings, load

PATIENCE = timedelta(seconds=60)
AFTER_A_KILL = timedelta(seconds=4)
"""How long the servers of a killed run may take to let go of their ports."""


def main() -> int:
    """Run until asked to stop. 0 after a stop, 1 with a message when it cannot run."""
    settings = load()
    settings = settings.model_copy(update={"data_dir": settings.data_dir.resolve()})
    forms_of(settings, policies_of(settings))  # a mistake in a file is told before anything is started
    try:
        with run_file.only_run(settings.data_dir):
            _run(settings)
    except ProcessError as error:
        say(f"Stopped: {error}")
        return 1
    say(f"Stopped. The data stays in {settings.data_dir}; `make run` goes on with it.")
    return 0


def say(line: str) -> None:
    """One line to the terminal, at once."""
    print(line, flush=True)


def _run(settings: Settings) -> None:
    patience = AFTER_A_KILL if run_file.was_killed(settings.data_dir) else timedelta(0)
    ports.check(ports.wanted(settings), patience=patience)
    supervisor = Supervisor(say)
    supervisor.obey_signals()
    with _stopped_at_the_end(supervisor):
        running = _start(supervisor, settings)
        run_file.write(settings.data_dir, running)
        say(banner.text(running, settings))
        supervisor.watch()


@contextmanager
def _stopped_at_the_end(supervisor: Supervisor) -> Iterator[None]:
    try:
        with suppress(Interrupted):
            yield
    finally:
        say("Stopping …")
        supervisor.stop()


def _start(supervisor: Supervisor, settings: Settings) -> run_file.Running:
    url = _start_postgres(supervisor, settings)
    say("Migrating the database …")
    try:
        upgrade(url)
    except OperationalError as error:
        raise ProcessError(f"the database does not answer; is CLOSELOOP_DATABASE_URL right? ({error.orig})") from error
    tokens, password = _demo_staff(url, settings)
    supervisor.interrupt_if_asked()
    if not settings.temporal_address:
        say(f"Starting Temporal (its data in {settings.data_dir}/temporal.db) …")
        supervisor.start_and_await(_temporal(settings), patience=PATIENCE)
    _start_ours(supervisor, settings, url)
    return run_file.Running(
        pid=os.getpid(),
        addresses=banner.addresses(settings),
        tokens=tokens,
        password=password,
        pids=supervisor.pids,
        accounts=settings.accounts,
    )


def _start_postgres(supervisor: Supervisor, settings: Settings) -> str:
    if settings.database_url:
        return settings.database_url.get_secret_value()
    postgres = EmbeddedPostgres.at(settings.data_dir)
    say(f"Starting PostgreSQL (its data in {postgres.home.data}) …")
    supervisor.start_and_await(postgres.program, patience=PATIENCE)
    postgres.create_database()
    return postgres.url


def _demo_staff(url: str, settings: Settings) -> tuple[dict[str, str], str]:
    """Their tokens and the password of all; nobody in production: both are shown on a screen."""
    if settings.environment is Environment.PRODUCTION:
        return {}, ""
    say("Seeding the demo staff …")
    return seed(url), let_in(url)


def _start_ours(supervisor: Supervisor, settings: Settings, url: str) -> None:
    say("Starting worker, relay and API …")
    environment = programs.environment(settings, database_url=url)
    if settings.uses_simulator and not settings.channels_url:
        supervisor.start(programs.simulator(settings))
    supervisor.start(programs.worker(settings, environment))
    supervisor.start(programs.relay(settings, environment))
    supervisor.start_and_await(programs.api(settings, environment), patience=PATIENCE)
    supervisor.await_that(
        lambda: programs.answers(f"{programs.api_address(settings)}/readyz"),
        patience=PATIENCE,
        complaint=f"the API is up but not ready; ask {programs.api_address(settings)}/readyz why",
    )


def _temporal(settings: Settings) -> Program:
    return TemporalServer(
        port=settings.temporal_port,
        ui_port=settings.temporal_ui_port,
        log=programs.log_of(settings, "temporal"),
        db_file=settings.data_dir / "temporal.db",
        retention=settings.temporal_retention,
    ).program


if __name__ == "__main__":
    leave(main())
