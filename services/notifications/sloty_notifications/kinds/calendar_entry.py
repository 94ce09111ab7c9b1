"""The appointment as a calendar entry that calendars take, update and cancel."""

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

from sloty_notifications.kinds.facts import Facts
from sloty_notifications.kinds.language import Labels
from sloty_notifications.message import CalendarEntry
from sloty_shared.models import Appointment, AppointmentStatus


def calendar_entry(
    appointment: Appointment, facts: Facts, labels: Labels, *, sender: str, now: datetime
) -> CalendarEntry:
    """One UID for the appointment's whole life; CANCEL once it is cancelled, else REQUEST."""
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    calendar = Calendar()
    calendar.add("prodid", "-//Sloty//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    event = _event(appointment, facts, sender=sender, now=now)
    event.add("description", _description(facts, labels))
    calendar.add_component(event)
    return CalendarEntry(
        method="CANCEL" if cancelled else "REQUEST",
        body=calendar.to_ical().decode("utf-8"),
    )


def _event(appointment: Appointment, facts: Facts, *, sender: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", str(appointment.uid))
    event.add("sequence", appointment.calendar_sequence)
    event.add("dtstamp", now)
    event.add("dtstart", appointment.start_time)
    event.add("dtend", appointment.end_time)
    event.add("status", _status(appointment))
    event.add("summary", f"{facts.service}, {facts.business}")
    if facts.place:
        event.add("location", ", ".join(facts.place))
    event.add("organizer", _person(sender, facts.business))
    attendee = _person(appointment.customer.email, facts.customer)
    # Nobody reads answers to the sender's address, so calendars are asked for none.
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    event.add("attendee", attendee)
    return event


def _description(facts: Facts, labels: Labels) -> str:
    lines = [f"{labels.provider}: {facts.provider}"] if facts.provider else []
    return "\n".join([*lines, f"{labels.code}: {facts.code}"])


def _status(appointment: Appointment) -> str:
    if appointment.status is AppointmentStatus.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if appointment.awaits_approval else "CONFIRMED"


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    person.params["CN"] = vText(name)
    return person
