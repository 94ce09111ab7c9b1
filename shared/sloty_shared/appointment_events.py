"""What webhooks are told of appointments: the types of events, and an appointment's data in them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from sloty_shared.models import Appointment, NotificationKind

TEST_EVENT = "webhook.test"


class EventType(StrEnum):
    BOOKED = "appointment.booked"
    CONFIRMED = "appointment.confirmed"
    CANCELLED = "appointment.cancelled"
    RESCHEDULED = "appointment.rescheduled"
    REMINDER = "appointment.reminder"


# A request is booked while it waits for approval, and one that is declined is cancelled.
EVENTS: Mapping[NotificationKind, EventType] = {
    NotificationKind.BOOKED: EventType.BOOKED,
    NotificationKind.REQUESTED: EventType.BOOKED,
    NotificationKind.CONFIRMED: EventType.CONFIRMED,
    NotificationKind.CANCELLED: EventType.CANCELLED,
    NotificationKind.DECLINED: EventType.CANCELLED,
    NotificationKind.RESCHEDULED: EventType.RESCHEDULED,
    NotificationKind.REMINDER: EventType.REMINDER,
}
_TOLD = (
    "id",
    "status",
    "service_id",
    "provider_id",
    "location_id",
    "customer_id",
    "title",
    "start_time",
    "end_time",
    "timezone",
    "price",
    "currency",
    "requires_approval",
    "confirmation_code",
    "cancellation_reason",
    "booked_at",
    "rescheduled_from_id",
    "rescheduled_to_id",
    "reminders_sent",
    "last_reminder_at",
)


def appointment_data(appointment: Appointment) -> dict[str, Any]:
    """The appointment as JSON, in the API's own names; who it is with is known by ids."""
    return {told: _json(getattr(appointment, name)) for name, told in _NAMES.items()}


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


_NAMES = {name: _camel(name) for name in _TOLD}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID | Decimal) else value
