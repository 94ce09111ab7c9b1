"""The booking API, put together from its features."""

from sloty_booking.appointments.routes import routes as appointments
from sloty_booking.catalog.routes import routes as catalog
from sloty_booking.customers.routes import routes as customers
from sloty_booking.identity.routes import routes as identity
from sloty_booking.notifications.routes import routes as notifications
from sloty_booking.staff.routes import routes as staff
from sloty_booking.tenants.routes import routes as tenants
from sloty_shared.settings import Settings
from sloty_shared.web.application import Api
from sloty_shared.web.assembly import create_service


def create_booking_api(settings: Settings) -> Api:
    return create_service(
        settings,
        name="booking",
        title="Sloty booking API",
        description="Businesses describe what can be booked, clients book it, and nobody twice.",
        routers=[identity, tenants, catalog, staff, customers, appointments, notifications],
    )
