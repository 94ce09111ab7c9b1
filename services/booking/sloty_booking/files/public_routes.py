"""Files of whoever has no log-in: uploaded to a business, read by the code of an appointment."""

from typing import Annotated

from fastapi import Depends, Path

from sloty_booking.files import actions, queries
from sloty_booking.files.content import Attachment
from sloty_booking.files.routes import CONTENT_ERRORS, READ, UPLOAD, UPLOAD_ERRORS, Kept
from sloty_booking.files.schemas import PublicFile
from sloty_booking.files.upload import MULTIPART
from sloty_shared.models import File
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["public"], prefix="/v1/public")


async def _slug(slug: Annotated[str, Path(description="The business's slug or domain.")]) -> str:
    """For the API's document: the guard has led into the business by it already."""
    return slug


@routes.create(
    "/{slug}/files",
    public=True,
    answer=PublicFile,
    location="/v1/files/{0.id}",
    limit=UPLOAD,
    errors=UPLOAD_ERRORS,
    openapi_extra=MULTIPART,
    dependencies=[Depends(_slug)],
    summary="Upload a file to a business",
)
def upload_public_file(work: Work, kept: Kept) -> File:
    """A file whose id answers a field of type FILE of the business's public booking form.

    What is taken is what `POST /v1/files` takes; it can be downloaded once an appointment is
    booked with it, by the appointment's confirmation code.
    """
    return actions.finish(work, kept)


@routes.read(
    "/appointments/{confirmation_code}/files/{file_id}/content",
    public=True,
    response_class=Attachment,
    limit=READ,
    errors=CONTENT_ERRORS,
    summary="Download a file of an appointment by its code",
)
def download_public_file(work: Work, confirmation_code: str, file_id: UuidId) -> Attachment:
    """A file that answers the appointment's form, only ever as an attachment."""
    return queries.content_by_code(work, confirmation_code, file_id)
