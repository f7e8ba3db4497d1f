"""`python -m ops.env_example`: the text of .env.example, made from the settings so that it cannot lie."""

import textwrap
from datetime import timedelta
from enum import StrEnum

from pydantic import SecretStr, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from provider_settings import ProviderSettings
from settings import Settings, secret_names, variable

DURATION = TypeAdapter(timedelta)
HEADER = """\
# Every setting, with its default. Copy this file to .env and uncomment what you change; the environment wins over .env.
# Made from settings.py by `make env-example`.
"""
SECRET = "In development a public value stands in; production refuses to start with it."


def render() -> str:
    """The whole file."""
    ours = [name for name in Settings.model_fields if name not in ProviderSettings.model_fields]
    names = [*ours, *ProviderSettings.model_fields]
    return "\n".join([HEADER, *(_entry(name, Settings.model_fields[name]) for name in names)])


def _entry(name: str, field: FieldInfo) -> str:
    told = " ".join(filter(None, [field.description, SECRET if name in secret_names() else None]))
    lines = textwrap.wrap(" ".join(told.split()), width=117)
    return "\n".join([*(f"# {line}" for line in lines), f"#{variable(name)}={_shown(field.default)}", ""])


def _shown(value: object) -> str:
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, tuple):
        return ",".join(filter(None, map(_shown, value)))
    if isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value if isinstance(value, StrEnum) else _duration(value))


def _duration(value: object) -> object:
    return DURATION.dump_python(value, mode="json") if isinstance(value, timedelta) else value


if __name__ == "__main__":
    print(render(), end="")
