"""Forms and policies are held against each other before the API takes its first request."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from channels.hold_texts import BUILT_IN
from domain.hold import Moment
from domain.policies import DEMO, STANDARD
from domain.policy import Policy
from promises import forms_of, hold_texts_of, policies_of
from settings import Environment, Settings
from surveys.mapping import Forms

FORMS = '[generic.f]\nname = "F"\npolicy = "{policy}"\n'


def _settings(folder: Path, policy: str, environment: Environment) -> Settings:
    file = folder / "forms.toml"
    file.write_text(FORMS.format(policy=policy))
    # Built without its validators: production's own secrets are none of this test's business.
    return Settings(_env_file=None).model_copy(update={"forms_file": file, "environment": environment})


def promises_from(settings: Settings) -> tuple[Mapping[str, Policy], Forms]:
    policies = policies_of(settings)
    return policies, forms_of(settings, policies)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    settings = Settings(_env_file=None).model_copy(update={"policy_file": tmp_path / "nix.toml"})
    with pytest.raises(SystemExit, match=r"nix\.toml"):
        policies_of(settings)
    settings = settings.model_copy(update={"policy_file": None, "forms_file": tmp_path / "none.toml"})
    with pytest.raises(SystemExit, match=r"none\.toml"):
        promises_from(settings)


def test_the_demos_policy_serves_development(tmp_path: Path) -> None:
    policies, forms = promises_from(_settings(tmp_path, DEMO, Environment.DEVELOPMENT))
    assert forms.policies <= policies.keys()


@pytest.mark.parametrize(("policy", "environment"), [(DEMO, Environment.PRODUCTION), ("gold", Environment.DEVELOPMENT)])
def test_a_form_whose_policy_does_not_exist_stops_the_start(
    tmp_path: Path, policy: str, environment: Environment
) -> None:
    with pytest.raises(SystemExit, match=f"do not exist here: {policy}"):
        promises_from(_settings(tmp_path, policy, environment))


def test_production_starts_with_forms_of_its_own(tmp_path: Path) -> None:
    policies, _ = promises_from(_settings(tmp_path, STANDARD, Environment.PRODUCTION))
    assert DEMO not in policies


@pytest.mark.parametrize("content", [None, "[[ru.hold]]\nsay = 'Ждите'", "not toml"])
def test_hold_texts_that_do_not_hold_stop_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "hold.toml"
    if content:
        file.write_text(content)
    with pytest.raises(SystemExit, match=r"CLOSELOOP_HOLD_TEXTS_FILE=.*hold\.toml cannot be used"):
        hold_texts_of(Settings(_env_file=None, hold_texts_file=file))


def test_hold_texts_of_ones_own_are_read(tmp_path: Path) -> None:
    file = tmp_path / "hold.toml"
    file.write_text(BUILT_IN.read_text().replace("Доброе утро!", "С добрым утром!"))
    texts = hold_texts_of(Settings(_env_file=None, hold_texts_file=file))
    assert "С добрым утром!" in {text.say.partition(" Это")[0] for text in texts.ru[Moment.GREETING]}
