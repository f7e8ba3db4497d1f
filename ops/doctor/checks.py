"""Every check, in the order it is read; and the looking over, all at once and never longer than it may."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from channels.errors import ChannelError
from ops.doctor import at_home, at_our_door, on_sendgrid, on_twilio
from ops.doctor.findings import Finding, unsure, wrong
from ops.doctor.installation import Installation, always, uses_any, uses_sendgrid, uses_twilio
from ops.doctor.sendgrid_account import NotTold
from settings import Settings

PATIENCE = timedelta(seconds=45)
"""For everything: the slowest check asks a few questions one after the other, each for ten seconds at most."""


@dataclass(frozen=True)
class Check:
    """One line of the report, and for which installations."""

    subject: str
    applies: Callable[[Settings], bool]
    look: Callable[[Installation], Finding]


@dataclass(frozen=True)
class Line:
    """What one check has found."""

    subject: str
    finding: Finding


CHECKS: Sequence[Check] = (
    Check("providers", always, at_home.carriers),
    Check("public address", uses_any, at_our_door.address),
    Check("certificate", uses_any, at_our_door.certificate),
    Check("API", uses_any, at_our_door.health),
    Check("clock", uses_any, at_our_door.clock),
    Check("Twilio account", uses_twilio, on_twilio.account),
    Check("caller id", uses_twilio, on_twilio.caller_id),
    Check("countries", uses_twilio, on_twilio.countries),
    Check("calls to us", uses_twilio, on_twilio.incoming_calls),
    Check("SMS sender", uses_twilio, on_twilio.sms_sender),
    Check("SMS to us", uses_twilio, on_twilio.incoming_sms),
    Check("Twilio signatures", uses_twilio, at_our_door.twilio_signature),
    Check("SendGrid key", uses_sendgrid, on_sendgrid.key),
    Check("mail sender", uses_sendgrid, on_sendgrid.sender),
    Check("mail events", uses_sendgrid, on_sendgrid.events),
    Check("mail event key", uses_sendgrid, on_sendgrid.events_key),
    Check("SendGrid signatures", uses_sendgrid, at_our_door.sendgrid_signature),
    Check("mail erasure", uses_sendgrid, on_sendgrid.erasure),
    Check("specialists", always, at_home.specialists),
    Check("demo staff", uses_twilio, at_home.demo_staff),
    Check("alerts", always, at_home.alerted),
    Check("alert ways", always, at_home.alert_routes),
    Check("Slack", lambda settings: settings.slack_webhook is not None, at_home.slack),
    Check("policies", always, at_home.policies),
    Check("forms", always, at_home.forms),
    Check("hold texts", always, at_home.hold_texts),
)


def examine(here: Installation, checks: Sequence[Check] = CHECKS, patience: timedelta = PATIENCE) -> list[Line]:
    """Look everything over at once; nobody is called or written to."""
    due = [(check, Future[Finding]()) for check in checks if check.applies(here.settings)]
    for check, found in due:
        # Daemons: one that hangs must not keep the command from ending.
        Thread(target=_look, args=(check, here, found), name=check.subject, daemon=True).start()
    give_up_at = time.monotonic() + patience.total_seconds()
    return [Line(check.subject, _found(found, give_up_at)) for check, found in due]


def _look(check: Check, here: Installation, found: Future[Finding]) -> None:
    found.set_result(_judge(check, here))


def _judge(check: Check, here: Installation) -> Finding:
    try:
        return check.look(here)
    except ChannelError as error:
        return on_twilio.not_told(error)
    except NotTold as silent:
        return on_sendgrid.not_told(silent)
    except SQLAlchemyError:
        return unsure("the staff cannot be read: the database does not answer", "start the system, then ask again")
    except SystemExit as refused:  # as a process would end at its start
        return wrong(str(refused), "no process starts like this")
    except Exception as error:  # its text may hold a secret
        return unsure(f"could not be looked at ({type(error).__name__})", "report this as a mistake of this command")


def _found(found: Future[Finding], give_up_at: float) -> Finding:
    try:
        return found.result(timeout=max(0.0, give_up_at - time.monotonic()))
    except TimeoutError:
        return unsure("no answer in time", "ask again; if it stays so, look at this machine's network")
