"""What the environment tells the notification worker."""

from email.errors import MessageError
from email.headerregistry import Address
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field

from sloty_shared.settings import Port, Settings, SmtpUrl

# Where text messages go that are only to be looked at.
CONSOLE = "console://"
# Where in the gateway's address the recipient's number goes.
RECIPIENT = "{to}"


def _smtp_options(url: str) -> str:
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if (name, value) != ("starttls", "required"):
            raise ValueError("the only option that it may end with is ?starttls=required")
    return url


def _sms_address(address: str) -> str:
    if address != CONSOLE and ("://" not in address or RECIPIENT not in address):
        raise ValueError(
            f"must be {CONSOLE} or an Apprise address with {RECIPIENT} for the recipient's number"
        )
    return address


def _mail_address(address: str) -> str:
    try:
        domain = Address(addr_spec=address).domain
    except (ValueError, IndexError, MessageError) as problem:
        raise ValueError("must be a mail address: no-reply@example.org") from problem
    if not domain or not address.isascii():
        raise ValueError("must be a mail address: no-reply@example.org")
    return address


class NotificationSettings(Settings):
    smtp_url: Annotated[SmtpUrl, AfterValidator(_smtp_options)]
    sms_url: Annotated[str, AfterValidator(_sms_address)] | None = None
    mail_from: Annotated[str, AfterValidator(_mail_address)] | None = None
    metrics_port: Port | None = None
    reminder_tick_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    # A worker that has taken no task for so long ends itself, so that another one is started.
    stall_seconds: Annotated[int, Field(ge=5, le=3600)] = 120
    # Longer than the longest task, or two workers could hold one message at a time.
    lease_seconds: Annotated[int, Field(ge=1, le=3600)] = 45

    @property
    def sender(self) -> str:
        """The address that mails come from: the one given, else one at the public host."""
        return self.mail_from or f"no-reply@{_mail_domain(self.link_base)}"


def _mail_domain(url: str) -> str:
    host = urlsplit(url).hostname or "localhost"
    try:
        ip_address(host)
    except ValueError:
        return host.encode("idna").decode("ascii")
    return "localhost"
