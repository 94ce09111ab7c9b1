"""Owing messages: written down in the change's own transaction, each address once."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert

from sloty_shared.appointment_events import EVENTS, appointment_data
from sloty_shared.hot_statements import HotStatement
from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    Customer,
    Notification,
    NotificationKind,
    Webhook,
)
from sloty_shared.web.work import Work

FOR_PARTICIPANTS = frozenset(
    {
        NotificationKind.BOOKED,
        NotificationKind.CONFIRMED,
        NotificationKind.CANCELLED,
        NotificationKind.RESCHEDULED,
    }
)

Addressee = tuple[str, UUID | None]
"""An address, and the participant whose it is, None for the customer's."""


def owe(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    customer: Customer,
    participants: Sequence[AppointmentParticipant] = (),
) -> None:
    """Write down who is to be told: the customer, participants, and the tenant's webhooks.

    Participants hear only of appointments that stand: of a request they know nothing yet. Webhooks
    that listen to the event are told of the appointment as it is now.
    """
    addressees = [(customer.email, None), *_guests(kind, customer, participants)]
    _owe(work, kind, appointment, addressees)


def owe_participants(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    customer: Customer,
    participants: Sequence[AppointmentParticipant],
) -> None:
    """The participants' part of it, where customer and webhooks are told already."""
    guests = _guests(kind, customer, participants)
    if guests:
        _owe(work, kind, appointment, guests, to_webhooks=False)


def tell_webhooks(work: Work, kind: NotificationKind, appointment: Appointment) -> None:
    """Owe the event to the webhooks alone, where there is nobody to write to."""
    _owe(work, kind, appointment, [])


def invite(work: Work, appointment: Appointment, participant: AppointmentParticipant) -> None:
    """Owe the booking's message to somebody who joined later; an address that has it gets no other."""
    if participant.email:
        guest = (participant.email, participant.id)
        _owe(work, NotificationKind.BOOKED, appointment, [guest], to_webhooks=False)


def owing(appointment: CTE | None = None) -> Insert:
    """The INSERT of messages with the parameters of `owing_values`.

    Mails and the calls of webhooks in one, whether or not there are any webhooks. With `appointment`
    none are owed unless that has a row.
    """
    told = union_all(_mails(), _calls()).subquery("told")
    columns = Notification.__table__.c
    same = {
        name: bindparam(parameter, type_=columns[name].type)
        for name, parameter in _SAME_FOR_ALL.items()
    }
    rows = select(*told.c, *same.values())
    if appointment is not None:
        rows = rows.join_from(told, appointment, true())
    return insert(Notification).from_select([*told.c.keys(), *same], rows).on_conflict_do_nothing()


def _mails() -> Select[Any]:
    person = (
        func.unnest(
            bindparam("addresses", type_=ARRAY(Text)), bindparam("participants", type_=ARRAY(Uuid))
        )
        .table_valued(column("address", Text), column("participant_id", Uuid))
        .render_derived("person")
    )
    return select(
        literal_column("'EMAIL'").label("channel"),
        person.c.address.label("recipient"),
        person.c.participant_id,
        literal_column("'{}'::jsonb", JSONB).label("payload"),
    )


def _calls() -> Select[Any]:
    return select(
        literal_column("'WEBHOOK'"),
        cast(Webhook.id, Text),
        null(),
        bindparam("data", type_=JSONB),
    ).where(
        Webhook.tenant_id == bindparam("tenant_id"),
        Webhook.is_active,
        Webhook.paused_at.is_(None),
        bindparam("event", type_=Text) == any_(Webhook.events),
    )


def owing_values(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    addressees: Sequence[Addressee],
    *,
    to_webhooks: bool = True,
) -> dict[str, Any]:
    """What is owed, as parameters of `owing`."""
    return {
        "tenant_id": appointment.tenant_id,
        "kind": kind.value,
        "addresses": [address for address, _ in addressees],
        "participants": [participant for _, participant in addressees],
        "appointment_id": appointment.id,
        "start_time": appointment.start_time,
        "now": work.now,
        "request_id": work.request_id,
        "traceparent": work.traceparent,
        "event": EVENTS[kind].value if to_webhooks else None,
        "data": json.dumps(appointment_data(appointment)),
    }


# The columns that all messages of one change have in common, with their parameters.
_SAME_FOR_ALL = {
    "tenant_id": "tenant_id",
    "kind": "kind",
    "appointment_id": "appointment_id",
    "start_time": "start_time",
    "due_at": "now",
    "next_attempt_at": "now",
    "request_id": "request_id",
    "traceparent": "traceparent",
}
_OWE = HotStatement(owing())


def _guests(
    kind: NotificationKind, customer: Customer, participants: Sequence[AppointmentParticipant]
) -> list[Addressee]:
    told: dict[str, Addressee] = {}
    for participant in participants if kind in FOR_PARTICIPANTS else ():
        if participant.email and participant.wants_messages:
            told.setdefault(participant.email.casefold(), (participant.email, participant.id))
    told.pop(customer.email.casefold(), None)
    return list(told.values())


def _owe(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    addressees: Sequence[Addressee],
    *,
    to_webhooks: bool = True,
) -> None:
    work.session.flush()
    values = owing_values(work, kind, appointment, addressees, to_webhooks=to_webhooks)
    _OWE.run(work.session, values)
    work.wake_workers()
