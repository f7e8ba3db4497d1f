"""Policies, forms, alert routes and hold texts of an installation: read from its files and checked, once, at start."""

from collections.abc import Mapping

from channels import hold_texts
from channels.alerts.routing import BadRoutes, Routes, routes_in
from domain.hold import HoldTexts
from domain.policies import policies_from
from domain.policy import Policy
from settings import Environment, Settings, variable
from surveys.errors import BadMapping
from surveys.mapping import Forms


def policies_of(settings: Settings) -> Mapping[str, Policy]:
    """All policies by name. SystemExit, naming the file, when it cannot be read or does not hold."""
    try:
        text = settings.policy_file.read_text(encoding="utf-8") if settings.policy_file else None
        return policies_from(text, development=settings.environment is Environment.DEVELOPMENT)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{variable('policy_file')}={settings.policy_file} cannot be used: {error}") from None


def forms_of(settings: Settings, policies: Mapping[str, Policy]) -> Forms:
    """All forms. SystemExit when the file does not hold, or asks for a policy that does not exist here."""
    try:
        forms = Forms.load(settings.forms_file)
    except BadMapping as error:
        raise SystemExit(f"{variable('forms_file')}: {error}") from None
    if unknown := sorted(forms.policies - policies.keys()):
        raise SystemExit(
            f"{settings.forms_file} asks for policies that do not exist here: {', '.join(unknown)}. Name forms of your "
            f"own by {variable('forms_file')}; the policies of the demonstration exist in development only."
        )
    return forms


def alert_routes_of(settings: Settings) -> Routes:
    """Which alert goes which way to whom. SystemExit, naming file, kind and field, when the file does not hold."""
    try:
        return routes_in(settings.alerts_file)
    except BadRoutes as error:
        raise SystemExit(f"{variable('alerts_file')}={error}") from None


def hold_texts_of(settings: Settings) -> HoldTexts:
    """What a customer who rings us hears. SystemExit, naming the file, when it cannot be read or does not hold."""
    try:
        return hold_texts.read(settings.hold_texts_file)
    except (OSError, ValueError) as error:
        raise SystemExit(f"{variable('hold_texts_file')}={settings.hold_texts_file} cannot be used: {error}") from None
