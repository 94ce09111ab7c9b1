"""Adding, changing and removing customers, and finding or adding the one who books."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from sloty_booking.customers import queries
from sloty_booking.customers.schemas import CustomerChange, NewCustomer
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.models import Customer
from sloty_shared.web.changes import change_row, delete_row
from sloty_shared.web.work import Work


class CustomerExists(Conflict):
    """The tenant has a customer with this e-mail address."""

    code = "customer_exists"
    title = "Customer exists"


class InUse(Conflict):
    """Appointments refer to this customer: erase the customer instead."""

    code = "in_use"
    title = "In use"


def create_customer(work: Work, new: NewCustomer) -> Customer:
    """Raises CustomerExists."""
    customer = _insert(work, new)
    if customer is None:
        raise CustomerExists
    return customer


def change_customer(work: Work, customer_id: UUID, change: CustomerChange) -> Customer:
    """Raises NotFound, VersionConflict, or CustomerExists for the address of another one."""
    customer = queries.customer_to_change(work, customer_id)
    work.check_version(customer)
    with translating({"idx_customers_email_tenant": CustomerExists}):
        change_row(work, "customer.changed", customer, change.model_dump(exclude_unset=True))
    return customer


def delete_customer(work: Work, customer_id: UUID) -> None:
    """Raises NotFound, VersionConflict, or InUse."""
    customer = queries.customer_to_change(work, customer_id)
    work.check_version(customer)
    with translating({"fk_appointments_tenant_id_customer_id": InUse}):
        delete_row(work, "customer.deleted", customer)


def find_or_create_customer(work: Work, new: NewCustomer) -> Customer:
    """The customer with this address, as they are, or a new one."""
    return queries.customer_by_email(work, new.email) or add_customer(work, new)


def add_customer(work: Work, new: NewCustomer) -> Customer:
    """A new customer, or the one whom a concurrent booking has added since nobody was found."""
    return (
        _insert(work, new)
        or work.session.scalars(select(Customer).where(*queries.has_email(work, new.email))).one()
    )


def _insert(work: Work, new: NewCustomer) -> Customer | None:
    """None where the address is taken; waits for a concurrent insert of the same to end."""
    customer = work.session.scalar(
        insert(Customer)
        .values(tenant_id=work.tenant.id, **new.model_dump())
        .on_conflict_do_nothing(index_elements=[Customer.email_key, Customer.tenant_id])
        .returning(Customer)
    )
    if customer is not None:
        work.record("customer.created", customer)
    return customer
