"""Run by a test as root: becomes another user once everything is imported, then runs the server."""

import os
import sys
from pathlib import Path

from ops.postgres import EmbeddedPostgres
from ops.postgres_files import settle


def main() -> None:
    """Arguments: user id, data folder. Says who the home belongs to, and who the server runs as."""
    user, folder = int(sys.argv[1]), Path(sys.argv[2])
    EmbeddedPostgres(settle(folder.with_name("nowhere"))).ready()  # the driver imports some of itself late
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    with EmbeddedPostgres(settle(folder)) as server:
        sys.stdout.write(f"{server.home.account} {Path(f'/proc/{server.pid}').stat().st_uid}\n")


if __name__ == "__main__":
    main()
