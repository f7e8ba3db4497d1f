"""What an installation has of channels, whoever stands behind each."""

from collections.abc import Mapping
from typing import Protocol

from channels.erasing import CopyKeeper, Kept
from channels.protocols import AlertChannel, MailChannel, SmsChannel, VoiceChannel


class Channels(Protocol):
    """All of them, as an installation has them."""

    @property
    def voice(self) -> VoiceChannel: ...

    @property
    def sms(self) -> SmsChannel: ...

    @property
    def mail(self) -> MailChannel: ...

    @property
    def alerts(self) -> AlertChannel: ...

    @property
    def keepers(self) -> Mapping[Kept, CopyKeeper]: ...
