"""`python -m ops.migrate`: bring the database of the settings to the newest schema."""

from db.migrate import upgrade
from settings import load

if __name__ == "__main__":
    url = load().database_url
    if url is None:
        raise SystemExit("Set CLOSELOOP_DATABASE_URL; the embedded database is migrated by `make run`.")
    upgrade(url.get_secret_value())
