"""Changing and deleting rows: what a change may say, and how it is applied and recorded."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema
from sqlalchemy.exc import IntegrityError

from sloty_shared import audit
from sloty_shared.errors import Invalid
from sloty_shared.models import Base
from sloty_shared.web.problems import field_error
from sloty_shared.web.work import Work

T = TypeVar("T")
Body = TypeVar("Body", bound=BaseModel)


def _none_if_empty(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
    return None if value == "" else validate(value)


class _Clears:
    """In a change `null` leaves a field as it is, so that an empty text is what clears one."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_none_if_empty, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "string", "const": ""}]}


Clearable = Annotated[T | None, _Clears()]
"""A field of a change that `""` empties: `phone: Clearable[PhoneNumber] = None`."""


def as_changed(body: type[Body], row: Base, change: BaseModel) -> Body:
    """The row as the change would leave it, held to what holds for a new one.

    Raises Invalid with the fields at fault.
    """
    present = {field.alias: getattr(row, name) for name, field in body.model_fields.items()}
    try:
        return body.model_validate(present | change.model_dump(exclude_unset=True, by_alias=True))
    except ValidationError as problem:
        raise Invalid(
            errors=[
                field_error({**found, "loc": ("body", *found["loc"])})
                for found in problem.errors(include_url=False, include_input=False)
            ]
        ) from None


def change_row(work: Work, action: str, row: Base, values: Mapping[str, Any]) -> None:
    """Set these columns and record `action`; what changes nothing leaves no event."""
    before = audit.snapshot(row)
    for name, value in values.items():
        setattr(row, name, value)
    if work.session.is_modified(row):
        work.session.flush()
        work.record(action, row, before=before)


def delete_row(work: Work, action: str, row: Base) -> None:
    """Delete the row and record `action`."""
    before = audit.snapshot(row)
    work.session.delete(row)
    work.session.flush()
    work.record(action, row, before=before, after={})


def delete_unless_in_use(work: Work, action: str, row: Base) -> bool:
    """Delete the row and record `action`, or return False where other rows refer to it.

    The database says whether any do, so that none can come in between.
    """
    try:
        with work.session.begin_nested():
            delete_row(work, action, row)
    except IntegrityError:
        return False
    return True
