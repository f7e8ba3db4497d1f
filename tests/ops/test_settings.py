"""Settings: what is read, what is refused, and that nothing secret is shown."""

import ast
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from ops.env_example import render
from settings import Environment, Settings, load, secret_names, variable

ROOT = Path(__file__).parents[2]
OURS = {
    "webhook_secrets_generic": ("whsec_b3du",),
    "webhook_secrets_typeform": ("own-typeform",),
    "webhook_secrets_formbricks": ("whsec_b3du",),
    "webhook_secrets_shop": ("whsec_b3du",),
    "channel_callback_secret": "whsec_b3du",
    "token_secret": "own-pepper",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.chdir(tmp_path)


def test_development_needs_no_setting_at_all() -> None:
    assert load().environment is Environment.DEVELOPMENT


def test_production_names_every_secret_that_is_still_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_ENVIRONMENT", "production")
    with pytest.raises(SystemExit) as refused:
        load()
    assert [name for name in secret_names() if variable(name) not in str(refused.value)] == []


@pytest.mark.parametrize("name", OURS)
def test_production_refuses_each_single_public_secret(name: str) -> None:
    with pytest.raises(ValidationError, match=variable(name)):
        Settings.model_validate({"environment": "production", **{key: OURS[key] for key in OURS if key != name}})


def test_production_starts_with_secrets_of_its_own() -> None:
    assert Settings.model_validate({"environment": "production", **OURS}).secrets_of("shop") == (
        SecretStr("whsec_b3du"),
    )


def test_a_public_secret_beside_an_own_one_is_refused_too() -> None:
    both = ("own-typeform", "dev-only-typeform-secret")
    with pytest.raises(ValidationError):
        Settings.model_validate({"environment": "production", **OURS, "webhook_secrets_typeform": both})


def test_every_secret_is_known_as_one() -> None:
    assert set(OURS) == set(secret_names())


def test_secrets_can_be_rotated_and_a_source_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_WEBHOOK_SECRETS_TYPEFORM", "new, old")
    monkeypatch.setenv("CLOSELOOP_WEBHOOK_SECRETS_SHOP", "off")
    settings = load()
    assert settings.secrets_of("typeform") == (SecretStr("new"), SecretStr("old"))
    assert settings.secrets_of("shop") == ()


def test_an_unknown_source_has_no_secrets() -> None:
    with pytest.raises(LookupError, match="carrier pigeon"):
        load().secrets_of("carrier pigeon")


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_DATABASE_URL", "postgresql://me:hush@db/closeloop")
    settings = load()
    assert "hush" not in repr(settings)
    assert "dev-only" not in repr(settings)


def test_a_wrong_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_API_PORT", "hush")
    with pytest.raises(SystemExit, match="CLOSELOOP_API_PORT") as refused:
        load()
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "typed", "like"),
    [
        ("CLOSELOOP_TWILIO_ACCOUNT_SID", "ACxyz", "AC and 32 digits or letters a to f"),
        ("CLOSELOOP_CALLER_ID", "8 495 000-00-00", "+77172000000"),
        ("CLOSELOOP_PUBLIC_URL", "loop.example.org", "https://help.example.com"),
        ("CLOSELOOP_ALLOWED_COUNTRIES", "RU,Kazakhstan", "KZ: the two capital letters of a country"),
        ("CLOSELOOP_MAIL_FROM", "mailbox", "desk@example.com"),
    ],
)
def test_what_is_mistyped_is_told_in_words(monkeypatch: pytest.MonkeyPatch, name: str, typed: str, like: str) -> None:
    monkeypatch.setenv(name, typed)
    with pytest.raises(SystemExit) as refused:
        load()
    said = str(refused.value)
    assert f"{name}: it looks like {like}" in said
    assert "pattern" not in said
    assert typed not in said


def test_any_way_to_write_a_database_address_means_our_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_DATABASE_URL", "postgres://db/closeloop")
    url = load().database_url
    assert url
    assert url.get_secret_value() == "postgresql+psycopg://db/closeloop"


def test_the_public_address_follows_the_port_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_API_PORT", "8007")
    assert load().public_url == "http://localhost:8007"
    monkeypatch.setenv("CLOSELOOP_PUBLIC_URL", "https://loop.example.com/")
    assert load().public_url == "https://loop.example.com"


def test_own_forms_go_before_the_example(tmp_path: Path) -> None:
    assert load().forms_file == Path("forms.example.toml")
    (tmp_path / "forms.toml").touch()
    assert load().forms_file == Path("forms.toml")


def test_the_default_language_must_be_one_of_the_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_LANGUAGES", "en")
    with pytest.raises(SystemExit, match="CLOSELOOP_DEFAULT_LANGUAGE"):
        load()


def test_the_example_file_documents_every_setting() -> None:
    assert (ROOT / ".env.example").read_text() == render(), "run `make env-example`"
    undocumented = [name for name, field in Settings.model_fields.items() if not field.description]
    assert undocumented == []


def test_the_example_file_can_be_taken_over_as_it_is(tmp_path: Path) -> None:
    lines = (line.removeprefix("#") for line in render().splitlines() if line.startswith("#CLOSELOOP_"))
    (tmp_path / ".env").write_text("\n".join(lines))
    assert load() == Settings(_env_file=None)


def test_nothing_else_reads_the_environment() -> None:
    sources = [path for path in ROOT.glob("*.py") if path.name != "settings.py"]
    for package in ("activities", "api", "channels", "db", "domain", "ops", "surveys", "workflows"):
        sources += (ROOT / package).rglob("*.py")
    assert [str(path) for path in sources if _reads_environment(path)] == []


def _reads_environment(path: Path) -> bool:
    names = {"environ", "environb", "getenv"}
    nodes = ast.walk(ast.parse(path.read_text()))
    return any(isinstance(node, ast.Attribute) and node.attr in names for node in nodes)
