"""A file's content as an answer, which is read after the route's transaction has ended."""

from fastapi import Response
from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from sloty_booking.files.names import attachment
from sloty_shared.errors import Unavailable
from sloty_shared.file_store import FileStore, file_store, object_key
from sloty_shared.models import File
from sloty_shared.settings import Settings


class NoStore(Unavailable):
    """This installation has no store of files: its operator must name one in SLOTY_FILES_URL."""

    code = "no_file_store"
    title = "No file store"


def store_of(settings: Settings) -> FileStore:
    """Raises NoStore, or Unavailable where it is out of reach."""
    if settings.files_url is None:
        raise NoStore
    return file_store(settings.files_url)


class Attachment(Response):
    """Only ever to be saved: no browser shows it, runs it, or guesses at what else it may be.

    The common headers refuse the guessing, and forbid everything to what is shown all the same.
    """

    media_type = "application/octet-stream"

    def __init__(self, file: File, settings: Settings) -> None:
        super().__init__(
            media_type=file.content_type,
            headers={"Content-Disposition": attachment(file.name)},
        )
        self._key = object_key(file.tenant_id, file.id)
        self._size = file.size
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing leaves before all of it is here, so that it is answered whole or refused."""
        self.body = await run_in_threadpool(self._read)
        self.headers["Content-Length"] = str(len(self.body))
        await super().__call__(scope, receive, send)

    def _read(self) -> bytes:
        return store_of(self._settings).read(self._key, self._size)
