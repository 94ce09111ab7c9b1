"""Reading the form of a service."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from sloty_booking.catalog import queries as catalog
from sloty_shared.errors import NotFound
from sloty_shared.models import Service, ServiceParameter
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def parameters(
    work: Work, service_id: UUID, page: Page
) -> tuple[list[ServiceParameter], str | None]:
    """In the form's order. Raises NotFound for a service that is not there."""
    catalog.service(work, service_id)
    by = [ServiceParameter.order, ServiceParameter.id]
    return paginate(work.session, _of(work, service_id), by=by, page=page)


def parameter(
    work: Work, service_id: UUID, parameter_id: UUID, *, to_change: bool = False
) -> ServiceParameter:
    """Raises NotFound, also for one of another service. `to_change` locks the row."""
    query = _of(work, service_id).where(ServiceParameter.id == parameter_id)
    found = work.session.scalar(query.with_for_update(key_share=True) if to_change else query)
    if found is None:
        raise NotFound("There is no such field in the form.")
    return found


def form(work: Work, service_id: UUID) -> tuple[Service, Sequence[ServiceParameter]]:
    """The service and all its parameters in order. Raises NotFound."""
    return catalog.service(work, service_id), parameters_of(work, service_id)


def parameters_of(work: Work, service_id: UUID) -> Sequence[ServiceParameter]:
    """All parameters of a service that is known to be there, in the form's order."""
    ordered = _of(work, service_id).order_by(ServiceParameter.order, ServiceParameter.id)
    return work.session.scalars(ordered).all()


def _of(work: Work, service_id: UUID) -> Select[ServiceParameter]:
    return select(ServiceParameter).where(
        ServiceParameter.tenant_id == work.tenant.id, ServiceParameter.service_id == service_id
    )
