"""What `make run` shows when everything is up."""

from ops.programs import api_address
from ops.run_file import Running
from ops.seed import login_of
from settings import LOOPBACK, Settings

TITLES = {
    "desk": "Desk and board",
    "docs": "API docs",
    "survey": "Survey page",
    "outbox": "Outbox (calls, SMS, e-mail)",
    "temporal_ui": "Temporal UI",
}


def addresses(settings: Settings) -> dict[str, str]:
    """Where everything is, by short name; what this run did not start is left out."""
    api = api_address(settings)
    found = {
        "api": api,
        "desk": f"{settings.public_url}/desk",
        "docs": f"{api}/docs",
        "survey": f"{api}/survey/demo",
        "temporal": settings.temporal_target,
    }
    if settings.uses_simulator:
        found["simulator"] = settings.channels_target
        found["outbox"] = f"{settings.channels_target}/outbox"
    if not settings.temporal_address:
        found["temporal_ui"] = f"http://{LOOPBACK}:{settings.temporal_ui_port}"
    return found


def text(running: Running, settings: Settings) -> str:
    """The banner."""
    places = [(title, running.addresses[name]) for name, title in TITLES.items() if name in running.addresses]
    sign_in = [f"  Sign in as {_logins(running)}; password {running.password}"] if running.password else []
    tokens = ["Tokens (Authorization: Bearer …):", _columns(list(running.tokens.items()))] if running.tokens else []
    parts = [
        "Close the Loop is running.",
        _columns(places),
        *sign_in,
        *_real(running),
        *tokens,
        _next(running, settings),
    ]
    return "\n".join(["", *parts, ""])


def _logins(running: Running) -> str:
    *others, last = map(login_of, running.tokens)
    return f"{', '.join(others)} or {last}"


def _real(running: Running) -> list[str]:
    names = ", ".join(running.accounts)
    return (
        [f"What goes out is REAL, by {names}: telephones ring, letters arrive. See docs/telephone-and-mail.md."]
        if names
        else []
    )


def _next(running: Running, settings: Settings) -> str:
    first = "`make doctor` says whether it would work" if running.accounts else "`make demo` in a second terminal"
    return f"Next: {first}. Logs: {settings.data_dir}/logs. Ctrl-C stops everything."


def _columns(rows: list[tuple[str, str]]) -> str:
    width = max((len(name) for name, _ in rows), default=0)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)
