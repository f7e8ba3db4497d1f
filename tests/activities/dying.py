"""Runs one activity in a process that dies at once, as by kill -9, right before or right after its POST.

Arguments: database URL, provider URL, `before` or `after`; on standard input, the activity's argument as JSON.
"""

import os
import sys
from collections.abc import Sequence
from datetime import datetime

from activities.announcements import Announce
from activities.phone import Ring
from channels.local import LocalChannels
from channels.protocols import (
    CallProgress,
    CallToPlace,
    MailChannel,
    MailToSend,
    ProviderCall,
    ProviderMessage,
    SmsChannel,
    SmsToSend,
    VoiceChannel,
)
from db.engine import engine_for
from tests.activities.wiring import announcements_of, phone_of

DIED = 9


class Dying:
    """Where to die."""

    def __init__(self, point: str) -> None:
        self.point = point

    def reach(self, point: str) -> None:
        if point == self.point:
            os._exit(DIED)


class DyingSms:
    """Hands an SMS over, and dies."""

    def __init__(self, sms: SmsChannel, dying: Dying) -> None:
        self.sms, self.dying = sms, dying

    def send(self, sms: SmsToSend) -> ProviderMessage:
        self.dying.reach("before")
        sent = self.sms.send(sms)
        self.dying.reach("after")
        return sent

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> ProviderMessage | None:
        return self.sms.find(phone, since, text=text)


class DyingMail:
    """Hands a mail over, and dies."""

    def __init__(self, mail: MailChannel, dying: Dying) -> None:
        self.mail, self.dying = mail, dying

    def send(self, mail: MailToSend) -> ProviderMessage:
        self.dying.reach("before")
        sent = self.mail.send(mail)
        self.dying.reach("after")
        return sent


class DyingVoice:
    """Rings, and dies."""

    def __init__(self, voice: VoiceChannel, dying: Dying) -> None:
        self.voice, self.dying = voice, dying

    def place(self, call: CallToPlace) -> ProviderCall:
        self.dying.reach("before")
        placed = self.voice.place(call)
        self.dying.reach("after")
        return placed

    def find(self, call: CallToPlace, since: datetime) -> Sequence[ProviderCall]:
        return self.voice.find(call, since)

    def cancel(self, provider_id: str) -> None:
        self.voice.cancel(provider_id)

    def fetch(self, provider_id: str) -> CallProgress:
        return self.voice.fetch(provider_id)


def main() -> None:
    database_url, provider_url, point = sys.argv[1:]
    asked, engine, dying = sys.stdin.read(), engine_for(database_url), Dying(point)
    with LocalChannels(provider_url) as channels:
        if '"attempt"' in asked:
            phone_of(engine, DyingVoice(channels.voice, dying)).place_call(Ring.model_validate_json(asked))
            return
        sms, mail = DyingSms(channels.sms, dying), DyingMail(channels.mail, dying)
        announcements_of(engine, channels, sms=sms, mail=mail).announce(Announce.model_validate_json(asked))


if __name__ == "__main__":
    main()
