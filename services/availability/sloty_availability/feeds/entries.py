"""Appointments as entries of an iCalendar document."""

from collections.abc import Iterable

from icalendar import Calendar, Event

from sloty_shared.models import Appointment, Location, Provider, Tenant


def calendar_of(provider: Provider, tenant: Tenant, appointments: Iterable[Appointment]) -> bytes:
    """The same bytes as long as nothing changes, so that a reader can ask whether something did."""
    calendar = Calendar()
    calendar.add("prodid", "-//Sloty//Calendar feed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{provider.user.name or provider.user.email}, {tenant.name}")
    for appointment in appointments:
        calendar.add_component(_event(appointment))
    return bytes(calendar.to_ical())


def _event(appointment: Appointment) -> Event:
    """Who comes and for what; how to reach them stays inside, since calendars are shared on."""
    customer = appointment.customer
    event = Event()
    event.add("uid", str(appointment.uid))
    event.add("sequence", appointment.calendar_sequence)
    event.add("dtstamp", appointment.updated_at)
    event.add("dtstart", appointment.start_time)
    event.add("dtend", appointment.end_time)
    event.add("status", "TENTATIVE" if appointment.awaits_approval else "CONFIRMED")
    event.add(
        "summary", f"{appointment.service.name}: {customer.first_name} {customer.last_name}".strip()
    )
    if not appointment.service.is_online:
        event.add("location", _place(appointment.location))
    return event


def _place(location: Location) -> str:
    return ", ".join(part for part in (location.name, location.address, location.city) if part)
