"""What participants say for themselves, by the link in the messages to them."""

from enum import StrEnum

from sqlalchemy import select

from sloty_booking.appointments.participants.actions import AppointmentOver
from sloty_booking.appointments.participants.schemas import InvitationView
from sloty_booking.appointments.showing import NAMES
from sloty_shared.database import enter_tenant
from sloty_shared.errors import NotFound
from sloty_shared.invitation import InvitationLink
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentParticipant,
    ParticipantStatus,
    Tenant,
)
from sloty_shared.web.changes import change_row
from sloty_shared.web.work import Work

_UNKNOWN = "This link is not valid, or whom it was for is not there any more."
# What staff has said of somebody who came or did not is not theirs to change.
_OPEN = frozenset(
    {ParticipantStatus.INVITED, ParticipantStatus.CONFIRMED, ParticipantStatus.DECLINED}
)


class Reply(StrEnum):
    CONFIRM = "confirm"
    DECLINE = "decline"
    UNSUBSCRIBE = "unsubscribe"


def invitation(work: Work, token: str) -> InvitationView:
    """What the participant comes along to. Raises NotFound."""
    participant = _participant(work, token)
    return _shown(work, participant, _appointment(work, participant))


def reply(work: Work, token: str, said: Reply) -> InvitationView:
    """Note it; said again, it is as it was.

    Raises NotFound, or AppointmentOver where it is too late to say whether one comes.
    """
    participant = _participant(work, token, to_change=True)
    appointment = _appointment(work, participant)
    if said is Reply.UNSUBSCRIBE:
        change_row(work, "participant.unsubscribed", participant, {"wants_reminders": False})
    else:
        is_over = appointment.status not in HOLDING or work.now >= appointment.start_time
        if is_over or participant.status not in _OPEN:
            raise AppointmentOver
        comes = said is Reply.CONFIRM
        status = ParticipantStatus.CONFIRMED if comes else ParticipantStatus.DECLINED
        change_row(work, "participant.replied", participant, {"status": status})
    return _shown(work, participant, appointment)


def _participant(work: Work, token: str, *, to_change: bool = False) -> AppointmentParticipant:
    """Whom the token is for; the work is then inside of their tenant. Raises NotFound."""
    link = InvitationLink.read(token, work.encryption)
    if link is None:
        raise NotFound(_UNKNOWN)
    enter_tenant(work.session, link.tenant_id)
    work.public_tenant = work.session.scalar(select(Tenant).where(Tenant.id == link.tenant_id))
    query = select(AppointmentParticipant).where(
        AppointmentParticipant.tenant_id == link.tenant_id,
        AppointmentParticipant.id == link.participant_id,
    )
    participant = work.session.scalar(query.with_for_update() if to_change else query)
    if work.public_tenant is None or participant is None:
        raise NotFound(_UNKNOWN)
    return participant


def _appointment(work: Work, participant: AppointmentParticipant) -> Appointment:
    query = select(Appointment).where(
        Appointment.tenant_id == participant.tenant_id,
        Appointment.id == participant.appointment_id,
    )
    return work.session.scalars(query.options(*NAMES)).one()


def _shown(
    work: Work, participant: AppointmentParticipant, appointment: Appointment
) -> InvitationView:
    service, provider = appointment.service, appointment.provider
    return InvitationView(
        business=work.tenant.name,
        name=participant.name,
        status=participant.status,
        wants_reminders=participant.wants_reminders,
        appointment_status=appointment.status,
        start_time=appointment.start_time,
        end_time=appointment.end_time,
        timezone=appointment.timezone,
        service=service.name,
        provider=provider.user.name,
        location=None if service.is_online else appointment.location.name,
    )
