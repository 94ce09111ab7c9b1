"""`/v1/customers`."""

from sloty_booking.customers import actions, queries
from sloty_booking.customers.schemas import CustomerChange, CustomerView, NewCustomer
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import Customer
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import EmailAddress, PhoneNumber, ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["customers"])


@routes.create(
    "/customers",
    allow=Permission.CUSTOMERS_WRITE,
    answer=CustomerView,
    errors=(actions.CustomerExists,),
    summary="Add a customer",
)
def create_customer(work: Work, body: NewCustomer) -> Customer:
    """Somebody who books; one customer an e-mail address."""
    return actions.create_customer(work, body)


@routes.read(
    "/customers",
    allow=Permission.CUSTOMERS_READ,
    answer=Listing[CustomerView],
    summary="List customers",
)
def list_customers(
    work: Work,
    page: PageQuery,
    email: EmailAddress | None = None,
    phone: PhoneNumber | None = None,
    q: ShortText | None = None,
) -> Listing[CustomerView]:
    """The tenant's customers, oldest first.

    `email` compares without case, `phone` by its digits; `q` is part of a name, of the e-mail
    address or of the telephone number, without case.
    """
    return listing(CustomerView, queries.customers(work, page, email=email, phone=phone, q=q))


@routes.read(
    "/customers/{customer_id}",
    allow=Permission.CUSTOMERS_READ,
    answer=CustomerView,
    errors=(NotFound,),
    summary="Read a customer",
)
def read_customer(work: Work, customer_id: UuidId) -> Customer:
    """One customer."""
    return queries.customer(work, customer_id)


@routes.change(
    "/customers/{customer_id}",
    allow=Permission.CUSTOMERS_WRITE,
    answer=CustomerView,
    errors=(NotFound, VersionConflict, actions.CustomerExists),
    summary="Change a customer",
)
def change_customer(work: Work, customer_id: UuidId, body: CustomerChange) -> Customer:
    """Change what is named."""
    return actions.change_customer(work, customer_id, body)


@routes.remove(
    "/customers/{customer_id}",
    allow=Permission.CUSTOMERS_WRITE,
    errors=(NotFound, VersionConflict, actions.InUse),
    summary="Delete a customer",
)
def delete_customer(work: Work, customer_id: UuidId) -> None:
    """A customer with appointments cannot be deleted, only erased."""
    actions.delete_customer(work, customer_id)
