"""The environment: what the operator gave, checked before anything starts, and what children get."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sloty_deploy.refusal import Refusal
from sloty_notifications.settings import NotificationSettings
from sloty_shared.settings import DatabaseUrl, load

OWNER_URL = "SLOTY_DATABASE_URL"
APP_URL = "SLOTY_APP_DATABASE_URL"
BROKER_URL = "SLOTY_BROKER_URL"
SMTP_URL = "SLOTY_SMTP_URL"
SMS_URL = "SLOTY_SMS_URL"
FILES_URL = "SLOTY_FILES_URL"
SECRET_KEY = "SLOTY_SECRET_KEY"  # noqa: S105 - The name of a variable.
# Python's own variables and libpq's would change what the children are and where they connect.
FOREIGN_PREFIXES = ("PYTHON", "PG", "VIRTUAL_ENV")
# They stand for what is embedded while the rest is being checked.
STAND_INS = {
    OWNER_URL: "postgresql://owner@localhost/sloty",
    APP_URL: "postgresql://app@localhost/sloty",
    BROKER_URL: "redis://localhost/0",
    SMTP_URL: "smtp://localhost",
    SECRET_KEY: "x" * 32,
}


class EverySetting(NotificationSettings):
    """What any process reads: the worker reads what the APIs do, and the migration one more."""

    database_url: DatabaseUrl


def childrens_environment() -> dict[str, str]:
    """What children inherit: the operator's environment without what would lead them astray."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if value and not name.startswith(FOREIGN_PREFIXES)
    }
    return kept | {"TZ": "UTC", "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The same without any variable of Sloty's."""
    return {name: value for name, value in environment.items() if not name.startswith("SLOTY_")}


def checked_settings(environment: Mapping[str, str]) -> EverySetting:
    """Check every variable that any process will read, and return them all.

    Raises Refusal when half a database is given; ends the process, after a line for each wrong
    variable, when one is malformed.
    """
    for given, missing in ((OWNER_URL, APP_URL), (APP_URL, OWNER_URL)):
        if given in environment and missing not in environment:
            raise Refusal(f"{missing}: is required when {given} is given")
    with _as_own(STAND_INS | dict(environment)):
        return load(EverySetting)


@contextmanager
def _as_own(environment: Mapping[str, str]) -> Iterator[None]:
    """Let this process see that environment as its own for a while."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
