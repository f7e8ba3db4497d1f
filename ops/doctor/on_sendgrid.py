"""Whether SendGrid would take letters, and tell us what became of them."""

from collections.abc import Sequence

from ops.doctor.findings import Finding, ok, unsure, wrong
from ops.doctor.installation import Installation
from ops.doctor.sendgrid_account import Domain, NotTold, Webhook
from settings import variable

EVENTS = "/webhooks/sendgrid/events"
"""What is pasted into SendGrid's page of the event webhook."""
NEEDED = ("processed", "deferred", "delivered", "bounce", "dropped", "spam_report", "unsubscribe")
_PAGE = "SendGrid → Settings → Mail Settings → Event Webhooks"
_MAY_READ = "give the key the right to read it, or look there yourself"


def key(here: Installation) -> Finding:
    """Whether the key sends mail."""
    setting = variable("sendgrid_api_key")
    try:
        scopes = here.rights().scopes
    except NotTold as silent:
        if silent.status in (401, 403):
            return wrong("SendGrid refuses this API key", f"make one under Settings → API Keys, put it into {setting}")
        where = variable("sendgrid_url")
        return wrong("SendGrid does not answer from this machine", f"let it be reached from here, and look at {where}")
    if "mail.send" not in scopes:
        return wrong("the API key may not send mail", f"make a key with Mail Send: Full Access, put it into {setting}")
    return ok("the API key may send mail")


def erasure(here: Installation) -> Finding:
    """Whether a person who is erased here is erased there."""
    if "recipients.erasejob.create" in here.rights().scopes:
        return ok("whoever is erased here is erased at SendGrid too")
    return unsure(
        "the API key may not erase recipients: each erasure here leaves SendGrid's copies to you",
        "give the key “Recipients Data Erasure”; accounts of before July 2023 ask SendGrid's support for it first",
    )


def sender(here: Installation) -> Finding:
    """Whether letters may come from our address."""
    address = here.settings.mail_from or ""
    domain = address.rpartition("@")[2].lower()
    found = _covering(here.sendgrid.domains(), domain)
    if any(one.valid for one in found):
        return ok(f"letters may come from {domain}")
    if found:
        missing = ", ".join(record.host for one in found for record in one.dns.values() if not record.valid)
        return wrong(
            f"{domain} is not proven yours: its DNS records are not there ({missing or 'not verified yet'})",
            "enter them where your domain is kept, then Verify under SendGrid → Settings → Sender Authentication",
        )
    singles = here.sendgrid.single_senders()
    if any(one.verified and one.from_email.lower() == address.lower() for one in singles):
        return unsure(
            "only the address is verified, not its domain: letters often land in spam",
            "enough for trying; before customers are written to, authenticate the domain",
        )
    return wrong(
        f"SendGrid knows nothing of {domain}: every letter is refused",
        f"authenticate it under Settings → Sender Authentication, or put another address into {variable('mail_from')}",
    )


def _covering(domains: Sequence[Domain], domain: str) -> list[Domain]:
    return [one for one in domains if domain == one.domain.lower() or domain.endswith(f".{one.domain.lower()}")]


def events(here: Installation) -> Finding:
    """Whether bounces and complaints reach us."""
    webhook = _ours(here)
    address = f"{here.settings.public_url}{EVENTS}"
    if webhook is None:
        return wrong("no event webhook leads to us: a letter that bounces is not noticed", f"{_PAGE}: add {address}")
    if not webhook.enabled:
        return wrong("the event webhook that leads to us is switched off", f"{_PAGE}: switch it on")
    missing = [event for event in NEEDED if not getattr(webhook, event)]
    if missing:
        return wrong(f"the event webhook does not tell of: {', '.join(missing)}", f"{_PAGE}: tick them")
    return ok("SendGrid tells us what becomes of letters")


def events_key(here: Installation) -> Finding:
    """Whether we would believe it."""
    webhook = _ours(here)
    if webhook is None:
        return unsure("no event webhook leads to us, so there is no key to compare", "mend the line before this one")
    theirs = here.sendgrid.public_key(webhook)
    if not theirs:
        return wrong(
            "the event webhook is not signed: we refuse what it brings",
            f"{_PAGE} → Security features: Signed Event Webhook; its key goes to {variable('sendgrid_webhook_key')}",
        )
    if theirs.strip() != (here.settings.sendgrid_webhook_key or "").strip():
        return wrong(
            "the event webhook is signed with another key than ours: we refuse what it brings",
            f"copy the Verification Key of its page into {variable('sendgrid_webhook_key')}, start the API anew",
        )
    return ok("its signatures are checked with the right key")


def _ours(here: Installation) -> Webhook | None:
    address = f"{here.settings.public_url}{EVENTS}"
    found = [one for one in here.webhooks() if one.url == address]
    return next((one for one in found if one.enabled), found[0] if found else None)


def not_told(silent: NotTold) -> Finding:
    """SendGrid did not answer a question."""
    if silent.status == 403:
        return unsure("the API key may not read this", _MAY_READ)
    return unsure("SendGrid did not say", "mend the line about the API key first; if that one is ok, ask again")
