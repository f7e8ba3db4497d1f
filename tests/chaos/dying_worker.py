"""The worker as it is, with fuses around its channels and behind its projection."""

import asyncio
from typing import Any
from unittest.mock import patch

from temporalio.client import Client, Interceptor
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from temporalio.worker import Interceptor as WorkerInterceptor

import providers
import worker
from channels.local import LocalChannels, LocalMail, LocalSms, LocalVoice
from channels.protocols import CallToPlace, MailToSend, ProviderCall, ProviderMessage, SmsToSend
from lifetime import begin, leave
from settings import Settings, load
from temporal_client import connect
from tests.chaos.points import Point, planted


class DyingVoice(LocalVoice):
    """Rings, with a fuse on either side."""

    def place(self, call: CallToPlace) -> ProviderCall:
        planted().reach(Point.BEFORE_CALL)
        placed = super().place(call)
        planted().reach(Point.AFTER_CALL)
        return placed


class DyingSms(LocalSms):
    """Sends SMS, with a fuse on either side."""

    def send(self, sms: SmsToSend) -> ProviderMessage:
        planted().reach(Point.BEFORE_SMS)
        sent = super().send(sms)
        planted().reach(Point.AFTER_SMS)
        return sent


class DyingMail(LocalMail):
    """Sends mail, with a fuse on either side."""

    def send(self, mail: MailToSend) -> ProviderMessage:
        planted().reach(Point.BEFORE_MAIL)
        sent = super().send(mail)
        planted().reach(Point.AFTER_MAIL)
        return sent


class DyingChannels(LocalChannels):
    """The local channels between fuses."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.voice, self.sms, self.mail = DyingVoice(self._wire), DyingSms(self._wire), DyingMail(self._wire)


class _DyingActivity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # Any is the signature of its parent
        done = await super().execute_activity(input)
        if input.fn.__name__ == "record":
            planted().reach(Point.AFTER_ROWS)
        return done


class DyingActivities(Interceptor, WorkerInterceptor):
    """A fuse between the commit of the rows and the report to the workflow."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _DyingActivity(super().intercept_activity(next))


async def _connect(settings: Settings, *, metrics_address: str | None = None) -> Client:
    """Interceptors of a client are those of its worker too."""
    config = (await connect(settings, metrics_address=metrics_address)).config()
    config["interceptors"] = [DyingActivities()]
    return Client(**config)


def main() -> None:
    """Work until told to stop, or until a fuse burns through."""
    settings = load()
    begin(settings)
    with patch.object(worker, "connect", _connect), patch.object(providers, "LocalChannels", DyingChannels):
        asyncio.run(worker.main(settings))


if __name__ == "__main__":
    main()
    leave()
