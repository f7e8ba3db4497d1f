"""`python -m api`: API, pages and webhooks in one process; puts its parts together."""

import asyncio
from collections.abc import Sequence
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory

from api import slow_clients
from api.app import create_app
from api.deps import Parts
from api.feed import Feed
from db.engine import engine_for
from lifetime import begin, leave
from promises import forms_of, hold_texts_of, policies_of
from settings import Settings, load
from temporal_client import connect_lazily

DRAIN_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
"""Longer than proxies and clients keep an idle connection (a minute at most, as a rule): a request that is sent just as
we close it is lost, and nobody may repeat it unasked."""


class Server(uvicorn.Server):
    """Ends the open event streams first: they would hold it up until it loses patience with them."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    def handle_exit(self, _sig: int, _frame: FrameType | None) -> None:
        """Stop taking requests, answer those under way; a second signal ends at once."""
        self._feed.close()
        self.force_exit, self.should_exit = self.should_exit, True


def server_of(app: FastAPI, *, host: str, port: int, proxies: Sequence[str] = ()) -> Server:
    """A server for the app that logs no addresses, waits for nobody for ever, and ends gracefully."""
    settings: Settings = app.state.parts.settings
    config = uvicorn.Config(
        app,
        http=slow_clients.protocol(settings.body_timeout),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return Server(config, app.state.feed)


async def parts_from(settings: Settings) -> Parts:
    """Everything the API needs, connected to nothing yet. SystemExit when a file or setting is missing."""
    if settings.database_url is None:
        raise SystemExit("The API needs CLOSELOOP_DATABASE_URL; `make run` starts a database and tells it.")
    policies = policies_of(settings)
    return Parts(
        settings=settings,
        engine=engine_for(settings.database_url.get_secret_value(), pool_size=20),
        temporal=await connect_lazily(settings),
        policies=policies,
        forms=forms_of(settings, policies),
        hold_texts=hold_texts_of(settings),
    )


async def main(settings: Settings) -> None:
    """Serve until told to stop."""
    parts = await parts_from(settings)
    server = server_of(create_app(parts), host=settings.host, port=settings.api_port, proxies=settings.trusted_proxies)
    await server.serve()
    parts.engine.dispose()


if __name__ == "__main__":
    settings = load()
    begin(settings)
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvicorn's choice
        runner.run(main(settings))
    leave()
