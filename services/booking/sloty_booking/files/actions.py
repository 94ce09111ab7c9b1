"""Keeping files: the row comes first and goes last, so that no object is ever without one."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text

from sloty_booking.files import queries
from sloty_booking.files.content_types import ALLOWED, content_type_of
from sloty_booking.files.multipart import Sent, invalid, too_large
from sloty_booking.files.names import clean_name
from sloty_shared import audit
from sloty_shared.errors import Conflict, PlanLimit, Unavailable
from sloty_shared.models import File, FileStatus
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work

# Far longer than a store may take: whatever is unfinished after it will not be finished.
UPLOAD_LIFETIME = timedelta(hours=1)
UNATTACHED_LIFETIME = timedelta(hours=24)
# Of the tenant's quota: what others send and nobody books with cannot keep the tenant itself out.
LOOSE_SHARE = 4
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class FileQuota(PlanLimit):
    """The business has no room for this file; files of erased or unbooked forms make room."""

    code = "file_quota"
    title = "File quota reached"


class FileInUse(Conflict):
    """The file answers the form of an appointment: it stays as long as that does."""

    code = "file_in_use"
    title = "File in use"


def reserve(work: Work, sent: Sent) -> File:
    """The row under whose id the content is going to be stored; it expires unless that is done.

    Raises RequestValidationError for a type that is not taken, PayloadTooLarge or FileQuota.
    """
    kind = content_type_of(sent.content)
    if kind is None:
        raise invalid("This is none of " + ", ".join(each.name for each in ALLOWED))
    size = len(sent.content)
    most = work.tenant.settings.get("maxFileBytes")
    if most is not None and size > most:
        raise too_large(most)
    is_public = work.caller_or_none is None
    _refuse_full(work, size)
    file = File(
        tenant_id=work.tenant.id,
        name=clean_name(sent.name, kind),
        content_type=kind.name,
        size=size,
        is_public=is_public,
        uploaded_by=None if is_public else work.caller.member_id,
        expires_at=work.now + UPLOAD_LIFETIME,
    )
    work.session.add(file)
    work.session.flush()
    return file


def finish(work: Work, file_id: UUID) -> File:
    """The content is stored. Raises FileQuota, or Unavailable where it took longer than it may."""
    file = work.session.scalar(
        select(File)
        .where(
            File.tenant_id == work.tenant.id,
            File.id == file_id,
            File.status == FileStatus.PENDING,
            File.expires_at > work.now,
        )
        .with_for_update()
    )
    if file is None:
        raise Unavailable("Storing the file took too long; try again.")
    # One upload of a tenant at a time is counted, so that together they stay below the quota.
    work.session.execute(_LOCK, {"name": f"files {work.tenant.id}"})
    _refuse_full(work, file.size)
    file.status = FileStatus.STORED
    file.expires_at = work.now + UNATTACHED_LIFETIME
    work.session.flush()
    work.record("file.uploaded", file)
    return file


def delete_file(work: Work, file_id: UUID) -> None:
    """Raises NotFound, VersionConflict or FileInUse."""
    file = queries.file(work, file_id, to_change=True)
    work.check_version(file)
    if file.appointment_id is not None:
        raise FileInUse
    before = audit.snapshot(file)
    file.doom(work.now)
    work.session.flush()
    work.record("file.deleted", file, before=before)


def _refuse_full(work: Work, size: int) -> None:
    quota = work.settings.files_quota_bytes
    if queries.stored_bytes(work) + size > quota:
        raise FileQuota
    caller = work.caller_or_none
    if caller is not None and caller.reach(Permission.APPOINTMENTS_WRITE) is Reach.ALL:
        return
    if queries.stored_bytes(work, only_loose=True) + size > quota // LOOSE_SHARE:
        raise FileQuota
