"""Reading customers."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select

from sloty_shared.errors import NotFound
from sloty_shared.hot_statements import Detached, HotStatement
from sloty_shared.models import Customer
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work

_CUSTOMER = Detached(Customer)
_FIND = HotStatement(
    select(*_CUSTOMER.columns).where(
        Customer.tenant_id == bindparam("tenant_id"), Customer.id == bindparam("customer_id")
    )
)


def customers(
    work: Work, page: Page, *, email: str | None, phone: str | None, q: str | None
) -> tuple[list[Customer], str | None]:
    """Narrowed to one address, to one telephone number by its digits, and to a part `q`."""
    query = select(Customer).where(Customer.tenant_id == work.tenant.id)
    if email is not None:
        query = query.where(*has_email(work, email))
    if phone is not None:
        query = query.where(_digits(Customer.phone) == _digits(phone))
    if q is not None:
        name = Customer.first_name + " " + Customer.last_name
        searched = (name, Customer.email, Customer.phone)
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in searched)))
    return paginate(work.session, query, by=[Customer.id], page=page)


def customer(work: Work, customer_id: UUID) -> Customer:
    """To be read only. Raises NotFound, also for one of another tenant."""
    values = _FIND.first(work.session, {"tenant_id": work.tenant.id, "customer_id": customer_id})
    if values is None:
        raise no_customer()
    return _CUSTOMER.row(values)


def customer_to_change(work: Work, customer_id: UUID) -> Customer:
    """The same, locked until the transaction ends."""
    query = select(Customer).where(Customer.tenant_id == work.tenant.id, Customer.id == customer_id)
    found = work.session.scalar(query.with_for_update(key_share=True))
    if found is None:
        raise no_customer()
    return found


def no_customer() -> NotFound:
    return NotFound("There is no such customer.")


def customer_by_email(work: Work, email: str) -> Customer | None:
    return work.session.scalar(select(Customer).where(*has_email(work, email)))


def has_email(work: Work, email: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Addresses compare without case."""
    return (
        Customer.tenant_id == work.tenant.id,
        Customer.email_key == func.lower(email),
    )


def _digits(number: Any) -> ColumnElement[str]:
    return func.regexp_replace(number, "[^0-9]", "", "g")
