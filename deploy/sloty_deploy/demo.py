"""`./sloty demo`: the main job once, on a stack of its own that is gone afterwards."""

import json
import signal
import sys
import tempfile
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from sloty_deploy.api_client import Api
from sloty_deploy.mail_store import MailSummary
from sloty_deploy.refusal import Refusal
from sloty_deploy.scratch_stack import ScratchStack, scratch_stack
from sloty_deploy.waiting import wait_for

ZONE = ZoneInfo("Europe/Berlin")
ADMIN = {"email": "ada@example.com", "password": "a password for a demo", "name": "Ada"}
CUSTOMER = {"firstName": "Grace", "lastName": "Hopper", "email": "grace@example.com"}
MINUTES_BEFORE = 1
# Between the booking and the moment its reminder is due: time to book.
LEAD_SECONDS = 8
LISTED_MINUTES = 30
SHOWN_SLOTS = 5
SHOWN_LOG_LINES = 60
MAIL_SECONDS = 20.0
SHOW_WAIT_SECONDS = 5
STOPPED_BY_SIGNAL = 128


def demo() -> None:
    """Play it and show each step. Raises Refusal saying what went wrong."""
    _stop_in_order()
    with tempfile.TemporaryDirectory(prefix="sloty-demo-") as folder:
        say("Starting a stack of its own (PostgreSQL, broker, mailbox, APIs, worker, beat)")
        try:
            with scratch_stack(Path(folder), {"SLOTY_REMINDER_TICK_SECONDS": "1"}) as stack:
                play(stack)
                say("Stopping it")
        except Refusal:
            _show_log(Path(folder) / "up.log")
            raise


def play(stack: ScratchStack) -> None:
    """List slots, book one, and wait for its confirmation and its reminder."""
    tenant = {"tenantName": "Demo Studio", "slug": "demo-studio"}
    token = Api(stack.booking_url).post("/v1/signup", tenant | ADMIN)["token"]
    booking = Api(stack.booking_url, token)
    availability = Api(stack.availability_url, token)
    service = _furnish(booking, availability)
    slot = _choose(_slots(availability, service))
    appointment = booking.post(
        "/v1/appointments",
        {
            "serviceId": service["id"],
            "providerId": slot["providerId"],
            "startTime": slot["startTime"],
            "customer": CUSTOMER,
        },
    )
    say(f"Booked {_clock(slot['startTime'])}, confirmation code {appointment['confirmationCode']}")
    if slot in _slots(availability, service):
        raise Refusal(f"The slot at {slot['startTime']} is still offered")
    say("The slot is gone from the list")
    _show_mail(stack, _wait_for_mail(stack, "BOOKED"))
    _wait_until_due(slot)
    _show_mail(stack, _wait_for_mail(stack, "REMINDER"))
    _show_appointment(booking, appointment["id"])


def say(text: str) -> None:
    print(text, flush=True)


def _furnish(booking: Api, availability: Api) -> Any:
    """Make a provider who is always there, bookable each minute and reminded a minute before."""
    booking.patch("/v1/tenant", {"settings": {"slotInterval": 1}})
    place = {"name": "Demo Studio", "address": "Torstraße 1", "city": "Berlin", "country": "DE"}
    location = booking.post("/v1/locations", place | {"timezone": ZONE.key})
    service = booking.post("/v1/services", {"name": "Consultation", "duration": 30})
    person = {"email": "mary@example.com", "name": "Mary"}
    provider = booking.post(
        "/v1/providers", {"user": person, "locationId": location["id"], "title": "Dr."}
    )
    for day in range(7):
        availability.post(
            f"/v1/providers/{provider['id']}/availability",
            {"dayOfWeek": day, "startTime": "00:00", "endTime": "24:00"},
        )
    rule = {"minutesBefore": MINUTES_BEFORE, "channel": "EMAIL"}
    booking.post("/v1/reminder-rules", rule)
    return service


def _slots(availability: Api, service: Any) -> list[Any]:
    now = datetime.now(UTC)
    until = now + timedelta(minutes=LISTED_MINUTES)
    asked = {"from": now.isoformat(), "to": until.isoformat(), "timezone": ZONE.key}
    found = availability.get("/v1/slots", serviceId=service["id"], **asked)
    return list(found["items"])


def _choose(slots: list[Any]) -> Any:
    """Choose the first slot whose reminder is not due yet."""
    earliest = datetime.now(UTC) + timedelta(minutes=MINUTES_BEFORE, seconds=LEAD_SECONDS)
    later = [slot for slot in slots if datetime.fromisoformat(slot["startTime"]) >= earliest]
    if not later:
        raise Refusal(f"No slot is offered in the next {LISTED_MINUTES} minutes")
    say(f"{len(slots)} slots are offered in the next {LISTED_MINUTES} minutes, among them:")
    for slot in later[:SHOWN_SLOTS]:
        say(f"  {_clock(slot['startTime'])} to {_clock(slot['endTime'])}")
    return later[0]


def _wait_until_due(slot: Any) -> None:
    due = datetime.fromisoformat(slot["startTime"]) - timedelta(minutes=MINUTES_BEFORE)
    say(f"The reminder is due at {due.astimezone(ZONE):%H:%M:%S}")
    while (left := (due - datetime.now(UTC)).total_seconds()) > 0:
        say(f"  {left:.0f} seconds to wait")
        time.sleep(min(left, SHOW_WAIT_SECONDS))


def _wait_for_mail(stack: ScratchStack, kind: str) -> MailSummary:
    def came() -> list[MailSummary]:
        mails = [mail for mail in stack.mails.newest() if CUSTOMER["email"] in mail.recipients]
        return [mail for mail in mails if mail.kind == kind]

    otherwise = f"No mail of the kind {kind} came in {MAIL_SECONDS:.0f} s"
    return wait_for(came, within_seconds=MAIL_SECONDS, otherwise=otherwise)[0]


def _show_mail(stack: ScratchStack, mail: MailSummary) -> None:
    say(f"\nMail of the kind {mail.kind} to {', '.join(mail.recipients)}: {mail.subject}")
    message = stack.mails.message(mail.id)
    body = message.get_body(("plain",)) if message else None
    for line in str(body.get_content() if body else "").splitlines():
        say(f"  | {line}")
    say("")


def _show_appointment(booking: Api, appointment_id: str) -> None:
    path = f"/v1/appointments/{appointment_id}"

    def reminded() -> Any:
        found = booking.get(path)
        return found["remindersSent"] and found

    otherwise = "The appointment does not say that it was reminded of"
    found = wait_for(reminded, within_seconds=MAIL_SECONDS, otherwise=otherwise)
    say(f"The appointment now says:\n{json.dumps(found, indent=2)}")
    if found["remindersSent"] != 1 or found["lastReminderAt"] is None:
        raise Refusal("The appointment should say remindersSent 1 and when")
    say(f"\nremindersSent {found['remindersSent']}, lastReminderAt {found['lastReminderAt']}")


def _clock(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(ZONE):%H:%M}"


def _show_log(log: Path) -> None:
    """Show what the stack said last, to whoever looks for what went wrong."""
    if log.exists():
        with log.open(encoding="utf-8", errors="replace") as lines:
            sys.stderr.writelines(deque(lines, SHOWN_LOG_LINES))


def _stop_in_order() -> None:
    """End on a signal as on an error: the stack is stopped and its folder removed, once."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(STOPPED_BY_SIGNAL + number)

    for number in numbers:
        signal.signal(number, stop)
