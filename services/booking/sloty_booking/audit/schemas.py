"""The JSON of audit events."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field
from pydantic.alias_generators import to_camel

from sloty_shared.models import ActorType
from sloty_shared.web.schemas import Resource


def _in_camel_case(columns: Any) -> Any:
    """A snapshot names columns; clients know them by the names of the API's fields."""
    if not isinstance(columns, dict):
        return columns
    return {to_camel(name): value for name, value in columns.items()}


Snapshot = Annotated[dict[str, Any] | None, BeforeValidator(_in_camel_case)]


class AuditEventView(Resource):
    id: UUID
    occurred_at: datetime
    actor_type: ActorType = Field(
        description="`PUBLIC` acts without a log-in, `SYSTEM` is Sloty itself."
    )
    actor_id: UUID | None = Field(description="The user or the API key.")
    acting_role: str | None = Field(
        description="As whom: `SUPER_ADMIN` where the platform acted inside this business.",
        examples=["TENANT_ADMIN"],
    )
    action: str = Field(examples=["appointment.cancelled"])
    entity_type: str = Field(examples=["Appointment"])
    entity_id: UUID | None
    before: Snapshot = Field(description="The record before; null where there was none.")
    after: Snapshot = Field(description="The record after, never with secrets.")
    request_id: str | None
    address: str | None = Field(description="The network address that the request came from.")
    erased: bool = Field(
        description="A person's data were erased, and with them what this event said of them."
    )
    sealed: bool = Field(description="Whether it has its place in the business's hash chain yet.")
    position: int | None = Field(description="Its place in the hash chain, the first is 1.")
