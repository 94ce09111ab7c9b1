"""An appointment as calendars know it: one UID for its whole life, a SEQUENCE that rises."""

from datetime import datetime

from sloty_shared.icalendar import Component
from sloty_shared.models import Appointment, AppointmentStatus


def new_calendar(product: str, method: str) -> Component:
    """An empty document; `method` is of RFC 5546: PUBLISH, REQUEST or CANCEL."""
    calendar = Component("VCALENDAR")
    calendar.add("prodid", f"-//Sloty//{product}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def event_of(
    appointment: Appointment, *, summary: str, place: str, stamped_at: datetime
) -> Component:
    """The event with times in UTC; an empty `place` is left out."""
    event = Component("VEVENT")
    event.add("uid", str(appointment.uid))
    event.add("sequence", appointment.calendar_sequence)
    event.add("dtstamp", stamped_at)
    event.add("dtstart", appointment.start_time)
    event.add("dtend", appointment.end_time)
    event.add("status", _status(appointment))
    event.add("summary", summary)
    if place:
        event.add("location", place)
    return event


def is_cancelled(appointment: Appointment) -> bool:
    """Whether calendars are to take the event away."""
    return appointment.status is AppointmentStatus.CANCELLED


def _status(appointment: Appointment) -> str:
    if is_cancelled(appointment):
        return "CANCELLED"
    return "TENTATIVE" if appointment.awaits_approval else "CONFIRMED"
