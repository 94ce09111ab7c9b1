"""Reading customers."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from sloty_shared.errors import NotFound
from sloty_shared.models import Customer
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def customers(
    work: Work, page: Page, *, email: str | None, q: str | None
) -> tuple[list[Customer], str | None]:
    query = select(Customer).where(Customer.tenant_id == work.tenant.id)
    if email is not None:
        query = query.where(*has_email(work, email))
    if q is not None:
        query = query.where(
            or_(
                (Customer.first_name + " " + Customer.last_name).icontains(q, autoescape=True),
                Customer.email.icontains(q, autoescape=True),
            )
        )
    return paginate(work.session, query, by=[Customer.id], page=page)


def customer(work: Work, customer_id: UUID) -> Customer:
    """Raises NotFound, also for one of another tenant."""
    found = work.session.scalar(
        select(Customer).where(Customer.tenant_id == work.tenant.id, Customer.id == customer_id)
    )
    if found is None:
        raise NotFound("There is no such customer.")
    return found


def customer_by_email(work: Work, email: str) -> Customer | None:
    return work.session.scalar(select(Customer).where(*has_email(work, email)))


def has_email(work: Work, email: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Addresses compare without case."""
    return (
        Customer.tenant_id == work.tenant.id,
        Customer.email_key == func.lower(email),
    )
