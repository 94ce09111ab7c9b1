"""What the worker reads: what is due, and the case behind a message."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    MessageTemplate,
    Notification,
    Provider,
    Tenant,
    User,
    VerificationToken,
    WaitlistEntry,
    WaitlistOffer,
    Webhook,
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
    """The appointment that a message is about, as it is now, and its tenant.

    `participant` is whom the message is for where it is not the customer. A message about several
    appointments of one customer has the `others` too, in time order. All of them come with service,
    provider and user, location and customer loaded.
    """

    appointment: Appointment
    tenant: Tenant
    participant: AppointmentParticipant | None = None
    others: Sequence[Appointment] = ()

    @property
    def appointments(self) -> Sequence[Appointment]:
        return (self.appointment, *self.others)


@dataclass(frozen=True, slots=True)
class AccountCase:
    """The user whom a message is for, their tenant, and the token that it carries."""

    user: User
    tenant: Tenant
    token: VerificationToken


@dataclass(frozen=True, slots=True)
class OfferCase:
    """An offer to somebody on the waitlist, with its entry, and all that can be named in it."""

    offer: WaitlistOffer
    tenant: Tenant


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
    appointment, tenant, participant = session.execute(
        select(Appointment, Tenant, AppointmentParticipant)
        .join(Tenant, Tenant.id == Appointment.tenant_id)
        .outerjoin(AppointmentParticipant, AppointmentParticipant.id == notification.participant_id)
        .where(
            Appointment.tenant_id == notification.tenant_id,
            Appointment.id == notification.appointment_id,
        )
        .options(*_WITH_ITS_PEOPLE_AND_PLACE)
    ).one()
    return Case(appointment, tenant, participant, _others(session, notification))


def _others(session: Session, notification: Notification) -> Sequence[Appointment]:
    named = set(notification.payload.get("appointmentIds", ())) - {str(notification.appointment_id)}
    if not named:
        return ()
    query = select(Appointment).where(
        Appointment.tenant_id == notification.tenant_id, Appointment.id.in_(map(UUID, named))
    )
    in_order = query.order_by(Appointment.start_time, Appointment.id)
    return tuple(session.scalars(in_order.options(*_WITH_ITS_PEOPLE_AND_PLACE)))


def webhook_of(session: Session, notification: Notification) -> Webhook | None:
    """The webhook that a message is for; None when it was deleted."""
    return session.scalars(
        select(Webhook).where(
            Webhook.tenant_id == notification.tenant_id,
            Webhook.id == UUID(notification.recipient),
        )
    ).one_or_none()


def own_words(
    session: Session, notification: Notification, locales: Sequence[str]
) -> MessageTemplate | None:
    """The tenant's template for this kind and channel, in the first of these locales that has one."""
    found = {
        template.locale: template
        for template in session.scalars(
            select(MessageTemplate).where(
                MessageTemplate.tenant_id == notification.tenant_id,
                MessageTemplate.kind == notification.kind,
                MessageTemplate.channel == notification.channel,
                MessageTemplate.locale.in_(locales),
            )
        )
    }
    return next((found[locale] for locale in locales if locale in found), None)


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


def offer_case_of(session: Session, notification: Notification) -> OfferCase:
    """The case of a message about an offer, with all that can be named in it loaded."""
    entry = joinedload(WaitlistOffer.entry, innerjoin=True)
    offer, tenant = session.execute(
        select(WaitlistOffer, Tenant)
        .join(Tenant, Tenant.id == WaitlistOffer.tenant_id)
        .where(
            WaitlistOffer.tenant_id == notification.tenant_id,
            WaitlistOffer.id == notification.waitlist_offer_id,
        )
        .options(
            entry.joinedload(WaitlistEntry.customer, innerjoin=True),
            entry.joinedload(WaitlistEntry.service, innerjoin=True),
            joinedload(WaitlistOffer.location, innerjoin=True),
            joinedload(WaitlistOffer.provider, innerjoin=True).joinedload(
                Provider.user, innerjoin=True
            ),
        )
    ).one()
    return OfferCase(offer, tenant)
