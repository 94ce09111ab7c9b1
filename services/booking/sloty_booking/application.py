"""The booking API, put together from its features."""

from sloty_booking.api_keys.routes import routes as api_keys
from sloty_booking.appointments.life_routes import routes as appointment_life
from sloty_booking.appointments.participants.reply_routes import routes as invitations
from sloty_booking.appointments.participants.routes import routes as participants
from sloty_booking.appointments.routes import routes as appointments
from sloty_booking.audit.routes import routes as audit
from sloty_booking.catalog.routes import routes as catalog
from sloty_booking.customers.person_routes import routes as persons
from sloty_booking.customers.routes import routes as customers
from sloty_booking.days.routes import routes as days
from sloty_booking.files.public_routes import routes as public_files
from sloty_booking.files.routes import routes as files
from sloty_booking.forms.routes import routes as forms
from sloty_booking.holds.routes import routes as holds
from sloty_booking.identity.routes import routes as identity
from sloty_booking.message_templates.routes import routes as message_templates
from sloty_booking.notifications.routes import routes as notifications
from sloty_booking.notifications.unsubscribe_routes import routes as unsubscribe
from sloty_booking.oauth.routes import routes as oauth
from sloty_booking.pages.routes import pages_router
from sloty_booking.platform.routes import routes as platform
from sloty_booking.public.by_code import routes as public_appointments
from sloty_booking.public.holds import routes as public_holds
from sloty_booking.public.register import routes as register
from sloty_booking.public.routes import routes as public
from sloty_booking.public.waitlist import routes as public_waitlist
from sloty_booking.series.routes import routes as series
from sloty_booking.staff.routes import routes as staff
from sloty_booking.tenants.routes import routes as tenants
from sloty_booking.users.routes import routes as users
from sloty_booking.waitlist.offer_routes import routes as waitlist_offers
from sloty_booking.waitlist.routes import routes as waitlist
from sloty_booking.webhooks.routes import routes as webhooks
from sloty_shared.settings import Settings
from sloty_shared.web.application import Api
from sloty_shared.web.assembly import create_service

# Of two routes that fit an address the first counts: `series` would else be an appointment's id.
ROUTERS = [
    series,
    appointments,
    identity,
    oauth,
    tenants,
    users,
    api_keys,
    catalog,
    forms,
    files,
    staff,
    days,
    customers,
    persons,
    appointment_life,
    participants,
    holds,
    waitlist,
    notifications,
    message_templates,
    webhooks,
    unsubscribe,
    audit,
    register,
    public_appointments,
    public_holds,
    waitlist_offers,
    public_waitlist,
    invitations,
    public_files,
    public,
    platform,
]


def create_booking_api(settings: Settings) -> Api:
    return create_service(
        settings,
        name="booking",
        title="Sloty booking API",
        description="Businesses describe what can be booked, clients book it, and nobody twice.",
        routers=[*ROUTERS, pages_router()],
        # Whoever waits for a provider's lock, or for the disk, keeps nobody from working.
        connections=16,
    )
