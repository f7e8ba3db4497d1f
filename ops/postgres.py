"""PostgreSQL from a wheel as our own child: data in a folder, reachable through a unix socket only."""

import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy import URL

from ops.postgres_files import SOCKET_NAME, Home, settle, stop_orphan
from ops.processes import ProcessError, Program
from ops.server import Server
from settings import Settings

DATABASE = "closeloop"
OWNER = "postgres"
SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "timezone": "UTC",
        # The timeline's writers wait for each other: one that stopped in mid-transaction must not hold all of them.
        "idle_in_transaction_session_timeout": "5s",
        # Failing statements and the rows they fail on hold personal data: neither belongs into a log.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }
)
ENVIRONMENT: Mapping[str, str] = MappingProxyType({"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
INITDB = ("-U", OWNER, "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions")
# The built-in locale: upper and lower case of every alphabet, and no index breaks when the system's libc changes.
LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


def url_of(settings: Settings) -> str:
    """SQLAlchemy URL of the database these settings mean: the one they name, else the embedded server's own."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres.at(settings.data_dir.resolve()).url


class EmbeddedPostgres(Server):
    """One server over one data folder. As a context manager it runs inside the block."""

    def __init__(
        self, home: Home, *, log: Path | None = None, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """`settings` go over the server's first ones, by their PostgreSQL names."""
        self.home = home
        super().__init__(self._program(log or home.data.with_name("postgres.log"), {**SETTINGS, **settings}))

    @classmethod
    def at(cls, data_dir: Path) -> Self:
        """The server of a data folder, wherever its user can live."""
        return cls(settle(data_dir), log=data_dir / "logs" / "postgres.log")

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the product's database; the same after every start."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """SQLAlchemy URL of one database of this server."""
        url = URL.create("postgresql+psycopg", OWNER, database=database, query={"host": str(self.home.socket)})
        return url.render_as_string(hide_password=False)

    def start(self) -> None:
        """Create the data on first use, start, and return when it takes connections. ProcessError when it does not."""
        super().start()
        self.create_database()

    def ready(self) -> bool:
        """Whether it takes connections now."""
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        """Make the product's database unless it is there."""
        with self._connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if not known:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.home.socket), user=OWNER, dbname="postgres", autocommit=True, connect_timeout=5
        )

    def _program(self, log: Path, settings: Mapping[str, str]) -> Program:
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        binary = str(self.home.binaries / "postgres")
        return Program(
            name="postgres",
            command=(binary, "-D", str(self.home.data), "-k", str(self.home.socket), *options),
            log=log,
            env=ENVIRONMENT,
            cwd=Path("/"),
            account=self.home.account,
            prepare=self._prepare,
            ready=self.ready,
            stop_signal=signal.SIGINT,  # cuts open connections; SIGTERM would wait for every client to leave
            death_signal=signal.SIGINT,
            alarming=re.compile(r"\b(FATAL|PANIC): +(?!the database system is)"),
        )

    def _prepare(self) -> None:
        self.home.make()
        if not self.home.data.exists():
            self._initialise()
        stop_orphan(self.home.data)
        # No server is on this data any more; the one that left the lock may have given its process id to another.
        (self.home.socket / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """A killed initdb leaves half a folder, so the data gets its name when it is whole."""
        unfinished = self.home.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.home.private(unfinished)
        self._initdb(unfinished)
        unfinished.rename(self.home.data)

    def _initdb(self, folder: Path) -> None:
        account = self.home.account
        done = subprocess.run(
            (str(self.home.binaries / "initdb"), "-D", str(folder), *INITDB, *LOCALE),
            env=ENVIRONMENT,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ProcessError(f"PostgreSQL's data folder cannot be made: {done.stderr.strip()}")
