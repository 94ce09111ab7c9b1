"""Where the bytes of files lie: one object a file, in a folder or in a cloud's object store."""

import os
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from sloty_shared.errors import Unavailable

# A request waits no longer than this for a store, tried twice, and so ends before its client does.
_WAIT = timedelta(seconds=8)
_RETRIES = 1
_TROUBLE = (BaseError, OSError)

log = structlog.get_logger()


class FileStore:
    """One store. All its errors are Unavailable: none of them says anything about the request."""

    def __init__(self, url: str) -> None:
        self._folder = Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None
        try:
            self._store = (
                LocalStore(self._folder, mkdir=True)
                if self._folder is not None
                else from_url(
                    url,
                    client_options={
                        "timeout": _WAIT,
                        "connect_timeout": _WAIT / 2,
                        # Where the operator's own store is at http://, that is what they want.
                        "allow_http": True,
                    },
                    retry_config={"max_retries": _RETRIES, "retry_timeout": _WAIT},
                )
            )
        except _TROUBLE as trouble:
            raise _out_of_reach(trouble) from trouble

    def put(self, key: str, content: bytes) -> None:
        """Store all of it or nothing; once this returns, it survives a loss of power."""
        try:
            self._store.put(key, content, use_multipart=False)
            if self._folder is not None:
                _flush(self._folder / key)
        except _TROUBLE as trouble:
            raise _out_of_reach(trouble) from trouble

    def read(self, key: str, size: int) -> bytes:
        """The whole content. What is not there, or not whole, is out of reach too."""
        try:
            content = bytes(self._store.get(key).bytes())
        except _TROUBLE as trouble:
            raise _out_of_reach(trouble) from trouble
        if len(content) != size:
            raise _out_of_reach(f"{len(content)} bytes are there of {size}")
        return content

    def delete(self, key: str) -> None:
        """Remove the object; that there is none is as good."""
        try:
            self._store.delete(key)
        except FileNotFoundError:
            pass
        except _TROUBLE as trouble:
            raise _out_of_reach(trouble) from trouble
        if self._folder is not None:
            self._remove_unfinished(self._folder / key)

    def _remove_unfinished(self, path: Path) -> None:
        """What a process that was killed while it wrote has left beside the object's place."""
        try:
            for left in path.parent.glob(f"{path.name}#*"):
                left.unlink(missing_ok=True)
        except OSError as trouble:
            raise _out_of_reach(trouble) from trouble


@cache
def file_store(url: str) -> FileStore:
    """The process's store at this URL; made at first use, so after any fork."""
    return FileStore(url)


def object_key(tenant_id: UUID, file_id: UUID) -> str:
    """Made of ids alone: nothing that a client says has a part in it."""
    return f"{tenant_id}/{file_id}"


def _flush(path: Path) -> None:
    for each in (path, path.parent, path.parent.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _out_of_reach(trouble: object) -> Unavailable:
    """What the operator must know is in the first line; clients are told nothing of it."""
    log.warning("file_store_out_of_reach", trouble=str(trouble).partition("\n")[0])
    return Unavailable("The store of files is out of reach for the moment; try again.")
