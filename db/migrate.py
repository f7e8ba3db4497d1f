"""Brings a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config

_HERE = Path(__file__).parent


def config(url: str) -> Config:
    """Alembic's configuration for one database, without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(_HERE / "migrations"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["url"] = url
    return settings


def upgrade(url: str) -> None:
    """Apply every migration that is missing. Two at once wait for each other."""
    command.upgrade(config(url), "head")
