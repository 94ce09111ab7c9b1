"""What one process of the worker works with, made at first use: after any fork, never before."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sloty_notifications.channels.carrier import Carrier
from sloty_notifications.channels.sms import sms_carrier
from sloty_notifications.channels.smtp import SmtpCarrier, SmtpServer
from sloty_notifications.channels.webhook import WebhookCarrier
from sloty_notifications.kinds.account_letter import Proofs
from sloty_notifications.prepare import Stationery
from sloty_notifications.settings import NotificationSettings
from sloty_shared.database import Database
from sloty_shared.encryption import Encryption
from sloty_shared.models import Channel
from sloty_shared.settings import load
from sloty_shared.tracing import Tracer, tracer_of

# A pool child does one thing at a time.
POOL_SIZE = 2


@dataclass(frozen=True, slots=True)
class Resources:
    """`carriers` holds the channels that are set up; all others are not."""

    settings: NotificationSettings
    database: Database
    carriers: Mapping[Channel, Carrier[Any]]
    stationery: Stationery
    tracer: Tracer


@cache
def resources() -> Resources:
    settings = load(NotificationSettings)
    return Resources(
        settings=settings,
        database=Database(
            settings.app_database_url, pool_size=POOL_SIZE, application="sloty-notifications"
        ),
        carriers=_carriers(settings),
        stationery=Stationery(
            settings.sender, Proofs(settings.link_base, Encryption(settings.secret_key))
        ),
        tracer=tracer_of("notifications"),
    )


def close_resources(**_: Any) -> None:
    """This process ends. What it has not made yet need not be closed."""
    if resources.cache_info().currsize:
        resources().tracer.close()


def _carriers(settings: NotificationSettings) -> Mapping[Channel, Carrier[Any]]:
    carriers: dict[Channel, Carrier[Any]] = {
        Channel.EMAIL: SmtpCarrier(SmtpServer.from_url(settings.smtp_url), sender=settings.sender),
        Channel.WEBHOOK: WebhookCarrier(allow_private=settings.webhook_allow_private),
    }
    if settings.sms_url is not None:
        carriers[Channel.SMS] = sms_carrier(settings.sms_url)
    return carriers
