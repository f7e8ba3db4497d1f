"""Alerts by e-mail, over whoever carries it."""

from html import escape

from channels.errors import Refused, RefusedReason
from channels.protocols import AlertToSend, MailChannel, MailToSend, ProviderMessage


class AlertsByMail:
    """`AlertChannel` over a `MailChannel`."""

    def __init__(self, mail: MailChannel) -> None:
        self._mail = mail

    def send(self, alert: AlertToSend) -> ProviderMessage:
        """One e-mail to the recipient; Refused when they have no address."""
        if not alert.email:
            raise Refused(RefusedReason.INVALID_ADDRESS)
        return self._mail.send(
            MailToSend(
                message_id=alert.message_id,
                address=alert.email,
                subject=alert.title,
                text=f"{alert.text}\n\n{alert.link}\n",
                html=_page(alert),
                language=alert.language,
            )
        )


def _page(alert: AlertToSend) -> str:
    link = escape(alert.link)
    return (
        f'<!doctype html><html lang="{alert.language}"><meta charset="utf-8"><title>{escape(alert.title)}</title>'
        f'<p>{escape(alert.text)}</p><p><a href="{link}">{link}</a></p></html>'
    )
