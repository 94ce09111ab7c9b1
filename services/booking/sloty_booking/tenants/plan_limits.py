"""How much a tenant's tier includes; a running trial has no limits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from sloty_shared.errors import PlanLimit
from sloty_shared.models import (
    Appointment,
    AppointmentStatus,
    Provider,
    SubscriptionStatus,
    Tenant,
)
from sloty_shared.plans import PlanLimit as TierLimit
from sloty_shared.web.work import Work

_TIME_BITS = 80


def refuse_another_provider(work: Work) -> None:
    """Raise PlanLimit where the tier includes no further active provider.

    The tenant stays locked until the transaction ends, so that two cannot both be the last one.
    """
    most = _limit(work).providers
    if most is None:
        return
    work.session.execute(
        select(Tenant.id).where(Tenant.id == work.tenant.id).with_for_update(key_share=True)
    )
    active = (
        select(func.count())
        .select_from(Provider)
        .where(Provider.tenant_id == work.tenant.id, Provider.is_active)
    )
    if (work.session.scalar(active) or 0) >= most:
        raise PlanLimit(f"The plan includes {most} active providers.")


def refuse_another_appointment(work: Work) -> None:
    """Raise PlanLimit where the tier includes no further appointment this month, in UTC."""
    refuse_more_appointments(work, 1)


def refuse_more_appointments(work: Work, wanted: int) -> int | None:
    """How many the tier includes beyond those of this month, None where there is no limit.

    Raises PlanLimit where these are fewer than `wanted`. What was cancelled counts, what was moved counts once. Bookings do not wait for each other, so
    those of one moment may exceed the limit by their number.
    """
    most = _limit(work).appointments_per_month
    if most is None:
        return None
    booked = (
        select(Appointment.id)
        .where(
            Appointment.tenant_id == work.tenant.id,
            Appointment.id >= _first_id_of_month(work.now),
            Appointment.status != AppointmentStatus.RESCHEDULED,
        )
        .limit(most)
        .subquery()
    )
    left = most - (work.session.scalar(select(func.count()).select_from(booked)) or 0)
    if left < wanted:
        raise PlanLimit(f"The plan includes {most} appointments a month.")
    return left


def _limit(work: Work) -> TierLimit:
    if work.tenant.subscription_status is SubscriptionStatus.TRIAL:
        return TierLimit()
    return work.settings.plan_limits[work.tenant.subscription_tier]


def _first_id_of_month(now: datetime) -> UUID:
    """A UUIDv7 begins with its milliseconds, so the key's own index finds what a month added."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return UUID(int=int(month.timestamp()) * 1000 << _TIME_BITS)
