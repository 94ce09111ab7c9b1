"""`/v1/services/{id}/parameters` and `/v1/services/{id}/form`."""

from typing import Any

from fastapi.responses import JSONResponse

from sloty_booking.forms import actions, queries
from sloty_booking.forms.json_schema import form_schema
from sloty_booking.forms.schemas import Form, NewParameter, ParameterChange, ParameterView
from sloty_shared.errors import Invalid, NotFound, VersionConflict
from sloty_shared.models import ServiceParameter
from sloty_shared.permissions import Permission
from sloty_shared.web.answer import Tagged
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["forms"], prefix="/v1/services/{service_id}")


class FormSchema(JSONResponse):
    """A JSON Schema, as the document names it."""

    media_type = "application/schema+json"


def tagged_form(schema: Any) -> Tagged:
    """The schema with a tag of what it says."""
    return Tagged.of(bytes(FormSchema(schema).body), FormSchema.media_type)


@routes.create(
    "/parameters",
    allow=Permission.SERVICES_WRITE,
    answer=ParameterView,
    errors=(NotFound, actions.ParameterExists, Invalid, actions.TooManyParameters),
    summary="Add a field to the form",
)
def create_parameter(work: Work, service_id: UuidId, body: NewParameter) -> ServiceParameter:
    """One question that whoever books the service answers; a form has at most 50.

    Which rules `validation` may hold depends on the type:

    | types | rules |
    |---|---|
    | TEXT, TEXTAREA, EMAIL, PHONE, URL | `minLength`, `maxLength`, `pattern` |
    | NUMBER | `min`, `max`: numbers |
    | DATE, TIME, DATETIME | `min`, `max`: values of the type |
    | MULTISELECT, CHECKBOX | `min`, `max`: how many are chosen |
    | FILE | `maxBytes`, `contentTypes` |
    | BOOLEAN, SELECT, RADIO | none |

    A `pattern` is a regular expression of ECMA-262 that runs in linear time: look-around and
    backreferences are refused. It is looked for anywhere in the text unless `^` and `$` say other.
    """
    return actions.create_parameter(work, service_id, body)


@routes.read(
    "/parameters",
    allow=Permission.SERVICES_READ,
    answer=Listing[ParameterView],
    errors=(NotFound,),
    summary="List the fields of the form",
)
def list_parameters(work: Work, service_id: UuidId, page: PageQuery) -> Listing[ParameterView]:
    """The fields in the form's order: by `order`, then oldest first."""
    return listing(ParameterView, queries.parameters(work, service_id, page))


@routes.read(
    "/parameters/{parameter_id}",
    allow=Permission.SERVICES_READ,
    answer=ParameterView,
    errors=(NotFound,),
    summary="Read a field of the form",
)
def read_parameter(work: Work, service_id: UuidId, parameter_id: UuidId) -> ServiceParameter:
    """One field."""
    return queries.parameter(work, service_id, parameter_id)


@routes.change(
    "/parameters/{parameter_id}",
    allow=Permission.SERVICES_WRITE,
    answer=ParameterView,
    errors=(NotFound, VersionConflict, actions.ParameterExists, Invalid),
    summary="Change a field of the form",
)
def change_parameter(
    work: Work, service_id: UuidId, parameter_id: UuidId, body: ParameterChange
) -> ServiceParameter:
    """Change what is named, for bookings from now on; earlier answers stay as they are."""
    return actions.change_parameter(work, service_id, parameter_id, body)


@routes.remove(
    "/parameters/{parameter_id}",
    allow=Permission.SERVICES_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a field of the form",
)
def delete_parameter(work: Work, service_id: UuidId, parameter_id: UuidId) -> None:
    """It is asked no more; earlier answers stay as they are."""
    actions.delete_parameter(work, service_id, parameter_id)


@routes.read(
    "/form",
    allow=Permission.SERVICES_READ,
    answer=Form,
    errors=(NotFound,),
    response_class=FormSchema,
    summary="The form as JSON Schema",
)
def read_form(work: Work, service_id: UuidId) -> Tagged:
    """What the `parameters` of a booking must be, as JSON Schema 2020-12.

    `x-type`, `x-order`, `x-group` and `x-labels` say how to draw a field; `formatMinimum` and
    `formatMaximum` are the bounds of dates and times.
    """
    return tagged_form(form_schema(*queries.form(work, service_id)))
