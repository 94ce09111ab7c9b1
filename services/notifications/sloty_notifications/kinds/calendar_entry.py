"""The appointment as a calendar entry that calendars take, update and cancel."""

from datetime import datetime
from typing import Literal

from sloty_notifications.kinds.facts import Facts
from sloty_notifications.kinds.language import Labels
from sloty_notifications.message import CalendarEntry
from sloty_notifications.queries import Case
from sloty_shared.calendar_entry import event_of, is_cancelled, new_calendar
from sloty_shared.icalendar import Component


def calendar_entry(
    case: Case, facts: Facts, labels: Labels, *, sender: str, now: datetime
) -> CalendarEntry:
    """One UID for the appointment's whole life; CANCEL once it is cancelled, else REQUEST."""
    method: Literal["REQUEST", "CANCEL"] = "CANCEL" if is_cancelled(case.appointment) else "REQUEST"
    calendar = new_calendar("Appointments", method)
    event = _event(case, facts, sender=sender, now=now)
    event.add("description", _description(facts, labels))
    calendar.add_component(event)
    return CalendarEntry(method=method, body=calendar.to_ical().decode("utf-8"))


def _event(case: Case, facts: Facts, *, sender: str, now: datetime) -> Component:
    event = event_of(
        case.appointment,
        summary=f"{facts.service}, {facts.business}",
        place=", ".join(facts.place),
        stamped_at=now,
    )
    event.add_person("organizer", sender, facts.business)
    # Nobody reads answers to the sender's address, so calendars are asked for none.
    event.add_person("attendee", _address(case), facts.customer, RSVP="FALSE", PARTSTAT="ACCEPTED")
    return event


def _address(case: Case) -> str:
    own = case.participant.email if case.participant else None
    return own or case.appointment.customer.email


def _description(facts: Facts, labels: Labels) -> str:
    lines = [f"{labels.provider}: {facts.provider}"] if facts.provider else []
    if facts.code:
        lines.append(f"{labels.code}: {facts.code}")
    return "\n".join(lines)
