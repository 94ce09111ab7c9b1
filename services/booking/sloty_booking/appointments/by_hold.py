"""Booking what is held: it is the hold's time, on the terms on which it was offered."""

from dataclasses import replace

from sloty_booking.appointments.candidates import Wish, as_taken
from sloty_booking.catalog import queries as catalog
from sloty_booking.staff import queries as staff
from sloty_shared.calendars import Bookable
from sloty_shared.errors import Conflict, FieldError
from sloty_shared.models import HeldTime
from sloty_shared.web.work import Work


class HoldMismatch(Conflict):
    """This hold keeps another time, or the time of somebody or something else."""

    code = "hold_mismatch"
    title = "Hold mismatch"


def as_held(wish: Wish, hold: HeldTime) -> Wish:
    """What is wished for, at the hold's time and place."""
    end = hold.end_time or hold.held_until
    return replace(
        wish,
        terms=as_taken(wish.terms, hold.held_from, end, hold.held_until),
        start=hold.held_from,
        provider_id=hold.provider_id,
        location_id=None,
    )


def refuse_mismatch(work: Work, wish: Wish, hold: HeldTime, keeper: Bookable) -> None:
    """Raise HoldMismatch with each field that the hold is not for, or NotFound for what is none."""
    wrong = []
    if wish.service.id != hold.service_id:
        wrong.append("/serviceId")
    if wish.start != hold.held_from:
        wrong.append("/startTime")
    if wish.provider_id not in (None, hold.provider_id):
        staff.provider(work, wish.provider_id)
        wrong.append("/providerId")
    if wish.location_id not in (None, keeper.location_id):
        catalog.location(work, wish.location_id)
        wrong.append("/locationId")
    if wrong:
        raise HoldMismatch(errors=[FieldError(each, "The hold is not for this") for each in wrong])
