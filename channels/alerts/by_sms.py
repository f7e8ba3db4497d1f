"""Alerts by SMS, over whoever carries it."""

from channels.errors import Refused, RefusedReason
from channels.protocols import AlertToSend, ProviderMessage, SmsChannel, SmsToSend


class AlertsBySms:
    """`AlertChannel` over an `SmsChannel`: title and link alone, for a segment in Russian has 67 letters."""

    def __init__(self, sms: SmsChannel) -> None:
        self._sms = sms

    def send(self, alert: AlertToSend) -> ProviderMessage:
        """One SMS to the recipient; Refused when they have no phone."""
        if not alert.phone:
            raise Refused(RefusedReason.INVALID_NUMBER)
        text = f"{alert.title}\n{alert.link}"
        return self._sms.send(SmsToSend(message_id=alert.message_id, phone=alert.phone, text=text))
