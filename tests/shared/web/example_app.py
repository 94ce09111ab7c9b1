"""A small application under the shared conventions: what the tests in this folder talk to."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Header, Request
from pydantic import Field
from sqlalchemy import text

from sloty_shared.errors import Conflict, FieldError, Invalid
from sloty_shared.readiness import Readiness
from sloty_shared.web.application import create_app
from sloty_shared.web.fields import (
    Count,
    Currency,
    EmailAddress,
    Instant,
    JsonObject,
    JsonValue,
    LocalDate,
    LongText,
    Minutes,
    Money,
    PhoneNumber,
    QueryInstant,
    ShortText,
    UuidId,
    WallTime,
    ZoneName,
)
from sloty_shared.web.paging import Listing, PageQuery
from sloty_shared.web.problems import problem_responses
from sloty_shared.web.routing import NO_LOGIN, Router
from sloty_shared.web.schemas import ApiModel, Choice, Resource


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Owner(ApiModel):
    first_name: ShortText
    email: EmailAddress | None = None


class NewThing(ApiModel):
    name: ShortText
    notes: LongText = ""
    owner: Owner | None = None
    phone: PhoneNumber | None = None
    starts_at: Instant | None = None
    day: LocalDate | None = None
    opens: WallTime | None = None
    timezone: ZoneName = "UTC"
    price: Money | None = None
    currency: Currency | None = None
    duration: Minutes = 30
    places: Count = 1
    is_active: bool = True
    colour: Choice[Colour] = Colour.RED
    parent_id: UuidId | None = None
    tags: Annotated[list[ShortText], Field(max_length=3)] = Field(default=[])
    settings: JsonObject = Field(default={})
    value: JsonValue = None


class Thing(Resource):
    name: str
    starts_at: Instant | None
    price: Money | None
    places: int
    colour: Colour


class Reason(ApiModel):
    reason: ShortText


class Given(Resource):
    given: list[str]


router = Router(tags=["things"], prefix="/v1")


@router.post("/things", status_code=201, responses=problem_responses(Conflict))
def create_thing(body: NewThing) -> Thing:
    return Thing.model_validate(body)


@router.get("/things")
def list_things(page: PageQuery, since: QueryInstant | None = None) -> Listing[Given]:
    return Listing(items=[Given(given=[str(page.limit), str(since)])], next_cursor=None)


@router.get("/things/{thing_id}")
def read_thing(thing_id: UuidId) -> Given:
    return Given(given=[str(thing_id)])


@router.patch("/things/{thing_id}")
def change_thing(thing_id: UuidId, body: NewThing, if_match: Annotated[int, Header()]) -> Given:
    return Given(given=[str(thing_id), str(if_match), *sorted(body.model_fields_set)])


@router.post("/things/{thing_id}/cancel")
def cancel_thing(thing_id: UuidId, body: Reason | None = None) -> Given:
    return Given(given=[str(thing_id), body.reason if body else "no reason"])


@router.get("/codes/{code}", openapi_extra=NO_LOGIN)
def read_code(code: str) -> Given:
    return Given(given=[code])


@router.post("/conflicts")
def refuse() -> Given:
    raise Conflict("Taken.", errors=[FieldError("/name", "Taken")], nextFree=["later"])


@router.post("/things/search")
def search_things() -> Given:
    """A word where an id may stand."""
    return Given(given=[])


@router.post("/failures")
def fail() -> Given:
    raise RuntimeError("a secret that only the log may hold")


class Statement(ApiModel):
    sql: str


@router.post("/statements")
def run_statement(request: Request, body: Statement) -> Given:
    """Run SQL on the database that the test has put into the application's state."""
    with request.app.state.engine.begin() as connection:
        return Given(given=[str(row) for row in connection.execute(text(body.sql))])


@router.post("/doubts")
def doubt(body: dict[str, Any]) -> Given:
    raise Invalid(errors=[FieldError(f"/{name}", "doubtful") for name in body])


def check_readiness() -> Readiness:
    return Readiness(ready=True, checks={"database": "ok", "broker": "out of reach"})


app = create_app(
    title="Example",
    description="What the tests talk to.",
    routers=[router],
    check_readiness=check_readiness,
    cors_origins=["https://shop.example.com"],
)
