"""Activities wired as the worker wires them, over channels of the test's choice."""

from sqlalchemy import Engine

from activities.announcements import AnnouncementActivities
from activities.phone import PhoneActivities
from activities.ways import Ways
from channels.local import LocalChannels
from channels.protocols import AlertChannel, MailChannel, SmsChannel, VoiceChannel

SECRET = b"a secret of the test"
PUBLIC_URL = "https://help.example"
COMPANY = "Ромашка"


def ways_of(engine: Engine, sms: SmsChannel, mail: MailChannel, alerts: AlertChannel) -> Ways:
    return Ways(engine, sms=sms, mail=mail, alerts=alerts, secret=SECRET, public_url=PUBLIC_URL, company=COMPANY)


def announcements_of(
    engine: Engine, channels: LocalChannels, *, sms: SmsChannel | None = None, mail: MailChannel | None = None
) -> AnnouncementActivities:
    ways = ways_of(engine, sms or channels.sms, mail or channels.mail, channels.alerts)
    return AnnouncementActivities(engine, ways, SECRET)


def phone_of(engine: Engine, voice: VoiceChannel) -> PhoneActivities:
    return PhoneActivities(engine, voice, caller_id="+74950000000")
