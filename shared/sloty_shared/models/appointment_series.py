"""AppointmentSeries: what was asked for when appointments were booked by one recurrence rule."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from sloty_shared.models.base import (
    Base,
    Identified,
    Stamped,
    TenantOwned,
    addressable,
    same_tenant,
)


class AppointmentSeries(Identified, TenantOwned, Stamped, Base):
    """The rule as it was booked; what became of each appointment is told by the appointment.

    `timezone` is the zone in whose wall time the rule is read, `start_time` the first occurrence.
    """

    __tablename__ = "appointment_series"
    __table_args__ = (
        addressable(),
        same_tenant("service_id", "services"),
        same_tenant("customer_id", "customers"),
        Index("idx_appointment_series_customer_id", "customer_id"),
    )

    rule: Mapped[str]
    timezone: Mapped[str]
    start_time: Mapped[datetime]
    service_id: Mapped[UUID]
    customer_id: Mapped[UUID]
