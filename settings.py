"""Settings of every process: the only reader of the environment and of .env."""

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.words import Language
from payload_keys import OFF, KeyRing
from provider_settings import E164, BaseUrl, Mailer, ProviderSettings, Region

PREFIX = "CLOSELOOP_"
LOOPBACK = "127.0.0.1"
HERE = ("localhost", LOOPBACK)


class Environment(StrEnum):
    """Where this installation runs; production refuses the development secrets."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """The least severe line our own processes log."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip() not in ("", OFF))


def _entries(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _that_make_a_key_ring(entries: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    KeyRing.read([entry.get_secret_value() for entry in entries])
    return entries


def _first_existing(*names: str) -> Path:
    """The last one stands in when there is none."""
    return next((Path(name) for name in names if Path(name).exists()), Path(names[-1]))


def _with_driver(url: SecretStr) -> SecretStr:
    scheme, mark, rest = url.get_secret_value().partition("://")
    return SecretStr(
        f"postgresql+psycopg{mark}{rest}" if scheme in ("postgres", "postgresql") else url.get_secret_value()
    )


Port = Annotated[int, Field(ge=1, le=65535)]
OptionalPort = Annotated[int, Field(ge=0, le=65535)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_with_driver)]
Listed = (NoDecode, BeforeValidator(_split))
Secrets = Annotated[tuple[SecretStr, ...], *Listed]
PayloadKeys = Annotated[
    tuple[SecretStr, ...], NoDecode, BeforeValidator(_entries), AfterValidator(_that_make_a_key_ring)
]


class Settings(ProviderSettings, BaseSettings):
    """Everything an operator can choose. Variables carry the prefix CLOSELOOP_; an empty one means the default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    environment: Environment = Environment.DEVELOPMENT
    """development or production. In production every secret below must be your own."""
    log_level: LogLevel = LogLevel.INFO
    """DEBUG, INFO, WARNING or ERROR."""
    data_dir: Path = Path(".data")
    """Folder of the embedded PostgreSQL, the Temporal dev server and the logs."""
    host: str = LOOPBACK
    """Address the API listens on; 0.0.0.0 for all. Embedded servers always stay on the loopback."""
    api_port: Port = 8000
    """Port of API, pages and webhooks."""
    temporal_port: Port = 7233
    """Port of the Temporal dev server."""
    temporal_ui_port: Port = 8233
    """Port of the Temporal dev server's web UI."""
    metrics_host: str = LOOPBACK
    """Address on which worker and relay show their metrics; 0.0.0.0 for all."""
    simulator_port: Port = 8010
    """Port of the local channel simulator and its outbox."""
    worker_metrics_port: OptionalPort = 8020
    """Port of the worker's Prometheus metrics; 0 turns them off."""
    relay_metrics_port: OptionalPort = 8021
    """Port of the relay's Prometheus metrics; 0 turns them off."""
    trusted_proxies: Annotated[tuple[str, ...], *Listed] = ()
    """Addresses of proxies whose X-Forwarded-For names the customer, comma-separated. Unset: nobody is believed."""
    public_url: BaseUrl = Field(default_factory=lambda data: f"http://localhost:{data['api_port']}")
    """Address under which customers and providers reach the API; part of links and signatures. Default: localhost and
    the API's port."""

    database_url: DatabaseUrl | None = None
    """postgresql://user:password@host/database. Unset: PostgreSQL runs embedded in the data folder."""
    temporal_address: str | None = None
    """host:port of a Temporal cluster. Unset: a dev server runs with its data in the data folder."""
    temporal_namespace: str = "default"
    """Namespace of the workflows; it must exist."""
    temporal_api_key: SecretStr | None = None
    """Key of Temporal Cloud, or of a cluster that asks for one; it only travels by TLS."""
    temporal_tls: bool = False
    """true: speak TLS with Temporal. Any of the next four, or the key above, means it too."""
    temporal_tls_ca: Path | None = None
    """Whom to trust for Temporal's certificate (PEM). Unset: whom the system trusts."""
    temporal_tls_cert: Path | None = None
    """Our own certificate (PEM) for a Temporal that asks for one; with its key."""
    temporal_tls_key: Path | None = None
    """Key of that certificate (PEM)."""
    temporal_tls_server_name: str | None = None
    """The name in Temporal's certificate, when it is reached under another."""
    temporal_retention: timedelta = timedelta(days=30)
    """How long the dev server keeps the histories of closed workflows, as ISO 8601 (P30D) or seconds."""
    task_queue: str = "close-the-loop"
    """Task queue between relay, API and worker."""
    temporal_ui_origins: Annotated[tuple[BaseUrl, ...], *Listed] = Field(
        default_factory=lambda data: tuple(f"http://{name}:{data['temporal_ui_port']}" for name in HERE)
    )
    """Where the Temporal UI is opened from, comma-separated: its pages may ask /codec. Default: the dev server's UI."""
    payload_keys: PayloadKeys = ()
    """Keys for what Temporal stores, id:base64 of 32 bytes, comma-separated: the first encrypts, all decrypt; a leading
    off only decrypts. Unset: readable. See docs/encryption.md."""

    forms_file: Path = Field(default_factory=lambda: _first_existing("forms.toml", "forms.example.toml"))
    """Which answers of a form are the contact request, the phone, the scores. Default: forms.toml, else the example."""
    policy_file: Path | None = None
    """Policies beside the built-in ones, or in place of them; see docs/operations.md."""
    company_name: str = "Close the Loop"
    """Name of the company as customers read it in messages and pages."""
    caller_id: E164 = "+74950000000"
    """Number customers see when they are rung, E.164."""
    default_region: Region = "RU"
    """Region of a phone number written without its country code."""
    allowed_countries: Annotated[tuple[Region, ...], *Listed] = ("RU", "BY", "KZ")
    """Regions whose numbers may be called, comma-separated."""
    languages: Annotated[tuple[Language, ...], *Listed] = (Language.RU, Language.EN)
    """Languages of customers' pages, comma-separated; messages are in the customer's own language, else the form's."""
    default_language: Language = Language.RU
    """Language of pages, callers and shop customers whose own is unknown; a survey's form names its own default."""

    webhook_secrets_generic: Secrets = (SecretStr("whsec_ZGV2LW9ubHktZ2VuZXJpYy1zZWNyZXQ="),)
    """Standard Webhooks secrets (whsec_…) of the generic source, comma-separated to rotate them; off closes it."""
    webhook_secrets_typeform: Secrets = (SecretStr("dev-only-typeform-secret"),)
    """Secrets of Typeform's webhooks, comma-separated; off closes this source."""
    webhook_secrets_formbricks: Secrets = (SecretStr("whsec_ZGV2LW9ubHktZm9ybWJyaWNrcy1zZWNyZXQ="),)
    """Standard Webhooks secrets (whsec_…) of Formbricks' webhooks, comma-separated; off closes this source."""
    webhook_secrets_shop: Secrets = (SecretStr("whsec_ZGV2LW9ubHktc2hvcC1zZWNyZXQtMDAwMA=="),)
    """Standard Webhooks secrets (whsec_…) of the shop's or CRM's webhooks, comma-separated; off closes this source."""
    channel_callback_secret: SecretStr = SecretStr("whsec_ZGV2LW9ubHktY2hhbm5lbC1jYWxsYmFjay1zZWNyZXQ=")
    """Standard Webhooks secret (whsec_…) that signs what the local channel reports about calls and messages."""
    token_secret: SecretStr = SecretStr("dev-only-token-secret")
    """Key of customers' links, of addresses that said STOP, and of the tombstones of erased people.

    Never change it lightly: links that were sent become void, whoever said STOP is written to again, and what is
    delivered again of an erased person is stored again.
    """
    channels_url: BaseUrl | None = None
    """Address of a channel simulator that runs elsewhere. Unset: one is started on the loopback."""
    body_limit: Annotated[int, Field(gt=0)] = 1024 * 1024
    """Largest accepted request body, bytes."""
    body_timeout: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(seconds=30)
    """How long a request's body may take to arrive, as ISO 8601 (PT30S) or seconds."""
    replay_window: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=5))] = timedelta(minutes=5)
    """How old a signed webhook may be, five minutes at most, as ISO 8601 (PT5M) or seconds."""

    personal_data_kept: Annotated[timedelta, Field(ge=timedelta(days=1))] = timedelta(days=730)
    """How long a person's data is kept after the last of them was heard, as ISO 8601 (P730D) or seconds; then it is
    erased, and the statistics stay."""
    commands_kept: Annotated[timedelta, Field(ge=timedelta(hours=1))] = timedelta(days=7)
    """How long a repeated Idempotency-Key gets the first answer, as ISO 8601 (P7D) or seconds."""
    inbox_kept: Annotated[timedelta, Field(ge=timedelta(days=1))] = timedelta(days=90)
    """How long facts that have reached their case are kept, as ISO 8601 (P90D) or seconds."""

    @property
    def temporal_target(self) -> str:
        """host:port to connect to, embedded or not."""
        return self.temporal_address or f"{LOOPBACK}:{self.temporal_port}"

    @property
    def payload_ring(self) -> KeyRing:
        """The keys of `payload_keys`, ready for use."""
        return KeyRing.read([entry.get_secret_value() for entry in self.payload_keys])

    @property
    def channels_target(self) -> str:
        """Base address of the channel simulator, ours or another's."""
        return self.channels_url or f"http://{LOOPBACK}:{self.simulator_port}"

    def secrets_of(self, source: str) -> tuple[SecretStr, ...]:
        """The secrets a webhook of `source` may be signed with; none when it is closed. LookupError: unknown source."""
        try:
            return _by_source(self)[source]
        except KeyError:
            raise LookupError(f"no webhook source is called {source!r}") from None

    @model_validator(mode="after")
    def _own_secrets_in_production(self) -> Self:
        left = [name for name in secret_names() if set(_as_tuple(getattr(self, name))) & _defaults(name)]
        if self.environment is Environment.PRODUCTION and left:
            names = ", ".join(variable(name) for name in left)
            raise ValueError(f"production needs secrets of its own, these are still the development ones: {names}")
        return self

    @model_validator(mode="after")
    def _providers_have_credentials(self) -> Self:
        missing = [variable(name) for name in self._credentials() if getattr(self, name) is None]
        if missing:
            raise ValueError(f"the chosen provider needs these as well: {', '.join(missing)}")
        return self

    def _credentials(self) -> Iterator[str]:
        if self.uses_twilio:
            yield from ("twilio_account_sid", "twilio_auth_token")
        if self.mailer is Mailer.SENDGRID:
            yield from ("sendgrid_api_key", "sendgrid_webhook_key", "mail_from")

    @model_validator(mode="after")
    def _default_language_is_spoken(self) -> Self:
        if self.default_language not in self.languages:
            raise ValueError(f"{variable('default_language')} is not among {variable('languages')}")
        return self


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def secret_names() -> tuple[str, ...]:
    """The settings whose development defaults are public and refused in production."""
    return tuple(
        name for name in Settings.model_fields if name.startswith("webhook_secrets_") or name.endswith("_secret")
    )


def load() -> Settings:
    """Read environment and .env. SystemExit, naming each wrong variable and never its value, when they do not hold."""
    try:
        return Settings()
    except ValidationError as error:
        raise SystemExit("\n".join(["The settings are wrong:", *_complaints(error)])) from None


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with some settings, given by field name, replaced."""
    return {**os.environ, **{variable(name): value for name, value in changes.items()}}


def let_children_know(name: str, value: str) -> None:
    """Tell the programs that libraries start by themselves, unless the operator has told them."""
    os.environ.setdefault(name, value)


def _complaints(error: ValidationError) -> list[str]:
    return [_complaint(one) for one in error.errors() if one["type"] != "default_factory_not_called"]


def _complaint(error: ErrorDetails) -> str:
    where = f"{variable(str(error['loc'][0]))}: " if error["loc"] else ""
    return f"  {where}{error['msg'].removeprefix('Value error, ')}"


def _by_source(settings: Settings) -> dict[str, tuple[SecretStr, ...]]:
    return {
        "generic": settings.webhook_secrets_generic,
        "typeform": settings.webhook_secrets_typeform,
        "formbricks": settings.webhook_secrets_formbricks,
        "shop": settings.webhook_secrets_shop,
    }


def _as_tuple(secret: SecretStr | tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    return secret if isinstance(secret, tuple) else (secret,)


def _defaults(name: str) -> set[SecretStr]:
    return set(_as_tuple(Settings.model_fields[name].default))
