"""Reading files: whoever sees the appointment sees its files, and who uploaded one sees it too."""

from uuid import UUID

from sqlalchemy import Select, func, or_, select

from sloty_booking.appointments import queries as appointments
from sloty_booking.files.content import Attachment
from sloty_shared.errors import NotFound
from sloty_shared.models import File, FileStatus
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work


def file(work: Work, file_id: UUID, *, to_change: bool = False) -> File:
    """Raises NotFound, also for one that the caller may not see. `to_change` locks the row."""
    query = _standing(work, file_id)
    caller = work.caller
    if caller.reach(Permission.APPOINTMENTS_READ) is not Reach.ALL:
        seen = appointments.ids_within_reach(work)
        query = query.where(
            or_(File.uploaded_by == caller.person.id, File.appointment_id.in_(seen))
        )
    return _one(work, query.with_for_update() if to_change else query)


def content(work: Work, file_id: UUID) -> Attachment:
    """Raises NotFound."""
    return Attachment(file(work, file_id), work.settings)


def content_by_code(work: Work, code: str, file_id: UUID) -> Attachment:
    """Of a file of the appointment that the code leads to. Raises NotFound."""
    appointment = appointments.appointment(work, code)
    own = _standing(work, file_id).where(File.appointment_id == appointment.id)
    return Attachment(_one(work, own), work.settings)


def stored_bytes(work: Work, *, only_loose: bool = False) -> int:
    """What the tenant's files have together, or those that nobody has attached."""
    query = select(func.coalesce(func.sum(File.size), 0)).where(
        File.tenant_id == work.tenant.id, File.status == FileStatus.STORED
    )
    if only_loose:
        query = query.where(File.appointment_id.is_(None))
    return work.session.scalars(query).one()


def _standing(work: Work, file_id: UUID) -> Select[File]:
    return select(File).where(
        File.tenant_id == work.tenant.id,
        File.id == file_id,
        File.status == FileStatus.STORED,
        or_(File.expires_at.is_(None), File.expires_at > work.now),
    )


def _one(work: Work, query: Select[File]) -> File:
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such file.")
    return found
