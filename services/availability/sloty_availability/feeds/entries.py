"""Appointments as entries of an iCalendar document."""

from collections.abc import Iterable

from sloty_shared.calendar_entry import event_of, new_calendar
from sloty_shared.icalendar import Component
from sloty_shared.models import Appointment, Location, Provider, Tenant


def calendar_of(provider: Provider, tenant: Tenant, appointments: Iterable[Appointment]) -> bytes:
    """The same bytes as long as nothing changes, so that a reader can ask whether something did."""
    calendar = new_calendar("Calendar feed", "PUBLISH")
    calendar.add("x-wr-calname", f"{provider.user.name or provider.user.email}, {tenant.name}")
    for appointment in appointments:
        calendar.add_component(_event(appointment))
    return calendar.to_ical()


def _event(appointment: Appointment) -> Component:
    """Who comes and for what; how to reach them stays inside, since calendars are shared on."""
    customer, service = appointment.customer, appointment.service
    return event_of(
        appointment,
        summary=f"{service.name}: {customer.first_name} {customer.last_name}".strip(),
        place="" if service.is_online else _place(appointment.location),
        stamped_at=appointment.updated_at,
    )


def _place(location: Location) -> str:
    return ", ".join(part for part in (location.name, location.address, location.city) if part)
