"""The appointment as a calendar entry that calendars take, update and cancel."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from sloty_notifications.kinds.facts import Facts, gather_facts
from sloty_notifications.kinds.language import Labels
from sloty_notifications.message import CalendarEntry
from sloty_notifications.queries import Case
from sloty_shared.calendar_entry import event_of, is_cancelled, new_calendar
from sloty_shared.icalendar import Component


def calendar_entry(
    case: Case, facts: Facts, labels: Labels, *, sender: str, now: datetime
) -> CalendarEntry:
    """One UID for the appointment's whole life; CANCEL once it is cancelled, else REQUEST.

    Those two carry one UID only, so that several appointments are published, as they are now.
    """
    if case.others:
        return _several(case, labels, sender=sender, now=now)
    method: Literal["REQUEST", "CANCEL"] = "CANCEL" if is_cancelled(case.appointment) else "REQUEST"
    calendar = new_calendar("Appointments", method)
    event = _event(case, facts, labels, sender=sender, now=now)
    # Nobody reads answers to the sender's address, so calendars are asked for none.
    event.add_person("attendee", _address(case), facts.customer, RSVP="FALSE", PARTSTAT="ACCEPTED")
    calendar.add_component(event)
    return CalendarEntry(method=method, body=calendar.to_ical().decode("utf-8"))


def _several(case: Case, labels: Labels, *, sender: str, now: datetime) -> CalendarEntry:
    calendar = new_calendar("Appointments", "PUBLISH")
    for appointment in case.appointments:
        one = replace(case, appointment=appointment, others=())
        facts, _ = gather_facts(one)
        calendar.add_component(_event(one, facts, labels, sender=sender, now=now))
    return CalendarEntry(method="PUBLISH", body=calendar.to_ical().decode("utf-8"))


def _event(case: Case, facts: Facts, labels: Labels, *, sender: str, now: datetime) -> Component:
    event = event_of(
        case.appointment,
        summary=f"{facts.service}, {facts.business}",
        place=", ".join(facts.place),
        stamped_at=now,
    )
    event.add_person("organizer", sender, facts.business)
    event.add("description", _description(facts, labels))
    return event


def _address(case: Case) -> str:
    own = case.participant.email if case.participant else None
    return own or case.appointment.customer.email


def _description(facts: Facts, labels: Labels) -> str:
    lines = [f"{labels.provider}: {facts.provider}"] if facts.provider else []
    if facts.code:
        lines.append(f"{labels.code}: {facts.code}")
    return "\n".join(lines)
