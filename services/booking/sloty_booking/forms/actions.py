"""Defining the fields of a service's form."""

from uuid import UUID

from sqlalchemy import func, select

from sloty_booking.catalog import queries as catalog
from sloty_booking.forms import queries
from sloty_booking.forms.schemas import NewParameter, ParameterChange
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, Invalid
from sloty_shared.models import ServiceParameter
from sloty_shared.web.changes import as_changed, change_row, delete_row
from sloty_shared.web.work import Work

MAX_PARAMETERS = 50


class ParameterExists(Conflict):
    """The service's form has a field of this name."""

    code = "parameter_exists"
    title = "Parameter exists"


class TooManyParameters(Invalid):
    """The service's form has as many fields as a form may have."""

    code = "too_many"
    title = "Too many"


ONE_OF_A_NAME = {"uq_service_parameters_service_id_name": ParameterExists}


def create_parameter(work: Work, service_id: UUID, new: NewParameter) -> ServiceParameter:
    """Raises NotFound for a service that is not there, ParameterExists or TooManyParameters."""
    service = catalog.service(work, service_id, to_change=True)
    count = work.session.scalar(
        select(func.count())
        .select_from(ServiceParameter)
        .where(
            ServiceParameter.tenant_id == work.tenant.id,
            ServiceParameter.service_id == service.id,
        )
    )
    if (count or 0) >= MAX_PARAMETERS:
        raise TooManyParameters(f"A form has at most {MAX_PARAMETERS} fields.")
    parameter = ServiceParameter(tenant_id=work.tenant.id, service_id=service.id, **new.columns())
    work.session.add(parameter)
    with translating(ONE_OF_A_NAME):
        work.session.flush()
    work.record("service_parameter.created", parameter)
    return parameter


def change_parameter(
    work: Work, service_id: UUID, parameter_id: UUID, change: ParameterChange
) -> ServiceParameter:
    """Raises NotFound, VersionConflict, ParameterExists, or Invalid for what would come of it."""
    parameter = queries.parameter(work, service_id, parameter_id, to_change=True)
    work.check_version(parameter)
    target = as_changed(NewParameter, parameter, change)
    with translating(ONE_OF_A_NAME):
        change_row(work, "service_parameter.changed", parameter, target.columns())
    return parameter


def delete_parameter(work: Work, service_id: UUID, parameter_id: UUID) -> None:
    """Raises NotFound or VersionConflict."""
    parameter = queries.parameter(work, service_id, parameter_id, to_change=True)
    work.check_version(parameter)
    delete_row(work, "service_parameter.deleted", parameter)
