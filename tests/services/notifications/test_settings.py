"""What the environment may say, and what the sender's address is when it says nothing."""

import pytest

from sloty_notifications.channels.smtp import SmtpServer
from sloty_notifications.settings import NotificationSettings
from sloty_shared.settings import load

GIVEN = {
    "SLOTY_APP_DATABASE_URL": "postgresql://sloty_app@localhost/sloty",
    "SLOTY_BROKER_URL": "redis://localhost:6379/0",
    "SLOTY_SECRET_KEY": "a key for tests alone",
    "SLOTY_SMTP_URL": "smtp://localhost",
}


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> NotificationSettings:
    for name, value in {**GIVEN, **given}.items():
        monkeypatch.setenv(name, value)
    return load(NotificationSettings)


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ({}, "no-reply@localhost"),
        ({"SLOTY_PUBLIC_URL": "https://book.example.org/"}, "no-reply@book.example.org"),
        ({"SLOTY_PUBLIC_URL": "https://bücher.example"}, "no-reply@xn--bcher-kva.example"),
        ({"SLOTY_PUBLIC_URL": "http://[::1]:8000"}, "no-reply@localhost"),
        ({"SLOTY_MAIL_FROM": "hello@salon.example"}, "hello@salon.example"),
    ],
)
def test_sender_is_at_the_public_host(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], sender: str
) -> None:
    assert settings(monkeypatch, **given).sender == sender


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTY_SMTP_URL", "http://localhost"),
        ("SLOTY_SMTP_URL", "smtp://localhost?starttls=maybe"),
        ("SLOTY_SMTP_URL", "smtp://localhost:port"),
        ("SLOTY_MAIL_FROM", "nobody"),
        ("SLOTY_MAIL_FROM", "a@b.example\r\nBcc: x@y.example"),
        ("SLOTY_REMINDER_TICK_SECONDS", "0"),
        ("SLOTY_LEASE_SECONDS", "soon"),
    ],
)
def test_wrong_value_ends_the_process_naming_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with pytest.raises(SystemExit):
        settings(monkeypatch, **{name: value})
    assert capsys.readouterr().err.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://mail.example:2525", SmtpServer("mail.example", 2525)),
        (
            "smtp://jane%40x:p%3Aw@mail.example:587?starttls=required",
            SmtpServer("mail.example", 587, insist_on_tls=True, user="jane@x", password="p:w"),
        ),
        ("smtps://mail.example", SmtpServer("mail.example", 465, secure=True)),
    ],
)
def test_smtp_url_is_read_whole(url: str, server: SmtpServer) -> None:
    assert SmtpServer.from_url(url) == server
