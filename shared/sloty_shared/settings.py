"""What the environment tells every process, checked at start: one line for each wrong variable."""

import sys
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from sloty_shared.identity_providers import IdentityProviders
from sloty_shared.plans import PlanLimits

_PREFIX = "SLOTY_"
MIN_SECRET_LENGTH = 16
MEBIBYTE = 1024 * 1024
# A file is read whole into memory.
MOST_FILE_BYTES = 100 * MEBIBYTE


def _parts(url: str) -> SplitResult:
    """The URL taken apart. The parser's own errors would quote what may be a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(
            "is not a URL; special characters of a password must be percent-encoded"
        ) from None
    return parts


def _database_url(url: str) -> str:
    """Accept the usual spellings and name the driver."""
    parts = _parts(url)
    if parts.scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("must be a postgresql:// URL")
    if not parts.path.strip("/"):
        raise ValueError("must name a database: postgresql://user:password@host/database")
    if "@" in parts.netloc.rpartition("@")[0]:
        raise ValueError("has two @; one in a password is written %40")
    return "postgresql+psycopg://" + url.split("://", 1)[1]


def _broker_url(url: str) -> str:
    scheme = url.partition("://")[0]
    if "cluster" in scheme:
        raise ValueError("Redis Cluster cannot carry the queues; use a single Redis or Sentinel")
    if scheme not in ("redis", "rediss", "sentinel"):
        raise ValueError("must be a redis://, rediss:// or sentinel:// URL")
    # Sentinels are named one after the other, between semicolons.
    hosts = [one.rpartition("://")[2] for one in url.split(";")]
    if not all(_parts(f"{scheme}://{host}").netloc for host in hosts):
        raise ValueError("must name a host: redis://host:6379/0")
    return url


def _smtp_url(url: str) -> str:
    parts = _parts(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be smtp://[user:password@]host[:port] or smtps://…")
    return url


def _public_url(url: str) -> str:
    parts = _parts(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL")
    return url.rstrip("/")


def _origins(value: str) -> str:
    for origin in filter(None, (one.strip() for one in value.split(","))):
        parts = _parts(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise ValueError("must be origins such as https://app.example.com, comma-separated")
    return value


def _files_url(url: str) -> str:
    parts = _parts(url)
    if parts.scheme not in ("file", "s3", "gs", "az"):
        raise ValueError("must be a file:///, s3://, gs:// or az:// URL")
    if parts.scheme == "file" and (parts.netloc or not parts.path.strip("/")):
        raise ValueError("must name a folder: file:///var/lib/sloty/files")
    if parts.scheme != "file" and not parts.netloc:
        raise ValueError("must name a bucket: s3://bucket/prefix")
    return url


DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
BrokerUrl = Annotated[str, AfterValidator(_broker_url)]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url)]
FilesUrl = Annotated[str, AfterValidator(_files_url)]
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
    cors_origins: Annotated[str, AfterValidator(_origins)] = ""
    rate_limit: Literal["on", "off"] = "on"
    # None leaves it to the service.
    database_pool_size: Annotated[int, Field(ge=1, le=200)] | None = None
    # What one process may keep of its answers; 0 keeps none.
    answers_kept_bytes: Annotated[int, Field(ge=0)] = 16 * MEBIBYTE
    webhook_allow_private: bool = False
    # Without a store nothing can be uploaded; all else works.
    files_url: FilesUrl | None = None
    files_max_bytes: Annotated[int, Field(ge=1, le=MOST_FILE_BYTES)] = 5 * MEBIBYTE
    # Of one tenant.
    files_quota_bytes: Annotated[int, Field(ge=1)] = 1024 * MEBIBYTE
    plan_limits: PlanLimits = Field(default_factory=dict, validate_default=True)
    oauth_providers: IdentityProviders = Field(default_factory=dict)

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
        variable, *inside = (str(part) for part in error["loc"])
        name = ": ".join([_PREFIX + variable.upper(), *filter(None, [".".join(inside)])])
        reason = "is required" if error["type"] == "missing" else error["msg"]
        sys.stderr.write(f"{name}: {reason.removeprefix('Value error, ')}\n")
    raise SystemExit(2)
