"""`/v1/customers/{id}/export` and `/v1/customers/{id}/erase`: a person's right to their data."""

from sloty_booking.customers.erase import Erasure, HasComingAppointments, erase_customer
from sloty_booking.customers.export import CustomerExport, export_customer
from sloty_booking.customers.schemas import CustomerView
from sloty_shared.errors import NotFound
from sloty_shared.models import Customer
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["customers"])


@routes.read(
    "/customers/{customer_id}/export",
    allow=Permission.CUSTOMERS_READ,
    answer=CustomerExport,
    errors=(NotFound,),
    summary="Export a customer's data",
)
def export(work: Work, customer_id: UuidId) -> CustomerExport:
    """Everything that the business knows of one customer: for a person who asks what is kept."""
    return export_customer(work, customer_id)


@routes.act(
    "/customers/{customer_id}/erase",
    allow=Permission.CUSTOMERS_ERASE,
    answer=CustomerView,
    errors=(NotFound, HasComingAppointments),
    summary="Erase a customer's data",
)
def erase(work: Work, customer_id: UuidId, body: Erasure | None = None) -> Customer:
    """Nothing names the person any more; their appointments stay and count as before.

    Erased are the customer's fields, the texts, answers, files and participants of their appointments,
    recipients and contents of messages (what was not sent yet is skipped), their log-in with this
    business, and what audit events said of them. It cannot be undone. Coming appointments stand in
    the way (409 `has_coming_appointments`, with `appointmentIds`) unless `cancelAppointments` is
    true.
    """
    return erase_customer(
        work, customer_id, cancel_appointments=body is not None and body.cancel_appointments
    )
