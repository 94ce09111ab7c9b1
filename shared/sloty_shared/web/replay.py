"""Idempotency keys: a POST that is sent again gets its first answer again.

The answer is kept in the transaction of the work itself, so that a crash between commit and answer
still replays. A refusal has rolled its work back and is kept right after.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from sloty_shared.encryption import Encryption
from sloty_shared.errors import Conflict, FieldError, Invalid, SlotyError
from sloty_shared.models import IdempotencyKey
from sloty_shared.web.work import Work

HEADER = "idempotency-key"
LIFETIME = timedelta(hours=24)
LONGEST_KEY = 255
PURPOSE = "idempotency"
# Refusals that a repetition would meet again; 401, 429 and 5xx may pass away.
KEPT_REFUSALS = frozenset({409, 422})
_KEPT_HEADERS = ("content-type", "location", "etag")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


class StillInFlight(Conflict):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "idempotency_in_flight"
    title = "Still in flight"


class KeyMismatch(Invalid):
    """This Idempotency-Key came with another request before."""

    code = "idempotency_mismatch"
    title = "Idempotency key mismatch"


@dataclass(frozen=True, slots=True)
class Replay:
    """One key of one caller, and the request that it came with."""

    tenant_id: UUID
    key: str
    caller: str
    request_hash: bytes
    encryption: Encryption

    @classmethod
    def of(cls, request: Request, work: Work) -> "Replay | None":
        """None for a request that is not to be kept. Raises Invalid for a key that is none."""
        keys = request.headers.getlist(HEADER)
        if not keys or request.method != "POST" or not _has_tenant(work):
            return None
        key = keys[0]
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise _bad_key("A key is 1 to 255 printable ASCII characters")
        if len(keys) > 1:
            raise _bad_key("A request has one key")
        return cls(
            tenant_id=work.tenant.id,
            key=key,
            caller=_caller(request, work),
            request_hash=_hash(request),
            encryption=work.encryption,
        )

    def first_answer(self, session: Session, now: datetime) -> Response | None:
        """The kept answer. Raises StillInFlight or KeyMismatch.

        The lock is held until the work has committed, so a second request meets it or the answer.
        """
        name = f"{self.tenant_id} {self.caller} {self.key}"
        if not session.scalar(_TRY_LOCK, {"name": name}):
            raise StillInFlight
        kept = session.scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.tenant_id == self.tenant_id,
                IdempotencyKey.caller == self.caller,
                IdempotencyKey.key == self.key,
            )
        )
        if kept is None or kept.expires_at <= now:
            return None
        if kept.request_hash != self.request_hash:
            raise KeyMismatch
        return self._opened(kept)

    def once(self, work: Work, make: Callable[[], Response]) -> Response:
        """The first answer, or where there is none what is made now, which is kept then.

        Raises StillInFlight, KeyMismatch, or what making it raises.
        """
        response = self.first_answer(work.session, work.now)
        if response is None:
            response = make()
            self.keep(work.session, response, work.now)
        return response

    def is_kept(self, refusal: SlotyError) -> bool:
        return refusal.status in KEPT_REFUSALS and not isinstance(
            refusal, StillInFlight | KeyMismatch
        )

    def keep(self, session: Session, response: Response, now: datetime) -> None:
        """Remember the answer for a day, sealed: it may hold personal data and secrets."""
        headers = {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        }
        document = json.dumps({"headers": headers, "body": bytes(response.body).decode()})
        kept = {
            "request_hash": self.request_hash,
            "status": response.status_code,
            "response": self.encryption.seal(document.encode(), PURPOSE),
            "expires_at": now + LIFETIME,
        }
        session.execute(
            insert(IdempotencyKey)
            .values(tenant_id=self.tenant_id, key=self.key, caller=self.caller, **kept)
            # What stands there is another request's answer, unless its day is over.
            .on_conflict_do_update(
                index_elements=["tenant_id", "caller", "key"],
                set_=kept | {"created_at": func.now()},
                where=IdempotencyKey.expires_at <= now,
            )
        )

    def _opened(self, kept: IdempotencyKey) -> Response:
        document = json.loads(self.encryption.open(kept.response, PURPOSE))
        return Response(
            document["body"],
            status_code=kept.status,
            headers={**document["headers"], "Idempotent-Replayed": "true"},
        )


def _bad_key(said: str) -> Invalid:
    return Invalid(errors=[FieldError(f"header:{HEADER}", said)])


def _has_tenant(work: Work) -> bool:
    return work.caller_or_none is not None or work.public_tenant is not None


def _caller(request: Request, work: Work) -> str:
    actor = work.actor
    return f"{actor.type} {actor.id}" if actor.id else f"{actor.type} {request.url.path}"


def _hash(request: Request) -> bytes:
    # Whoever read the body has left here what it says, be it JSON or a form with a file.
    body: bytes = getattr(request.state, "asked", b"")
    asked = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(asked.encode() + body).digest()
