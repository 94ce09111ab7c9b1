"""An upload's way around the transaction: what it is waits for a client or a store is not in one."""

import hashlib
from uuid import UUID

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from sloty_booking.files.actions import reserve
from sloty_booking.files.content import store_of
from sloty_booking.files.multipart import FIELD, read_body, sent_file
from sloty_shared.file_store import object_key
from sloty_shared.web.endpoint import work_ahead
from sloty_shared.web.runtime import runtime_of

# Laid over the route's description: the framework does not read the body.
MULTIPART = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {"type": "string", "contentMediaType": "application/octet-stream"}
                    },
                }
            }
        },
    }
}


async def keep_upload(request: Request) -> UUID | None:
    """Store the body's file; the id of its row, which the route is to finish.

    None where the request is one that was answered before. Raises what reading, admission and
    reserving do, and Unavailable where the store is out of reach: then the row expires.
    """
    most = runtime_of(request).settings.files_max_bytes
    body = await read_body(request, most)
    return await run_in_threadpool(_keep, request, body, most)


def _keep(request: Request, body: bytes, most: int) -> UUID | None:
    sent = sent_file(request.headers.get("content-type", ""), body, most)
    # Boundaries differ each time: the same request is the one with the same file.
    request.state.asked = hashlib.sha256(sent.name.encode() + b"\0" + sent.content).digest()
    with work_ahead(request) as work:
        if work is None:
            return None
        store, file = store_of(work.settings), reserve(work, sent)
    store.put(object_key(file.tenant_id, file.id), sent.content)
    return file.id
