"""`/v1/appointments/{id}/participants`."""

from sloty_booking.appointments.participants import actions, queries
from sloty_booking.appointments.participants.schemas import (
    NewParticipant,
    ParticipantChange,
    ParticipantView,
)
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import AppointmentParticipant
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["participants"], prefix="/v1/appointments/{appointment_id}/participants")


@routes.create(
    "",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=ParticipantView,
    errors=(NotFound, actions.AppointmentOver, actions.TooManyParticipants),
    summary="Add a participant",
)
def add_participant(
    work: Work, appointment_id: UuidId, body: NewParticipant
) -> AppointmentParticipant:
    """Somebody who comes along. With an e-mail address they are invited, and told of changes."""
    return actions.add_participant(work, appointment_id, body)


@routes.read(
    "",
    allow=Permission.APPOINTMENTS_READ,
    answer=Listing[ParticipantView],
    errors=(NotFound,),
    summary="List participants",
)
def list_participants(
    work: Work, appointment_id: UuidId, page: PageQuery
) -> Listing[ParticipantView]:
    """Who comes along, in the order in which they were named."""
    return listing(ParticipantView, queries.participants(work, appointment_id, page))


@routes.read(
    "/{participant_id}",
    allow=Permission.APPOINTMENTS_READ,
    answer=ParticipantView,
    errors=(NotFound,),
    summary="Read a participant",
)
def read_participant(
    work: Work, appointment_id: UuidId, participant_id: UuidId
) -> AppointmentParticipant:
    """One participant."""
    return queries.participant(work, appointment_id, participant_id)


@routes.change(
    "/{participant_id}",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=ParticipantView,
    errors=(NotFound, VersionConflict),
    summary="Change a participant",
)
def change_participant(
    work: Work, appointment_id: UuidId, participant_id: UuidId, body: ParticipantChange
) -> AppointmentParticipant:
    """Change what is named; who is DECLINED gets no more messages."""
    return actions.change_participant(work, appointment_id, participant_id, body)


@routes.remove(
    "/{participant_id}",
    allow=Permission.APPOINTMENTS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Remove a participant",
)
def remove_participant(work: Work, appointment_id: UuidId, participant_id: UuidId) -> None:
    """They do not come along; messages to them that are not sent yet go with them."""
    actions.remove_participant(work, appointment_id, participant_id)
