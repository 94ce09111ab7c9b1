"""Everything that a business knows of one customer, as JSON."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from sloty_booking.appointments.participants.schemas import ParticipantView
from sloty_booking.appointments.schemas import AnswerView, AppointmentView
from sloty_booking.audit.queries import with_positions
from sloty_booking.audit.schemas import AuditEventView
from sloty_booking.customers import queries
from sloty_booking.customers.person import Person, find_person
from sloty_booking.customers.schemas import CustomerView
from sloty_booking.files.schemas import FileView
from sloty_booking.identity.schemas import UserView
from sloty_booking.notifications.schemas import NotificationView
from sloty_booking.waitlist.schemas import EntryView
from sloty_shared.models import (
    Appointment,
    AppointmentParameter,
    AppointmentParticipant,
    AuditEvent,
    File,
    Notification,
    WaitlistEntry,
)
from sloty_shared.web.schemas import Resource
from sloty_shared.web.work import Work


class ExportedParticipant(ParticipantView):
    appointment_id: UUID


class ExportedAppointment(Resource):
    appointment: AppointmentView
    parameters: list[AnswerView]
    participants: list[ExportedParticipant]


class CustomerExport(Resource):
    exported_at: datetime
    customer: CustomerView
    account: UserView | None = Field(description="Their log-in with this business.")
    appointments: list[ExportedAppointment] = Field(description="In order of their start.")
    participations: list[ExportedParticipant] = Field(
        description="Where they take part in the appointments of others."
    )
    waitlist: list[EntryView] = Field(description="What they wait or waited for.")
    files: list[FileView] = Field(description="Their content is at `/v1/files/{id}/content`.")
    notifications: list[NotificationView]
    audit_events: list[AuditEventView] = Field(description="Events about any of these, in order.")


def export_customer(work: Work, customer_id: UUID) -> CustomerExport:
    """Raises NotFound."""
    person = find_person(work, queries.customer(work, customer_id))
    participants = _participants(work, person)
    appointments = _appointments(work, person, participants)
    own = {exported.appointment.id for exported in appointments}
    return CustomerExport(
        exported_at=work.now,
        customer=CustomerView.model_validate(person.customer),
        account=UserView.model_validate(person.account) if person.account else None,
        appointments=appointments,
        participations=[each for each in participants if each.appointment_id not in own],
        waitlist=_waitlist(work, person),
        files=_files(work, person),
        notifications=_notifications(work, person),
        audit_events=_audit_events(work, person),
    )


def _participants(work: Work, person: Person) -> list[ExportedParticipant]:
    query = select(AppointmentParticipant).where(person.participants)
    return [
        ExportedParticipant.model_validate(row)
        for row in work.session.scalars(query.order_by(AppointmentParticipant.id))
    ]


def _appointments(
    work: Work, person: Person, participants: list[ExportedParticipant]
) -> list[ExportedAppointment]:
    answers: dict[UUID, list[AnswerView]] = defaultdict(list)
    for row in work.session.scalars(
        select(AppointmentParameter)
        .where(AppointmentParameter.appointment_id.in_(person.appointment_ids))
        .order_by(AppointmentParameter.id)
    ):
        answers[row.appointment_id].append(AnswerView.model_validate(row))
    appointments = work.session.scalars(
        select(Appointment)
        .where(Appointment.id.in_(person.appointment_ids))
        .order_by(Appointment.start_time, Appointment.id)
    )
    return [
        ExportedAppointment(
            appointment=AppointmentView.model_validate(each),
            parameters=answers[each.id],
            participants=[one for one in participants if one.appointment_id == each.id],
        )
        for each in appointments
    ]


def _waitlist(work: Work, person: Person) -> list[EntryView]:
    query = (
        select(WaitlistEntry)
        .where(WaitlistEntry.id.in_(person.waitlist_ids))
        .order_by(WaitlistEntry.joined_at, WaitlistEntry.id)
        .options(joinedload(WaitlistEntry.offer))
    )
    return [EntryView.model_validate(row) for row in work.session.scalars(query)]


def _files(work: Work, person: Person) -> list[FileView]:
    query = select(File).where(person.files).order_by(File.id)
    return [FileView.model_validate(row) for row in work.session.scalars(query)]


def _notifications(work: Work, person: Person) -> list[NotificationView]:
    query = select(Notification).where(person.messages).order_by(Notification.id)
    return [NotificationView.model_validate(row) for row in work.session.scalars(query)]


def _audit_events(work: Work, person: Person) -> list[AuditEventView]:
    events = work.session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.tenant_id == work.tenant.id,
            AuditEvent.entity_id.in_(person.entity_ids(work)),
        )
        .order_by(AuditEvent.occurred_at, AuditEvent.id)
    )
    return with_positions(work, list(events))
