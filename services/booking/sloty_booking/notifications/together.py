"""Owing messages about several appointments at once: nobody gets ten mails about one decision."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from sloty_booking.notifications.owe import FOR_PARTICIPANTS
from sloty_shared.appointment_events import EVENTS, appointment_data
from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    Channel,
    Customer,
    Notification,
    NotificationKind,
)
from sloty_shared.web.work import Work

# The calls of webhooks, which are told of each appointment by itself.
_TELL_WEBHOOKS = text(
    """
    INSERT INTO notifications
        (tenant_id, kind, channel, recipient, payload, appointment_id, start_time, due_at,
         next_attempt_at, request_id, traceparent)
    SELECT :tenant_id, told.kind, 'WEBHOOK', w.id::text, told.data, told.appointment_id,
           told.start_time, :now, :now, :request_id, :traceparent
    FROM unnest(CAST(:kinds AS text[]), CAST(:events AS text[]), CAST(:data AS jsonb[]),
                CAST(:appointment_ids AS uuid[]), CAST(:start_times AS timestamptz[]))
        AS told(kind, event, data, appointment_id, start_time)
    JOIN webhooks w ON told.event = ANY(w.events)
    WHERE w.tenant_id = :tenant_id AND w.is_active AND w.paused_at IS NULL
    ON CONFLICT DO NOTHING
    """
)


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of one appointment, to be told as a message of this kind."""

    kind: NotificationKind
    appointment: Appointment
    to_participants: bool = True


@dataclass(slots=True)
class _Addressee:
    """Who is told of which appointments in one message; a customer has no `participant_id`."""

    kind: NotificationKind
    address: str
    participant_id: UUID | None
    appointments: list[Appointment] = field(default_factory=list)

    @property
    def key(self) -> tuple[NotificationKind, str, bool]:
        """Guests get no confirmation codes, so that they are never told as customers are."""
        return self.kind, self.address.casefold(), self.participant_id is not None


def owe_together(work: Work, changes: Sequence[Change]) -> None:
    """Write down, in the changes' own transaction, who is to be told of them.

    Each address gets one message of a kind, about all of its appointments; it hangs on the first of
    them, and names the others in its payload. The worker leaves out what is not true any more.
    """
    if not changes:
        return
    work.session.flush()
    mails = [_mail(work, addressee) for addressee in _addressees(work, changes)]
    work.session.execute(insert(Notification), mails)
    work.session.execute(_TELL_WEBHOOKS, _calls(work, changes))
    work.wake_workers()


def _addressees(work: Work, changes: Sequence[Change]) -> Collection[_Addressee]:
    """In the order of their first appointment; whoever is a guest at one is another addressee."""
    customers = _customer_addresses(work, changes)
    participants = _participants(work, changes)
    found: dict[tuple[NotificationKind, str, bool], _Addressee] = {}
    for change in sorted(changes, key=lambda change: change.appointment.start_time):
        people = {}
        if change.to_participants and change.kind in FOR_PARTICIPANTS:
            guests = reversed(participants[change.appointment.id])
            people = {guest.email.casefold(): guest for guest in guests if guest.email}
        customer = customers[change.appointment.customer_id]
        people.pop(customer.casefold(), None)
        told = [_Addressee(change.kind, customer, None)]
        told += [
            _Addressee(change.kind, str(guest.email), guest.id)
            for guest in people.values()
            if guest.wants_messages
        ]
        for each in told:
            found.setdefault(each.key, each).appointments.append(change.appointment)
    return found.values()


def _customer_addresses(work: Work, changes: Sequence[Change]) -> dict[UUID, str]:
    query = select(Customer.id, Customer.email).where(
        Customer.tenant_id == work.tenant.id,
        Customer.id.in_({change.appointment.customer_id for change in changes}),
    )
    return {row.id: row.email for row in work.session.execute(query)}


def _participants(
    work: Work, changes: Sequence[Change]
) -> dict[UUID, list[AppointmentParticipant]]:
    query = select(AppointmentParticipant).where(
        AppointmentParticipant.tenant_id == work.tenant.id,
        AppointmentParticipant.appointment_id.in_([change.appointment.id for change in changes]),
    )
    found: dict[UUID, list[AppointmentParticipant]] = defaultdict(list)
    for guest in work.session.scalars(query.order_by(AppointmentParticipant.id)):
        found[guest.appointment_id].append(guest)
    return found


def _mail(work: Work, addressee: _Addressee) -> dict[str, Any]:
    first, *others = addressee.appointments
    ids = [str(each.id) for each in addressee.appointments]
    return {
        "tenant_id": work.tenant.id,
        "kind": addressee.kind,
        "channel": Channel.EMAIL,
        "recipient": addressee.address,
        "participant_id": addressee.participant_id,
        "payload": {"appointmentIds": ids} if others else {},
        "appointment_id": first.id,
        "start_time": first.start_time,
        "due_at": work.now,
        "next_attempt_at": work.now,
        "request_id": work.request_id,
        "traceparent": work.traceparent,
    }


def _calls(work: Work, changes: Sequence[Change]) -> dict[str, Any]:
    told = [change.appointment for change in changes]
    return {
        "tenant_id": work.tenant.id,
        "now": work.now,
        "request_id": work.request_id,
        "traceparent": work.traceparent,
        "kinds": [change.kind.value for change in changes],
        "events": [EVENTS[change.kind].value for change in changes],
        "data": [json.dumps(appointment_data(each)) for each in told],
        "appointment_ids": [each.id for each in told],
        "start_times": [each.start_time for each in told],
    }
