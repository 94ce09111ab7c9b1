"""What the worker reads: what is due, and the case behind a message."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.types import Uuid

from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    Channel,
    MessageTemplate,
    Notification,
    NotificationKind,
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

    @property
    def standing(self) -> tuple[int | None, ...]:
        """The versions of what decides whether the message is true and wanted."""
        appointment, participant = self.appointment, self.participant
        return (
            appointment.version,
            appointment.customer.version,
            self.tenant.version,
            participant.version if participant else None,
        )


@dataclass(frozen=True, slots=True)
class TemplateKey:
    """What a tenant has one template for: the kind and channel of a message, and a locale."""

    kind: NotificationKind
    channel: Channel
    locale: str


OwnWords = Mapping[TemplateKey, MessageTemplate]


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
    [(_, case)] = cases_of(session, notification.tenant_id, [notification.id])
    return replace(case, others=_others(session, notification))


def cases_of(
    session: Session, tenant_id: UUID, notification_ids: Sequence[UUID]
) -> list[tuple[Notification, Case]]:
    """Messages about appointments with their cases, read at once; others are not among them.

    Of what is about several appointments, only the first is read.
    """
    rows = session.execute(
        select(Notification, Appointment, Tenant, AppointmentParticipant)
        .join(Appointment, Appointment.id == Notification.appointment_id)
        .join(Tenant, Tenant.id == Appointment.tenant_id)
        .outerjoin(AppointmentParticipant, AppointmentParticipant.id == Notification.participant_id)
        .where(
            Notification.tenant_id == tenant_id,
            Appointment.tenant_id == tenant_id,
            Notification.id == any_(literal(list(notification_ids), ARRAY(Uuid()))),
        )
        .options(*_WITH_ITS_PEOPLE_AND_PLACE)
    ).all()
    return [(row[0], Case(row[1], row[2], row[3])) for row in rows]


def is_about_one(notification: Notification) -> bool:
    """Others name further appointments, each of which may change before they are sent."""
    return "appointmentIds" not in notification.payload


def _others(session: Session, notification: Notification) -> Sequence[Appointment]:
    if is_about_one(notification):
        return ()
    named = set(notification.payload["appointmentIds"]) - {str(notification.appointment_id)}
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


def own_words(session: Session, tenant_id: UUID, kinds: Collection[NotificationKind]) -> OwnWords:
    """The tenant's own templates for messages of these kinds."""
    return {
        TemplateKey(template.kind, template.channel, template.locale): template
        for template in session.scalars(
            select(MessageTemplate).where(
                MessageTemplate.tenant_id == tenant_id, MessageTemplate.kind.in_(kinds)
            )
        )
    }


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
