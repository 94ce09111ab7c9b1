"""Booking a series, and cancelling what is left of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sloty_booking.appointments.book import Order, add_parts, check_order, kind_of_booking, take
from sloty_booking.appointments.cancel_many import Cancelled, cancel_many, lock_many
from sloty_booking.appointments.candidates import find_candidates, nobody
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.who_books import (
    customer_of,
    known_customer,
    refuse_foreign_booking,
)
from sloty_booking.catalog import queries as catalog
from sloty_booking.notifications.together import Change, owe_together
from sloty_booking.series import queries
from sloty_booking.series.recurrence import Occurrence, StartNotInRule, occurrences
from sloty_booking.series.reports import Booked, refuse_all, skipped_hour
from sloty_booking.series.rule_text import BadRule
from sloty_booking.series.schemas import OnConflict, SeriesBooking
from sloty_booking.tenants.plan_limits import refuse_more_appointments
from sloty_shared.errors import FieldError, Invalid, PlanLimit, SlotyError
from sloty_shared.holding import lock_calendars
from sloty_shared.models import AppointmentSeries, Customer
from sloty_shared.web.work import Work

_REFUSALS: tuple[type[SlotyError], ...] = tuple(REFUSALS.values())


def book_series(work: Work, request: SeriesBooking) -> tuple[AppointmentSeries, list[Booked]]:
    """The series, and what became of each occurrence; one message tells of all that are booked.

    Whatever does not depend on the time is checked once, and each occurrence like a booking of its
    own. Raises what refuses a booking, Invalid for the rule, and SeriesConflict or
    SeriesNotBookable where an occurrence is refused and none may be, or all are.
    """
    refuse_foreign_booking(work, request)
    order = check_order(work, request, catalog.service(work, request.service_id))
    zone = _lock_calendars(work, order)
    wanted = _occurrences(request, zone)
    every = request.on_conflict is OnConflict.REJECT
    room = refuse_more_appointments(work, len(wanted) if every else 1)
    customer = customer_of(work, request, known_customer(work, request))
    series = _add_series(work, request, zone, customer)
    order = replace(order, series_id=series.id)
    done = _take_each(work, order, wanted, customer, room)
    refused = [each for each in done if each.refusal is not None]
    if refused and (every or len(refused) == len(done)):
        raise refuse_all(refused)
    _finish(work, order, done)
    return series, done


def cancel_series(
    work: Work, series_id: UUID, *, since: UUID | datetime | None, reason: str | None
) -> tuple[AppointmentSeries, list[Cancelled]]:
    """Cancel what still stands, or the following of it, each as if alone; once more, nothing is left.

    Raises NotFound, or Forbidden for a caller who may change nothing of it.
    """
    series = queries.series(work, series_id)
    queries.refuse_foreign_series(work, series)
    affected = queries.standing_from(work, series, since)
    # Whoever moves one of them holds its provider's row: the new one is seen once they are done.
    lock_calendars(work.session, work.tenant.id, queries.provider_ids(work, series))
    return series, cancel_many(work, lock_many(work, affected), reason)


def _lock_calendars(work: Work, order: Order) -> ZoneInfo:
    """The zone whose wall time is kept; nobody else books a series with these providers meanwhile.

    Else two series could each hold a time that the other waits for.
    """
    request = order.request
    zones = queries.calendars_of(
        work,
        service_id=request.service_id,
        provider_id=request.provider_id,
        location_id=request.location_id,
    )
    if not zones:
        raise nobody(work, order.wish(work, request.start_time))
    lock_calendars(work.session, work.tenant.id, zones.keys())
    return ZoneInfo(_one_zone(zones))


def _one_zone(zones: Mapping[UUID, str]) -> str:
    first, *others = sorted(set(zones.values()))
    if others:
        said = "The service is given in several time zones: name a provider or a location"
        raise Invalid(errors=[FieldError("/locationId", said)])
    return first


def _occurrences(request: SeriesBooking, zone: ZoneInfo) -> list[Occurrence]:
    try:
        return occurrences(request.rule, request.start_time, zone)
    except BadRule as fault:
        raise Invalid(errors=[FieldError("/rule", str(fault))]) from None
    except StartNotInRule as fault:
        raise Invalid(errors=[FieldError("/startTime", str(fault))]) from None


def _add_series(
    work: Work, request: SeriesBooking, zone: ZoneInfo, customer: Customer
) -> AppointmentSeries:
    series = AppointmentSeries(
        tenant_id=work.tenant.id,
        rule=request.rule.text,
        timezone=zone.key,
        start_time=request.start_time,
        service_id=request.service_id,
        customer_id=customer.id,
    )
    work.session.add(series)
    work.session.flush()
    work.record("series.booked", series)
    return series


def _take_each(
    work: Work, order: Order, wanted: Sequence[Occurrence], customer: Customer, room: int | None
) -> list[Booked]:
    done: list[Booked] = []
    booked = 0
    for occurrence in wanted:
        if room is not None and booked >= room:
            done.append(Booked(occurrence, refusal=PlanLimit()))
            continue
        one = _take_one(work, order, occurrence, customer)
        booked += one.appointment is not None
        done.append(one)
    return done


def _take_one(work: Work, order: Order, occurrence: Occurrence, customer: Customer) -> Booked:
    if occurrence.start is None:
        return Booked(occurrence, refusal=skipped_hour())
    wish = order.wish(work, occurrence.start)
    try:
        candidates = find_candidates(work, wish)
        return Booked(occurrence, take(work, order, wish, candidates, customer))
    except _REFUSALS as refusal:
        return Booked(occurrence, refusal=refusal)


def _finish(work: Work, order: Order, done: Sequence[Booked]) -> None:
    """What a booking does besides taking its time, for all of them in a few statements."""
    appointments = [each.appointment for each in done if each.appointment is not None]
    add_parts(work, order, appointments)
    for appointment in appointments:
        work.record("appointment.booked", appointment)
    kind = kind_of_booking(order.service)
    owe_together(work, [Change(kind, each) for each in appointments])
