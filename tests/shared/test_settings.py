"""A missing or malformed variable stops the process with one line that names it."""

import json
import os
import subprocess
import sys

import pytest

from sloty_shared.migrate import MigrationSettings
from sloty_shared.settings import Settings, load

SECRET = "hunter2hunter2hunter2"
GOOD = {
    "SLOTY_APP_DATABASE_URL": "postgresql://sloty_app@localhost/sloty",
    "SLOTY_BROKER_URL": "redis://localhost:6379/0",
    "SLOTY_SECRET_KEY": SECRET,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal(capsys: pytest.CaptureFixture[str], settings: type[Settings] = Settings) -> str:
    """What the process says before it ends."""
    with pytest.raises(SystemExit) as ended:
        load(settings)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_complete_environment_is_accepted(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLOTY_BOOKING_PORT", "9000")
    settings = load(Settings)
    assert settings.booking_port == 9000
    assert settings.link_base == "http://127.0.0.1:9000"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_required_variable_is_named(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str | None,
) -> None:
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    assert refusal(capsys) == f"{name}: is required\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTY_APP_DATABASE_URL", "sloty"),
        ("SLOTY_APP_DATABASE_URL", "mysql://localhost/sloty"),
        ("SLOTY_APP_DATABASE_URL", "postgresql://localhost"),
        ("SLOTY_APP_DATABASE_URL", "postgresql://localhost:port/sloty"),
        ("SLOTY_APP_DATABASE_URL", "postgresql://localhost:99999/sloty"),
        ("SLOTY_APP_DATABASE_URL", "postgresql://[::1/sloty"),
        ("SLOTY_BROKER_URL", "localhost:6379"),
        ("SLOTY_BROKER_URL", "amqp://localhost"),
        ("SLOTY_BROKER_URL", "redis://"),
        ("SLOTY_BROKER_URL", "redis://localhost:port/0"),
        ("SLOTY_SECRET_KEY", "too short"),
        ("SLOTY_BOOKING_PORT", "0"),
        ("SLOTY_BOOKING_PORT", "65536"),
        ("SLOTY_AVAILABILITY_PORT", "http"),
        ("SLOTY_PUBLIC_URL", "book.example.org"),
        ("SLOTY_PUBLIC_URL", "ftp://book.example.org"),
        ("SLOTY_PUBLIC_URL", "https://book.example.org:port"),
        ("SLOTY_RATE_LIMIT", "sometimes"),
        ("SLOTY_DATABASE_POOL_SIZE", "0"),
        ("SLOTY_FILES_URL", "files"),
        ("SLOTY_FILES_URL", "file://files"),
        ("SLOTY_FILES_URL", "file:///"),
        ("SLOTY_FILES_URL", "s3://"),
        ("SLOTY_FILES_URL", "memory:///"),
        ("SLOTY_FILES_URL", "https://bucket.example.org"),
        ("SLOTY_FILES_MAX_BYTES", "0"),
        ("SLOTY_FILES_MAX_BYTES", "1000000000"),
        ("SLOTY_FILES_QUOTA_BYTES", "none"),
        ("SLOTY_OAUTH_PROVIDERS", "google"),
        ("SLOTY_OAUTH_PROVIDERS", "[]"),
    ],
)
def test_malformed_variable_is_named_in_one_line(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(name, value)
    said = refusal(capsys)
    assert said.startswith(f"{name}: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("scheme", ["redis+cluster", "rediss+cluster", "redis-cluster"])
def test_redis_cluster_is_refused(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], scheme: str
) -> None:
    environment.setenv("SLOTY_BROKER_URL", f"{scheme}://localhost:6379")
    assert refusal(capsys).startswith("SLOTY_BROKER_URL: Redis Cluster")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_usual_spellings_of_postgresql_are_accepted(
    environment: pytest.MonkeyPatch, scheme: str
) -> None:
    environment.setenv("SLOTY_APP_DATABASE_URL", f"{scheme}://u:p%40ss@db.example:5433/sloty")
    expected = "postgresql+psycopg://u:p%40ss@db.example:5433/sloty"
    assert load(Settings).app_database_url == expected


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@localhost:6379/0",
        "rediss://localhost",
        "sentinel://one:26379;sentinel://other:26379",
    ],
)
def test_single_redis_and_sentinel_are_accepted(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("SLOTY_BROKER_URL", url)
    assert load(Settings).broker_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTY_APP_DATABASE_URL", f"mysql://u:{SECRET}@localhost/sloty"),
        ("SLOTY_APP_DATABASE_URL", f"postgresql://u:{SECRET}@localhost"),
        ("SLOTY_APP_DATABASE_URL", f"postgresql://u:{SECRET}@localhost:port/sloty"),
        ("SLOTY_APP_DATABASE_URL", f"postgresql://u:{SECRET}/@localhost/sloty"),
        ("SLOTY_APP_DATABASE_URL", f"postgresql://u:{SECRET}#@localhost/sloty"),
        ("SLOTY_APP_DATABASE_URL", f"postgresql://u:{SECRET}℀@localhost/sloty"),
        ("SLOTY_BROKER_URL", f"amqp://u:{SECRET}@localhost"),
        ("SLOTY_BROKER_URL", f"redis://:{SECRET}@localhost:port"),
        ("SLOTY_BROKER_URL", f"redis://:{SECRET}/@localhost"),
        ("SLOTY_SECRET_KEY", SECRET[:9]),
        ("SLOTY_PUBLIC_URL", f"ftp://u:{SECRET}@localhost"),
    ],
)
def test_refused_value_is_not_shown(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    environment.setenv(name, value)
    said = refusal(capsys)
    assert said.startswith(f"{name}: ")
    assert said.count("\n") == 1
    assert SECRET[:9] not in said


ID = {"issuer": "https://id.example", "clientId": "c", "clientSecret": SECRET}


def test_identity_provider_is_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SLOTY_OAUTH_PROVIDERS", json.dumps({"corner-id": ID}))
    provider = load(Settings).oauth_providers["corner-id"]
    assert (provider.issuer, provider.client_id) == ("https://id.example", "c")
    assert provider.client_secret.get_secret_value() == SECRET
    assert provider.scopes == ("openid", "email", "profile")
    assert SECRET not in repr(provider)


def test_name_of_a_provider_stands_in_a_path(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("SLOTY_OAUTH_PROVIDERS", json.dumps({"a/b": ID}))
    said = refusal(capsys)
    assert said.startswith("SLOTY_OAUTH_PROVIDERS: a/b")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", None),
        ("issuer", "http://id.example"),
        ("issuer", "https://id.example/?a=b"),
        ("issuer", "https://"),
        ("clientId", ""),
        ("clientSecret", None),
        ("clientSecret", ""),
        ("scopes", ["openid"]),
        ("secret", SECRET),
    ],
)
def test_what_is_wrong_with_a_provider_is_named(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: object,
) -> None:
    given = {key: each for key, each in {**ID, name: value}.items() if each is not None}
    environment.setenv("SLOTY_OAUTH_PROVIDERS", json.dumps({"corner-id": given}))
    said = refusal(capsys)
    assert said.startswith(f"SLOTY_OAUTH_PROVIDERS: corner-id.{name}: ")
    assert said.count("\n") == 1
    assert SECRET not in said


def test_each_wrong_variable_has_its_line(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("SLOTY_SECRET_KEY")
    environment.setenv("SLOTY_RATE_LIMIT", "sometimes")
    named = [line.split(":")[0] for line in refusal(capsys).splitlines()]
    assert named == ["SLOTY_SECRET_KEY", "SLOTY_RATE_LIMIT"]


def test_process_ends_without_a_traceback() -> None:
    program = "from sloty_shared.settings import Settings, load; load(Settings)"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], **GOOD, "SLOTY_BROKER_URL": "amqp://localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "SLOTY_BROKER_URL: must be a redis://, rediss:// or sentinel:// URL"
    ]


def test_migration_needs_both_databases(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load(MigrationSettings)
    assert capsys.readouterr().err.splitlines() == [
        "SLOTY_DATABASE_URL: is required",
        "SLOTY_APP_DATABASE_URL: is required",
    ]
