"""An appointment as a file that calendars take in: with the UID of its mails, and their SEQUENCE."""

from fastapi import Response

from sloty_shared.calendar_entry import event_of, is_cancelled, new_calendar
from sloty_shared.models import Appointment, Location, Tenant


class ICalendar(Response):
    media_type = "text/calendar"


def calendar_file(appointment: Appointment, tenant: Tenant) -> ICalendar:
    """The file; of what is cancelled, one that takes the entry away.

    The appointment comes with its `NAMES` loaded.
    """
    service, provider = appointment.service, appointment.provider
    calendar = new_calendar("Appointments", "CANCEL" if is_cancelled(appointment) else "PUBLISH")
    event = event_of(
        appointment,
        summary=f"{service.name}, {tenant.name}",
        place="" if service.is_online else _address(appointment.location),
        stamped_at=appointment.updated_at,
    )
    if provider.user.name:
        event.add("description", provider.user.name)
    calendar.add_component(event)
    return ICalendar(
        calendar.to_ical(),
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


def _address(location: Location) -> str:
    town = " ".join(filter(None, (location.zip_code, location.city)))
    return ", ".join(filter(None, (location.name, location.address, town, location.state)))
