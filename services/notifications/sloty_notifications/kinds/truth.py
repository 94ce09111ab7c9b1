"""Whether a message would still be true and wanted at the moment of sending."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sloty_notifications.queries import AccountCase, Case, OfferCase
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentStatus,
    Channel,
    Notification,
    NotificationKind,
    OfferStatus,
    Webhook,
)

_STANDS = HOLDING - {AppointmentStatus.SCHEDULED}
TRUE_WHILE: Mapping[NotificationKind, frozenset[AppointmentStatus]] = {
    NotificationKind.BOOKED: HOLDING,
    NotificationKind.REQUESTED: frozenset({AppointmentStatus.SCHEDULED}),
    NotificationKind.CONFIRMED: _STANDS,
    NotificationKind.DECLINED: frozenset({AppointmentStatus.CANCELLED}),
    NotificationKind.CANCELLED: frozenset({AppointmentStatus.CANCELLED}),
    NotificationKind.RESCHEDULED: HOLDING,
}
_NOW_IS: Mapping[AppointmentStatus, str] = {
    AppointmentStatus.SCHEDULED: "is scheduled again",
    AppointmentStatus.CONFIRMED: "was confirmed",
    AppointmentStatus.CHECKED_IN: "was already checked in",
    AppointmentStatus.IN_PROGRESS: "was already under way",
    AppointmentStatus.COMPLETED: "was already completed",
    AppointmentStatus.CANCELLED: "was cancelled",
    AppointmentStatus.NO_SHOW: "was missed",
    AppointmentStatus.RESCHEDULED: "was moved",
}

_ANSWERED: Mapping[OfferStatus, str] = {
    OfferStatus.ACCEPTED: "The offer was accepted before this message was sent.",
    OfferStatus.DECLINED: "The offer was declined before this message was sent.",
    OfferStatus.LAPSED: "The offer expired before this message was sent.",
    OfferStatus.WITHDRAWN: "The customer left the waitlist before this message was sent.",
}


def what_is_true(notification: Notification, case: Case) -> Case:
    """Of several appointments, those that the message still holds for: it is about them alone."""
    if not case.others:
        return case
    states = TRUE_WHILE[notification.kind]
    true = [each for each in case.appointments if each.status in states]
    first, *others = true or [case.appointment]
    return replace(case, appointment=first, others=tuple(others))


def why_not(notification: Notification, case: Case, now: datetime) -> str | None:
    """Why this message must not be sent at `now`, for people to read; None when it may."""
    appointment = case.appointment
    is_first = appointment.id == notification.appointment_id
    if is_first and notification.start_time not in (None, appointment.start_time):
        return "The appointment was moved to another time before this message was sent."
    if case.participant is not None and not case.participant.wants_messages:
        return "The participant declined before this message was sent."
    if notification.kind is NotificationKind.REMINDER:
        return _why_not_remind(appointment, now) or _why_unwanted(notification, case)
    if appointment.status in TRUE_WHILE[notification.kind]:
        return None
    return _changed(appointment)


def _why_not_remind(appointment: Appointment, now: datetime) -> str | None:
    if appointment.is_remindable(now):
        return None
    if appointment.awaits_approval:
        return "The appointment was not approved before this reminder was sent."
    if now >= appointment.start_time and appointment.status in HOLDING:
        return "The appointment started before this reminder was sent."
    return _changed(appointment)


def _why_unwanted(notification: Notification, case: Case) -> str | None:
    """Customers choose, channel by channel: `{"reminders": {"EMAIL": false}}`; participants, at all."""
    if case.participant is not None:
        return None if case.participant.wants_reminders else "The participant wants no reminders."
    if notification.channel is Channel.WEBHOOK:
        return None
    wanted = case.appointment.customer.preferences.get("reminders")
    if isinstance(wanted, dict) and wanted.get(notification.channel.value) is False:
        return f"The customer wants no reminders by {notification.channel}."
    return None


def why_not_call(webhook: Webhook | None) -> str | None:
    """Why this webhook must not be called; None when it may."""
    if webhook is None:
        return "The webhook was deleted before this message was sent."
    if webhook.paused_at is not None:
        return "The webhook is paused, as it took nothing for too long or was gone."
    if not webhook.is_active:
        return "The webhook is switched off."
    return None


def why_not_prove(case: AccountCase, now: datetime) -> str | None:
    """Why a message with a proof must not be sent at `now`; None when the proof still works."""
    if case.token.used_at is not None:
        return "The token of this message was used or replaced before it was sent."
    if now >= case.token.expires:
        return "The token of this message expired before it was sent."
    if not case.tenant.may_log_in:
        return "The business is not active."
    return None


def why_not_offer(case: OfferCase, now: datetime) -> str | None:
    """Why an offer must not be told of at `now`; None when it still stands."""
    if case.offer.is_live(now):
        return None
    return _ANSWERED.get(case.offer.status, _ANSWERED[OfferStatus.LAPSED])


def _changed(appointment: Appointment) -> str:
    return f"The appointment {_NOW_IS[appointment.status]} before this message was sent."
