"""The worker's parts without its processes: a test plans and delivers by hand, at its own time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.factories import owner_session

from sloty_notifications.channels.carrier import Carrier
from sloty_notifications.channels.smtp import SmtpCarrier, SmtpServer
from sloty_notifications.deliver import deliver
from sloty_notifications.kinds.account_letter import Proofs
from sloty_notifications.plan import plan_reminders
from sloty_notifications.prepare import Stationery
from sloty_notifications.round import Delivery
from sloty_shared.database import Database
from sloty_shared.encryption import Encryption
from sloty_shared.models import Appointment, Base, Channel, Notification, NotificationKind
from sloty_shared.tracing import Tracer, Unrecorded

from .post_office import PostOffice

SENDER = "no-reply@sloty.example"
PUBLIC_URL = "https://sloty.example"
SECRET_KEY = "a key for tests alone"
ENCRYPTION = Encryption(SECRET_KEY)
STATIONERY = Stationery(SENDER, Proofs(PUBLIC_URL, ENCRYPTION))
Row = TypeVar("Row", bound=Base)


@dataclass
class Desk:
    """Plans and delivers as the services' role, with a clock that the test moves."""

    owner_url: str
    database: Database
    office: PostOffice
    ahead: timedelta = timedelta(0)
    open_channels: tuple[Channel, ...] = (Channel.EMAIL, Channel.WEBHOOK)
    calls_for_help: list[None] = field(default_factory=list)
    tracer: Tracer = field(default_factory=Unrecorded)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def wait(self, time: timedelta) -> None:
        """Let time pass without waiting for it."""
        self.ahead += time

    def carrier(self, *, patience: float = 5.0) -> SmtpCarrier:
        return SmtpCarrier(SmtpServer.from_url(self.office.url), sender=SENDER, patience=patience)

    def plan(self) -> int:
        return plan_reminders(self.database, now=self.now(), open_channels=self.open_channels).count

    def deliver(
        self,
        carrier: Carrier[Any] | None = None,
        *,
        channel: Channel = Channel.EMAIL,
        lease: timedelta = timedelta(seconds=45),
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        deliver(
            Delivery(
                database=self.database,
                channel=channel,
                carrier=carrier or self.carrier(),
                stationery=STATIONERY,
                clock=self.now,
                lease=lease,
                call_another=lambda: self.calls_for_help.append(None),
                is_stopping=is_stopping,
                tracer=self.tracer,
            )
        )

    def scan(self) -> None:
        """What one tick sets off."""
        self.plan()
        self.deliver()

    def change(self, row: Row, **columns: object) -> None:
        with self.owning() as session:
            ours = session.get_one(type(row), _id(row))
            for name, value in columns.items():
                setattr(ours, name, value)

    def read(self, row: Row) -> Row:
        """The row as it is now."""
        with self.owning() as session:
            return session.get_one(type(row), _id(row))

    def notifications(
        self, appointment: Appointment, kind: NotificationKind = NotificationKind.REMINDER
    ) -> list[Notification]:
        """What is in the ledger, in the order of due times."""
        with self.owning() as session:
            query = select(Notification).where(
                Notification.appointment_id == appointment.id, Notification.kind == kind
            )
            return list(session.scalars(query.order_by(Notification.due_at)))

    def owning(self) -> AbstractContextManager[Session]:
        return owner_session(self.owner_url)


def _id(row: Base) -> UUID:
    identity: UUID = row.id  # type: ignore[attr-defined]
    return identity
