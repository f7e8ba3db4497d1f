"""Whether there is somebody to call and to be told, and whether the files of the installation hold."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from domain.words import Role
from ops.doctor.findings import Finding, ok, unsure, wrong
from ops.doctor.installation import Installation, Member
from promises import forms_of, hold_texts_of, policies_of
from provider_settings import Mailer
from providers import providers
from settings import Environment, Settings, variable

SLACK = re.compile(r"/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]+")
SLACK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
ALARMED = (Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD, Role.MANAGER)


def carriers(here: Installation) -> Finding:
    """Who carries what."""
    settings = here.settings
    elsewhere = [f"{country} {telephony}" for country, telephony in sorted(settings.telephony_by_country.items())]
    calls = ", ".join([settings.telephony, *elsewhere])
    says = f"calls and SMS: {calls}; mail: {settings.mailer}"
    if not settings.uses_simulator:
        return ok(says)
    played = f"{says}; {_local(settings)}"
    if settings.environment is not Environment.PRODUCTION:
        return ok(played)
    real = f"set {variable('telephony')}=twilio and {variable('mailer')}=sendgrid, or bring providers of your own"
    return unsure(played, real)


def _local(settings: Settings) -> str:
    if settings.channels_url:
        return f"“local” is whoever answers at {variable('channels_url')}: the simulator, or a gateway of yours"
    return "“local” is played on this machine and reaches nobody"


def specialists(here: Installation) -> Finding:
    """Whether anybody's telephone can ring."""
    found = [member for member in here.staff() if member.role is Role.SPECIALIST]
    silent = [member for member in found if not member.has_phone]
    enter = _enter('"Their Name" specialist --phone +7…')
    if len(silent) == len(found):
        says = "no specialist has a telephone" if found else "there is no specialist"
        return wrong(f"{says}: nobody can call a customer from here", enter)
    if silent:
        return unsure(f"{len(silent)} of {len(found)} specialists have no telephone: they can only log calls", enter)
    return ok(f"{len(found)} with a telephone")


def _enter(member: str) -> str:
    return f"make staff ARGS='{member}', or in a container: python -m ops.tokens {member}"


def demo_staff(here: Installation) -> Finding:
    """Whether calls and alerts would go to people who were invented."""
    on_duty = [member for member in here.staff() if member.is_of_the_demo and member.is_on_duty]
    if not on_duty:
        return ok("nobody of the demo is on duty")
    return wrong(
        f"{len(on_duty)} of the demo's staff are on duty, and their invented numbers may be somebody's",
        'take each off duty, with their token from make run: PUT /me/duty {"on_duty": false}; '
        f"a new installation with {variable('environment')}=production has none of them",
    )


def alerted(here: Installation) -> Finding:
    """Whether those who must hear of a broken promise can be reached."""
    staff, settings = here.staff(), here.settings
    if not any(member.role in (Role.LEAD, Role.MANAGER) for member in staff):
        return wrong("there is no lead and no manager: alarms reach nobody", _enter('"Their Name" lead'))
    if not _real_way(settings):
        return unsure(
            "alerts go the local way only, to the outbox of a simulator",
            "set up mail, SMS or Slack, see docs/alerts.md",
        )
    deaf = [role for role in ALARMED if _all_deaf(staff, role, settings)]
    if deaf:
        names = ", ".join(role.replace("_", " ") for role in deaf)
        return wrong(
            f"nobody can be alerted among: {names}",
            f"give them a telephone or e-mail that a way set up here reaches, or set {variable('slack_webhook')}",
        )
    return ok("of every role somebody can be alerted")


def _real_way(settings: Settings) -> bool:
    return settings.uses_twilio or settings.mailer is Mailer.SENDGRID or settings.slack_webhook is not None


def _all_deaf(staff: Sequence[Member], role: Role, settings: Settings) -> bool:
    members = [member for member in staff if member.role is role]
    return bool(members) and not any(_hears(member, settings) for member in members)


def _hears(member: Member, settings: Settings) -> bool:
    by_mail = member.has_email and settings.mailer is Mailer.SENDGRID
    return by_mail or (member.has_phone and settings.uses_twilio) or settings.slack_webhook is not None


def slack(here: Installation) -> Finding:
    """The shape of its address; nothing is posted."""
    setting = here.settings.slack_webhook
    assert setting  # asked only where there is one
    parts = urlsplit(setting.get_secret_value())
    if parts.scheme == "https" and parts.hostname in SLACK_HOSTS and SLACK.fullmatch(parts.path):
        return ok("it looks like an incoming webhook; nothing was posted")
    if parts.scheme == "https" and parts.hostname and parts.hostname not in SLACK_HOSTS:
        return unsure("it is not Slack's; another chat may take the same messages", "wait for the first alert there")
    return wrong(
        "this is no incoming webhook of Slack",
        f"{variable('slack_webhook')} looks like https://hooks.slack.com/services/T…/B…/…; a workflow's link does not",
    )


def alert_routes(here: Installation) -> Finding:
    """Whether the worker would start with these ways."""
    try:
        with providers(here.settings):
            return ok("every alert has a way that exists here")
    except SystemExit as refused:
        return wrong(f"the worker would not start: {refused}", "see docs/alerts.md")


def policies(here: Installation) -> Finding:
    """Hours and promises."""
    return _held("policies", lambda: policies_of(here.settings))


def forms(here: Installation) -> Finding:
    """Which question is the tick, the phone, the score."""
    settings = here.settings
    found = _held("forms", lambda: forms_of(settings, policies_of(settings)))
    example = settings.forms_file.name == "forms.example.toml"
    if found.verdict == "ok" and example and settings.environment is Environment.PRODUCTION:
        return unsure(
            "the forms of the example are in force", "copy forms.example.toml to forms.toml and name your own"
        )
    return found


def hold_texts(here: Installation) -> Finding:
    """What a customer who rings back hears."""
    return _held("hold texts", lambda: hold_texts_of(here.settings))


def _held(what: str, read: Callable[[], object]) -> Finding:
    try:
        read()
    except SystemExit as refused:
        return wrong(str(refused), "mend the file: nothing starts with it")
    return ok(f"the {what} hold")
