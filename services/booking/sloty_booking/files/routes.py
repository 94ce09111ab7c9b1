"""`/v1/files`, and files of the public."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from limits import RateLimitItemPerMinute

from sloty_booking.files import actions, queries
from sloty_booking.files.content import Attachment, NoStore
from sloty_booking.files.multipart import NotMultipart
from sloty_booking.files.schemas import FileView
from sloty_booking.files.upload import MULTIPART, keep_upload
from sloty_shared.errors import (
    Invalid,
    NotFound,
    PayloadTooLarge,
    Unavailable,
    VersionConflict,
)
from sloty_shared.models import File
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

UPLOAD_ERRORS = (
    NotMultipart,
    PayloadTooLarge,
    Invalid,
    actions.FileQuota,
    Unavailable,
    NoStore,
)
CONTENT_ERRORS = (NotFound, Unavailable, NoStore)
# Each stores something for a stranger.
UPLOAD = RateLimitItemPerMinute(20)
READ = RateLimitItemPerMinute(60)

Kept = Annotated[UUID, Depends(keep_upload)]

routes = Routes(tags=["files"])


@routes.create(
    "/files",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=FileView,
    errors=UPLOAD_ERRORS,
    openapi_extra=MULTIPART,
    summary="Upload a file",
)
def upload_file(work: Work, kept: Kept) -> File:
    """A file whose id answers a form's field of type FILE when an appointment is booked.

    Taken are PDF, PNG, JPEG, GIF, WebP and HEIC, told by their content, up to the business's
    `maxFileBytes`. What no appointment is booked with is removed after 24 hours.
    """
    return actions.finish(work, kept)


@routes.read(
    "/files/{file_id}",
    allow=Permission.APPOINTMENTS_READ,
    answer=FileView,
    errors=(NotFound,),
    summary="Read what a file is",
)
def read_file(work: Work, file_id: UuidId) -> File:
    """For whoever may see the appointment that it answers, and who uploaded it."""
    return queries.file(work, file_id)


@routes.read(
    "/files/{file_id}/content",
    allow=Permission.APPOINTMENTS_READ,
    response_class=Attachment,
    errors=CONTENT_ERRORS,
    summary="Download a file",
)
def download_file(work: Work, file_id: UuidId) -> Attachment:
    """The bytes as they were uploaded, only ever as an attachment."""
    return queries.content(work, file_id)


@routes.remove(
    "/files/{file_id}",
    allow=Permission.APPOINTMENTS_WRITE,
    errors=(NotFound, VersionConflict, actions.FileInUse),
    summary="Delete a file",
)
def delete_file(work: Work, file_id: UuidId) -> None:
    """One that no appointment was booked with; its bytes are removed shortly after."""
    actions.delete_file(work, file_id)
