"""Every table of Sloty, one file an aggregate."""

from sloty_shared.models.appointment import (
    HOLDING,
    REMINDABLE,
    TRANSITIONS,
    Appointment,
    AppointmentParameter,
    AppointmentParticipant,
    AppointmentStatus,
    InvalidTransition,
    ParticipantStatus,
    TooEarly,
)
from sloty_shared.models.appointment_series import AppointmentSeries
from sloty_shared.models.audit import ActorType, AuditEvent, AuditSeal, AuditUnsealed
from sloty_shared.models.base import Base, TenantOwned
from sloty_shared.models.calendar_feed import CalendarFeed
from sloty_shared.models.customer import Customer
from sloty_shared.models.file import File, FileStatus
from sloty_shared.models.held_time import NO_DOUBLE_BOOKING, GroupSession, HeldTime
from sloty_shared.models.idempotency import IdempotencyKey
from sloty_shared.models.location import Location, LocationStatus
from sloty_shared.models.message_template import MessageTemplate
from sloty_shared.models.notification import (
    URGENT,
    Channel,
    Notification,
    NotificationKind,
    NotificationStatus,
    NotRetryable,
    Pulse,
    ReminderRule,
)
from sloty_shared.models.provider import (
    Provider,
    ProviderAvailability,
    ProviderSchedule,
    ProviderService,
    ScheduleType,
)
from sloty_shared.models.service import (
    MAX_BUFFER_MINUTES,
    MAX_DURATION_MINUTES,
    ParameterType,
    Service,
    ServiceParameter,
)
from sloty_shared.models.tenant import (
    PLATFORM_SLUG,
    SubscriptionStatus,
    SubscriptionTier,
    Tenant,
    TenantStatus,
)
from sloty_shared.models.throttle import Throttle
from sloty_shared.models.user import (
    Account,
    ApiKey,
    Session,
    TokenPurpose,
    User,
    UserRole,
    UserStatus,
    VerificationToken,
)
from sloty_shared.models.waitlist import (
    WAITLIST_TRANSITIONS,
    FreedTime,
    OfferStatus,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistStatus,
    WaitlistTransition,
)
from sloty_shared.models.webhook import Webhook

__all__ = [
    "HOLDING",
    "MAX_BUFFER_MINUTES",
    "MAX_DURATION_MINUTES",
    "NO_DOUBLE_BOOKING",
    "PLATFORM_SLUG",
    "REMINDABLE",
    "TRANSITIONS",
    "URGENT",
    "WAITLIST_TRANSITIONS",
    "Account",
    "ActorType",
    "ApiKey",
    "Appointment",
    "AppointmentParameter",
    "AppointmentParticipant",
    "AppointmentSeries",
    "AppointmentStatus",
    "AuditEvent",
    "AuditSeal",
    "AuditUnsealed",
    "Base",
    "CalendarFeed",
    "Channel",
    "Customer",
    "File",
    "FileStatus",
    "FreedTime",
    "GroupSession",
    "HeldTime",
    "IdempotencyKey",
    "InvalidTransition",
    "Location",
    "LocationStatus",
    "MessageTemplate",
    "NotRetryable",
    "Notification",
    "NotificationKind",
    "NotificationStatus",
    "OfferStatus",
    "ParameterType",
    "ParticipantStatus",
    "Provider",
    "ProviderAvailability",
    "ProviderSchedule",
    "ProviderService",
    "Pulse",
    "ReminderRule",
    "ScheduleType",
    "Service",
    "ServiceParameter",
    "Session",
    "SubscriptionStatus",
    "SubscriptionTier",
    "Tenant",
    "TenantOwned",
    "TenantStatus",
    "Throttle",
    "TokenPurpose",
    "TooEarly",
    "User",
    "UserRole",
    "UserStatus",
    "VerificationToken",
    "WaitlistEntry",
    "WaitlistOffer",
    "WaitlistStatus",
    "WaitlistTransition",
    "Webhook",
]
