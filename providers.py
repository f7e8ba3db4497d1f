"""The one way to the outside world: who rings, writes and alerts, as the settings say."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from channels.alerts.choice import alerts_over
from channels.alerts.routing import BadRoutes
from channels.alerts.slack import SlackAlerts
from channels.by_country import ByCountry, Keepers, SmsByCountry, VoiceByCountry
from channels.erasing import CopyKeeper, Kept
from channels.local import LocalChannels
from channels.protocols import AlertChannel, MailChannel, SmsChannel, VoiceChannel
from channels.sendgrid.erasing import SendGridKeeper
from channels.sendgrid.mail import Sender, SendGridMail
from channels.sendgrid.wire import Wire as SendGridWire
from channels.twilio.keeper import TwilioKeeper
from channels.twilio.sms import TwilioSms
from channels.twilio.voice import TwilioVoice
from channels.twilio.wire import Wire as TwilioWire
from promises import alert_routes_of
from provider_settings import Mailer, Telephony
from settings import Settings, variable

Carrier = TypeVar("Carrier")


@dataclass(frozen=True)
class Providers:
    """Every channel of an installation."""

    voice: VoiceChannel
    sms: SmsChannel
    mail: MailChannel
    alerts: AlertChannel
    keepers: dict[Kept, CopyKeeper]


@contextmanager
def providers(settings: Settings) -> Iterator[Providers]:
    """Open them, and close them at the end. SystemExit when the table of alerts does not hold here."""
    with ExitStack() as opened:
        local = opened.enter_context(LocalChannels(settings.channels_target))
        twilio = opened.enter_context(_twilio(settings)) if settings.uses_twilio else None
        letters = _sendgrid(settings) if settings.mailer is Mailer.SENDGRID else None
        voice, sms = _voice(settings, local, twilio), _sms(settings, local, twilio)
        mail = SendGridMail(letters, _sender(settings)) if letters else local.mail
        slack = opened.enter_context(SlackAlerts(settings.slack_webhook)) if settings.slack_webhook else None
        yield Providers(
            voice=VoiceByCountry(voice),
            sms=SmsByCountry(sms),
            mail=mail,
            alerts=_alerts(
                settings,
                mail=mail if letters else None,
                sms=SmsByCountry(sms) if twilio else None,
                slack=slack,
                stand_in=local.alerts if settings.uses_simulator else None,
            ),
            keepers=_keepers(settings, local, twilio, letters),
        )


def _alerts(
    settings: Settings,
    *,
    mail: MailChannel | None,
    sms: SmsChannel | None,
    slack: AlertChannel | None,
    stand_in: AlertChannel | None,
) -> AlertChannel:
    routes = alert_routes_of(settings)
    try:
        return alerts_over(routes, mail=mail, sms=sms, slack=slack, stand_in=stand_in)
    except BadRoutes as error:
        raise SystemExit(f"{variable('alerts_file')}: {error}") from None


def _voice(settings: Settings, local: LocalChannels, twilio: TwilioWire | None) -> ByCountry[VoiceChannel]:
    def carrier(telephony: Telephony) -> VoiceChannel:
        return TwilioVoice(twilio, settings.public_url) if twilio and telephony is Telephony.TWILIO else local.voice

    return _by_country(settings, carrier)


def _sms(settings: Settings, local: LocalChannels, twilio: TwilioWire | None) -> ByCountry[SmsChannel]:
    def carrier(telephony: Telephony) -> SmsChannel:
        if twilio is None or telephony is Telephony.LOCAL:
            return local.sms
        return TwilioSms(twilio, settings.public_url, settings.twilio_sms_sender or settings.caller_id)

    return _by_country(settings, carrier)


def _by_country(settings: Settings, carrier: Callable[[Telephony], Carrier]) -> ByCountry[Carrier]:
    carriers = {telephony: carrier(telephony) for telephony in settings.telephonies}
    elsewhere = {country: carriers[telephony] for country, telephony in settings.telephony_by_country.items()}
    return ByCountry(carriers[settings.telephony], elsewhere)


def _keepers(
    settings: Settings, local: LocalChannels, twilio: TwilioWire | None, letters: SendGridWire | None
) -> dict[Kept, CopyKeeper]:
    keepers: Sequence[CopyKeeper] = [
        TwilioKeeper(twilio) if twilio and telephony is Telephony.TWILIO else local.keepers[Kept.CALL]
        for telephony in settings.telephonies
    ]
    telephone = keepers[0] if len(keepers) == 1 else Keepers(keepers)
    mail: CopyKeeper = SendGridKeeper(letters) if letters else local.keepers[Kept.MAIL]
    return {Kept.CALL: telephone, Kept.SMS: telephone, Kept.MAIL: mail}


def _twilio(settings: Settings) -> TwilioWire:
    assert settings.twilio_account_sid  # held by the settings, as the next
    assert settings.twilio_auth_token
    return TwilioWire(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), settings.twilio_url)


def _sendgrid(settings: Settings) -> SendGridWire:
    assert settings.sendgrid_api_key  # held by the settings
    return SendGridWire(settings.sendgrid_api_key.get_secret_value(), settings.sendgrid_url)


def _sender(settings: Settings) -> Sender:
    assert settings.mail_from  # held by the settings
    return Sender(address=settings.mail_from, name=settings.company_name, reply_to=settings.mail_reply_to)
