"""What the worker reads: what is due, the case behind a message, the scans' pulse."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from sloty_shared.models import (
    Appointment,
    Notification,
    Provider,
    Pulse,
    Tenant,
    User,
    VerificationToken,
)

_DUE_APPOINTMENTS = text("SELECT tenant_id, appointment_id FROM due_appointments(:now, :batch)")
_WITH_ITS_PEOPLE_AND_PLACE = (
    joinedload(Appointment.service, innerjoin=True),
    joinedload(Appointment.location, innerjoin=True),
    joinedload(Appointment.customer, innerjoin=True),
    joinedload(Appointment.provider, innerjoin=True).joinedload(Provider.user, innerjoin=True),
)


@dataclass(frozen=True, slots=True)
class Case:
    """The appointment that a message is about, as it is now, and its tenant."""

    appointment: Appointment
    tenant: Tenant


@dataclass(frozen=True, slots=True)
class AccountCase:
    """The user whom a message is for, their tenant, and the token that it carries."""

    user: User
    tenant: Tenant
    token: VerificationToken


def due_appointments(
    session: Session, *, now: datetime, batch: int
) -> Mapping[UUID, Sequence[UUID]]:
    """Ids, by tenant, of appointments whose reminders are to be planned, the oldest first."""
    due: dict[UUID, list[UUID]] = defaultdict(list)
    for tenant_id, appointment_id in session.execute(
        _DUE_APPOINTMENTS, {"now": now, "batch": batch}
    ):
        due[tenant_id].append(appointment_id)
    return due


def case_of(session: Session, notification: Notification) -> Case:
    """The case of a message about an appointment, with all that can be named in it loaded."""
    appointment, tenant = session.execute(
        select(Appointment, Tenant)
        .join(Tenant, Tenant.id == Appointment.tenant_id)
        .where(
            Appointment.tenant_id == notification.tenant_id,
            Appointment.id == notification.appointment_id,
        )
        .options(*_WITH_ITS_PEOPLE_AND_PLACE)
    ).one()
    return Case(appointment, tenant)


def account_case_of(session: Session, notification: Notification) -> AccountCase | None:
    """The case of a message that carries a token; None when user or token are gone."""
    row = session.execute(
        select(User, Tenant, VerificationToken)
        .join(Tenant, Tenant.id == User.tenant_id)
        .join(VerificationToken, VerificationToken.user_id == User.id)
        .where(
            User.tenant_id == notification.tenant_id,
            User.id == notification.user_id,
            VerificationToken.id == notification.payload.get("tokenId"),
        )
    ).first()
    return None if row is None else AccountCase(*row)


def is_scanning(session: Session, *, within: timedelta) -> bool:
    """Whether any worker has finished a scan lately, by the database's clock."""
    newest = select(func.max(Pulse.scanned_at)).scalar_subquery()
    return bool(session.scalar(select(newest > func.clock_timestamp() - within)))
