"""Rows for tests: plain functions with defaults, for a session of the schema's owner.

What a row belongs to is made too unless it is given. Nothing is committed here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from sloty_shared.ids import new_confirmation_code
from sloty_shared.models import (
    Appointment,
    Base,
    Channel,
    Customer,
    Location,
    Notification,
    NotificationKind,
    Provider,
    ReminderRule,
    Service,
    Tenant,
    User,
    UserRole,
)

Row = TypeVar("Row", bound=Base)

_numbers = count(1)


@contextmanager
def owner_session(owner_url: str) -> Iterator[Session]:
    """A session that sees and writes the rows of every tenant, committed at the end."""
    engine = create_engine(owner_url, poolclass=NullPool)
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    finally:
        engine.dispose()


def make_tenant(session: Session, **columns: Any) -> Tenant:
    number = next(_numbers)
    return _save(session, Tenant(**{"name": "Salon Rosa", "slug": f"salon-{number}"} | columns))


def make_user(session: Session, *, tenant: Tenant | None = None, **columns: Any) -> User:
    tenant = tenant or make_tenant(session)
    defaults = {
        "email": f"user-{next(_numbers)}@staff.example",
        "name": "Ada Meyer",
        "role": UserRole.PROVIDER,
    }
    return _save(session, User(**{"tenant_id": tenant.id} | defaults | columns))


def make_location(session: Session, *, tenant: Tenant | None = None, **columns: Any) -> Location:
    tenant = tenant or make_tenant(session)
    defaults = {
        "name": "Rosa am Markt",
        "address": "Marktplatz 1",
        "city": "Berlin",
        "zip_code": "10178",
        "country": "DE",
        "timezone": "Europe/Berlin",
    }
    return _save(session, Location(**{"tenant_id": tenant.id} | defaults | columns))


def make_service(session: Session, *, tenant: Tenant | None = None, **columns: Any) -> Service:
    tenant = tenant or make_tenant(session)
    defaults = {"name": "Haircut", "duration": 30, "currency": "EUR"}
    return _save(session, Service(**{"tenant_id": tenant.id} | defaults | columns))


def make_provider(
    session: Session,
    *,
    tenant: Tenant | None = None,
    user: User | None = None,
    location: Location | None = None,
    **columns: Any,
) -> Provider:
    tenant = tenant or make_tenant(session)
    defaults = {
        "user_id": (user or make_user(session, tenant=tenant)).id,
        "location_id": (location or make_location(session, tenant=tenant)).id,
    }
    return _save(session, Provider(**{"tenant_id": tenant.id} | defaults | columns))


def make_customer(session: Session, *, tenant: Tenant | None = None, **columns: Any) -> Customer:
    tenant = tenant or make_tenant(session)
    defaults = {
        "first_name": "Jane",
        "last_name": "Doe",
        "email": f"customer-{next(_numbers)}@mail.example",
    }
    return _save(session, Customer(**{"tenant_id": tenant.id} | defaults | columns))


def make_appointment(
    session: Session,
    *,
    tenant: Tenant | None = None,
    service: Service | None = None,
    provider: Provider | None = None,
    location: Location | None = None,
    customer: Customer | None = None,
    starts_in: timedelta = timedelta(hours=3),
    **columns: Any,
) -> Appointment:
    """An appointment booked a month ago that starts `starts_in` from now, of a provider of its own."""
    tenant = tenant or make_tenant(session)
    location = location or make_location(session, tenant=tenant)
    service = service or make_service(session, tenant=tenant)
    provider = provider or make_provider(session, tenant=tenant, location=location)
    customer = customer or make_customer(session, tenant=tenant)
    start = columns.get("start_time", datetime.now(UTC) + starts_in)
    end = start + timedelta(minutes=service.duration)
    defaults = {
        "service_id": service.id,
        "provider_id": provider.id,
        "location_id": location.id,
        "customer_id": customer.id,
        "start_time": start,
        "end_time": end,
        "held_until": end + timedelta(minutes=service.buffer_time),
        "timezone": location.timezone,
        "price": service.price,
        "currency": service.currency,
        "requires_approval": service.requires_approval,
        "confirmation_code": new_confirmation_code(),
        "booked_at": datetime.now(UTC) - timedelta(days=30),
    }
    return _save(session, Appointment(**{"tenant_id": tenant.id} | defaults | columns))


def make_reminder_rule(
    session: Session, *, tenant: Tenant | None = None, minutes_before: int = 60, **columns: Any
) -> ReminderRule:
    tenant = tenant or make_tenant(session)
    defaults = {"minutes_before": minutes_before, "channel": Channel.EMAIL}
    return _save(session, ReminderRule(**{"tenant_id": tenant.id} | defaults | columns))


def make_notification(
    session: Session, *, appointment: Appointment, recipient: str | None = None, **columns: Any
) -> Notification:
    """A message about the appointment to its customer, due now: what a booking owes."""
    if recipient is None:
        recipient = session.get_one(Customer, appointment.customer_id).email
    defaults = {
        "tenant_id": appointment.tenant_id,
        "appointment_id": appointment.id,
        "kind": NotificationKind.BOOKED,
        "channel": Channel.EMAIL,
        "recipient": recipient,
        "start_time": appointment.start_time,
    }
    return _save(session, Notification(**defaults | columns))


def _save(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
