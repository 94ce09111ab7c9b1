"""What the environment tells every process, checked at start: one line for each wrong variable."""

import sys
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

_PREFIX = "SLOTY_"
MIN_SECRET_LENGTH = 16


def _database_url(url: str) -> str:
    """Accept the usual spellings and name the driver."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("must be a postgresql:// URL")
    if not parts.path.strip("/"):
        raise ValueError("must name a database: postgresql://user:password@host/database")
    _ = parts.port
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _broker_url(url: str) -> str:
    parts = urlsplit(url)
    if "cluster" in parts.scheme:
        raise ValueError("Redis Cluster cannot carry the queues; use a single Redis or Sentinel")
    if parts.scheme not in ("redis", "rediss", "sentinel"):
        raise ValueError("must be a redis://, rediss:// or sentinel:// URL")
    if not parts.netloc:
        raise ValueError("must name a host: redis://host:6379/0")
    _ = parts.port if parts.scheme != "sentinel" else None
    return url


def _smtp_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be smtp://[user:password@]host[:port] or smtps://…")
    _ = parts.port
    return url


def _public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL")
    _ = parts.port
    return url.rstrip("/")


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
BrokerUrl = Annotated[str, AfterValidator(_broker_url)]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """What every service reads, each name with the prefix SLOTY_."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_ignore_empty=True, extra="ignore")

    app_database_url: DatabaseUrl
    broker_url: BrokerUrl
    secret_key: Annotated[str, Field(min_length=MIN_SECRET_LENGTH)]
    host: str = "127.0.0.1"
    booking_port: Port = 8000
    availability_port: Port = 8001
    public_url: PublicUrl | None = None
    cors_origins: str = ""
    rate_limit: Literal["on", "off"] = "on"
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 16

    @property
    def allowed_origins(self) -> list[str]:
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def link_base(self) -> str:
        """The base of links in messages: the public address, else the booking API's own."""
        return self.public_url or f"http://{self.host}:{self.booking_port}"


SettingsType = TypeVar("SettingsType", bound=BaseSettings)


def load(settings_class: type[SettingsType]) -> SettingsType:
    """Read the environment; a missing or malformed variable ends the process with a line each."""
    try:
        return settings_class()
    except ValidationError as problem:
        _refuse(problem)


def _refuse(problem: ValidationError) -> NoReturn:
    for error in problem.errors(include_input=False, include_url=False):
        name = _PREFIX + "_".join(str(part) for part in error["loc"][:1]).upper()
        reason = "is required" if error["type"] == "missing" else error["msg"]
        sys.stderr.write(f"{name}: {reason.removeprefix('Value error, ')}\n")
    raise SystemExit(2)
