"""What can go wrong for a caller: each error with its HTTP status and a code that never changes.

A feature's own errors stand beside its actions; this file holds those that several features share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field and what is wrong with it.

    `pointer` is an RFC 6901 pointer into the body (`/customer/email`; the empty string is the
    whole body), or `query:limit`, `header:if-match` for what came outside of it.
    """

    pointer: str
    detail: str


class SlotyError(Exception):
    """The request cannot be answered."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        """Without `detail` the class's docstring is what the caller reads.

        `extra` become members of the problem document, in camelCase as given: JSON values only.
        """
        self.detail = detail or " ".join((self.__doc__ or self.title).split())
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra
        super().__init__(self.detail)


class MalformedJson(SlotyError):
    """The body is not a JSON document that this API reads."""

    status = 400
    code = "malformed_json"
    title = "Malformed JSON"


class Unauthenticated(SlotyError):
    """This needs a valid bearer token."""

    status = 401
    code = "unauthenticated"
    title = "Not authenticated"

    def __init__(self, detail: str | None = None, **more: Any) -> None:
        more["headers"] = {"WWW-Authenticate": "Bearer"} | (more.get("headers") or {})
        super().__init__(detail, **more)


class SubscriptionRequired(SlotyError):
    """The tenant's subscription does not allow creating anything new."""

    status = 402
    code = "subscription_required"
    title = "Subscription required"


class PlanLimit(SlotyError):
    """The tenant's plan does not include more of these."""

    status = 402
    code = "plan_limit"
    title = "Plan limit reached"


class Forbidden(SlotyError):
    """The caller's role does not allow this."""

    status = 403
    code = "forbidden"
    title = "Forbidden"


class TenantSuspended(SlotyError):
    """This business is not active."""

    status = 403
    code = "tenant_suspended"
    title = "Tenant suspended"


class NotFound(SlotyError):
    """There is nothing here."""

    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(SlotyError):
    """This contradicts what is already there."""

    status = 409
    code = "conflict"
    title = "Conflict"


class VersionConflict(SlotyError):
    """It has changed since the version that If-Match names; read it again."""

    status = 412
    code = "version_conflict"
    title = "Version conflict"


class PayloadTooLarge(SlotyError):
    """The body is larger than this API reads."""

    status = 413
    code = "payload_too_large"
    title = "Payload too large"


class UnsupportedMediaType(SlotyError):
    """The body must be JSON in UTF-8, sent as application/json."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"


class Invalid(SlotyError):
    """Some of what was sent is missing or not valid."""

    status = 422
    code = "validation_failed"
    title = "Validation failed"


class RetryableError(SlotyError):
    """An error that goes away by itself; the caller is told when to come back."""

    def __init__(
        self, detail: str | None = None, *, retry_after_seconds: int = 1, **more: Any
    ) -> None:
        more["headers"] = {"Retry-After": str(retry_after_seconds)} | (more.get("headers") or {})
        super().__init__(detail, **more)


class TooManyRequests(RetryableError):
    """Too many requests; try again later."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"


class Unavailable(RetryableError):
    """Something this needs is out of reach for the moment; try again."""

    status = 503
    code = "unavailable"
    title = "Unavailable"
