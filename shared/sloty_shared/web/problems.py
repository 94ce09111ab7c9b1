"""Every error as an RFC 9457 problem document, with nothing of our inside in it."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from sloty_shared.errors import (
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    PayloadTooLarge,
    SlotyError,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:sloty:problem:"

_log = structlog.get_logger(__name__)

# Constraints that a concurrent change can break even after an action has looked.
_UNIQUE, _EXCLUSION, _FOREIGN_KEY = "23505", "23P01", "23503"
# The server hung up on a transaction that stood still, or is read-only while it changes over.
_CUT_OFF = frozenset({"25006", "25P03", "25P04"})


class BadField(BaseModel):
    """One bad field of a request."""

    pointer: str = Field(
        description="RFC 6901 pointer into the body (empty for the whole body), "
        "or `query:name`, `header:name`.",
        examples=["/customer/email"],
    )
    detail: str


class Problem(BaseModel):
    """What went wrong, after RFC 9457; some problems have further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="A URN that ends in the code.", examples=["urn:sloty:problem:not_found"]
    )
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable: programs decide by it.", examples=["not_found"])
    errors: list[BadField] = Field(
        default=[], description="Every bad field; there for validation errors only."
    )


class BadRequest(SlotyError):
    """This is not a request that this API understands."""

    status = 400
    code = "bad_request"
    title = "Bad request"


class MethodNotAllowed(SlotyError):
    """This method does not exist here."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"


# What the framework raises by itself.
_FRAMEWORK_ERRORS: dict[int, type[SlotyError]] = {
    kind.status: kind for kind in (BadRequest, NotFound, MethodNotAllowed, PayloadTooLarge)
}


class ProblemResponse(Response):
    media_type = MEDIA_TYPE


def problem_response(error: SlotyError) -> ProblemResponse:
    """The error's document with its status and headers."""
    return _render(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        extra=error.extra,
        headers=error.headers,
    )


def internal_problem() -> ProblemResponse:
    """The answer to what nobody foresaw: it says nothing."""
    return _render(
        status=500,
        code=SlotyError.code,
        title=SlotyError.title,
        detail="Something went wrong on our side. The log holds it under this request's id.",
    )


def problem_responses(*errors: type[SlotyError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with these errors, for the API's document."""
    responses: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        said = f"`{error.code}`: {' '.join((error.__doc__ or error.title).split())}"
        earlier = responses.get(error.status)
        responses[error.status] = _described(
            f"{earlier['description']} {said}" if earlier else said
        )
    return responses


def _described(description: str) -> dict[str, Any]:
    """A problem document in the API's document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


ANY_PROBLEM = _described("A problem: the code says which.")
"""What the API's document says of all answers that it does not name."""


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every exception but the unforeseen with its problem document."""
    handlers: dict[type[Exception], Any] = {
        SlotyError: _answer_sloty_error,
        RequestValidationError: _answer_validation_error,
        HTTPException: _answer_http_exception,
        sqlalchemy.exc.SQLAlchemyError: _answer_database_error,
        psycopg.Error: _answer_database_error,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _answer_sloty_error(_request: Request, error: SlotyError) -> Response:
    return problem_response(error)


async def _answer_validation_error(request: Request, error: RequestValidationError) -> Response:
    return problem_response(refusal_of(request, error))


def refusal_of(request: Request, error: RequestValidationError) -> SlotyError:
    """What the framework found wrong with a request, in our own terms."""
    found = error.errors()
    if any(one["loc"][0] == "path" for one in found):
        return _nothing_there(request)
    return Invalid(errors=[field_error(one) for one in found])


async def _answer_http_exception(request: Request, error: HTTPException) -> Response:
    kind = _FRAMEWORK_ERRORS.get(error.status_code)
    if kind is MethodNotAllowed:
        return problem_response(MethodNotAllowed(headers={"Allow": _allowed_methods(request)}))
    if kind is not None:
        return problem_response(kind(headers=error.headers))
    phrase = HTTPStatus(error.status_code).phrase
    return _render(
        status=error.status_code,
        code=f"http_{error.status_code}",
        title=phrase,
        detail=f"{phrase}.",
        headers=error.headers,
    )


def _nothing_there(request: Request) -> SlotyError:
    """A malformed id is an address where nothing is, unless it is another route's own word."""
    allowed = _allowed_methods(request)
    if request.method in allowed.split(", "):
        return NotFound()
    return MethodNotAllowed(headers={"Allow": allowed})


def _allowed_methods(request: Request) -> str:
    """Ask every route, since the framework names the methods of the first that fits the path.

    Of `/schedule/holidays` and `/schedule/{override_id}` the first alone is meant.
    """
    scope = {key: request.scope[key] for key in ("type", "path", "root_path", "headers")}
    fitting = [
        (route.path, method)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        for route in request.app.routes
        if isinstance(route, APIRoute)
        and route.matches({**scope, "method": method})[0] is Match.FULL
    ]
    meant = min((path for path, _ in fitting), key=lambda path: path.count("{"), default="")
    allowed = [method for path, method in fitting if path == meant]
    return ", ".join(["HEAD", *allowed] if "GET" in allowed else allowed)


async def _answer_database_error(_request: Request, error: Exception) -> Response:
    """The last resort where an action did not foresee what the database would refuse."""
    answer = _database_problem(error)
    if answer is None:
        raise error
    _log.warning("database_refused", error=type(error).__name__, sqlstate=_sqlstate(error))
    return problem_response(answer)


def _database_problem(error: Exception) -> SlotyError | None:
    out_of_reach = (
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.InterfaceError,
        sqlalchemy.exc.DisconnectionError,
        sqlalchemy.exc.TimeoutError,
        psycopg.OperationalError,
        psycopg.InterfaceError,
    )
    sqlstate = _sqlstate(error)
    if isinstance(error, out_of_reach) or sqlstate in _CUT_OFF:
        return Unavailable()
    if isinstance(error, sqlalchemy.exc.DataError | psycopg.DataError):
        return Invalid("Some value is outside of what can be stored.")
    if sqlstate in {_UNIQUE, _EXCLUSION, _FOREIGN_KEY}:
        return Conflict()
    return None


def _sqlstate(error: BaseException | None) -> str | None:
    origin = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    return origin.sqlstate if isinstance(origin, psycopg.Error) else None


def field_error(found: Mapping[str, Any]) -> FieldError:
    """A validation error of pydantic without the input that caused it."""
    source, *path = found["loc"]
    # Pydantic's own word for a key that is at fault, and no part of the body.
    path = [step for step in path if step != "[key]"]
    if source == "body":
        pointer = "".join(f"/{_escaped(step)}" for step in path)
    else:
        pointer = f"{source}:{'/'.join(str(step) for step in path)}"
    return FieldError(pointer, _said(found))


def _said(found: Mapping[str, Any]) -> str:
    if found["type"] == "extra_forbidden":
        return "This field is not known"
    return str(found["msg"]).removeprefix("Value error, ")


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _render(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    document: dict[str, Any] = {
        **(extra or {}),
        "type": TYPE_PREFIX + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        document["errors"] = [
            {"pointer": error.pointer, "detail": error.detail} for error in errors
        ]
    # ASCII, so that no text from outside can make the answer unencodable.
    return ProblemResponse(json.dumps(document), status_code=status, headers=headers)
