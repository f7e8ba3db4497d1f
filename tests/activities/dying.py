"""Runs one activity in a process that dies at once, as by kill -9, right before or right after its POST.

Arguments: database URL, provider URL, `before` or `after`; on standard input, the activity's argument as JSON.
"""

import os
import sys

from activities.announcements import Announce
from activities.phone import Ring
from channels.local import LocalChannels, LocalMail, LocalSms, LocalVoice
from channels.protocols import CallToPlace, MailToSend, ProviderCall, ProviderMessage, SmsToSend
from db.engine import engine_for
from tests.activities.wiring import announcements_of, phone_of

DIED = 9


def reach(point: str) -> None:
    """Die, if this is where to."""
    if point == sys.argv[-1]:
        os._exit(DIED)


class DyingVoice(LocalVoice):
    """Rings, and dies."""

    def place(self, call: CallToPlace) -> ProviderCall:
        reach("before")
        placed = super().place(call)
        reach("after")
        return placed


class DyingSms(LocalSms):
    """Hands an SMS over, and dies."""

    def send(self, sms: SmsToSend) -> ProviderMessage:
        reach("before")
        sent = super().send(sms)
        reach("after")
        return sent


class DyingMail(LocalMail):
    """Hands a mail over, and dies."""

    def send(self, mail: MailToSend) -> ProviderMessage:
        reach("before")
        sent = super().send(mail)
        reach("after")
        return sent


class DyingChannels(LocalChannels):
    """The local channels, each of which dies."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.voice, self.sms, self.mail = DyingVoice(self._wire), DyingSms(self._wire), DyingMail(self._wire)


def main() -> None:
    database_url, provider_url, _ = sys.argv[1:]
    asked, engine = sys.stdin.read(), engine_for(database_url)
    with DyingChannels(provider_url) as channels:
        if '"attempt"' in asked:
            phone_of(engine, channels.voice).place_call(Ring.model_validate_json(asked))
        else:
            announcements_of(engine, channels).announce(Announce.model_validate_json(asked))


if __name__ == "__main__":
    main()
