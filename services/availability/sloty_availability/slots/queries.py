"""Finding the slots of a service."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from sloty_availability.slots.period import period
from sloty_availability.slots.schemas import Slot, SlotList
from sloty_shared.calendars import Bookable, epoch_after, load_bookables, offering
from sloty_shared.errors import NotFound
from sloty_shared.models import Location, Provider, Service
from sloty_shared.scheduling import Offering, list_slots
from sloty_shared.web.work import Work


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """What is asked for; dates are days in `timezone`, and `last` as a date is included."""

    service_id: UUID
    first: datetime | date
    last: datetime | date
    provider_id: UUID | None = None
    location_id: UUID | None = None
    timezone: str | None = None


def slots(work: Work, query: SlotQuery) -> SlotList:
    """The bookable slots that start in the period, in time order.

    Raises NotFound for a service, provider or location that is not there, Invalid for a period
    that ends before it starts or is too long.
    """
    service = _service(work, query.service_id)
    place_zone = _zone_of_place(work, query)
    zone = query.timezone or place_zone or "UTC"
    start, end = period(query.first, query.last, zone)
    bookables = load_bookables(
        work.session,
        service,
        start=start,
        end=end,
        now=work.now,
        provider_id=query.provider_id,
        location_id=query.location_id,
    )
    terms = offering(service, work.caller.tenant)
    starts = _starts(bookables, terms, epoch_after(start), epoch_after(end), epoch_after(work.now))
    return SlotList(items=_shown(starts, terms, ZoneInfo(zone)), timezone=zone)


def _starts(
    bookables: list[Bookable], terms: Offering, start: int, end: int, now: int
) -> list[tuple[int, Bookable]]:
    found = [
        (slot, bookable)
        for bookable in bookables
        for slot in list_slots(
            bookable.calendar, terms, bookable.held, start=start, end=end, now=now
        )
    ]
    found.sort(key=lambda each: each[0])
    return found


def _shown(starts: list[tuple[int, Bookable]], terms: Offering, zone: ZoneInfo) -> list[Slot]:
    return [
        Slot.model_construct(
            start_time=datetime.fromtimestamp(start, zone),
            end_time=datetime.fromtimestamp(start + terms.duration * 60, zone),
            provider_id=bookable.provider_id,
            location_id=bookable.location_id,
        )
        for start, bookable in starts
    ]


def _service(work: Work, service_id: UUID) -> Service:
    found = work.session.scalar(
        select(Service).where(Service.tenant_id == work.caller.tenant.id, Service.id == service_id)
    )
    if found is None:
        raise NotFound("There is no such service.")
    return found


def _zone_of_place(work: Work, query: SlotQuery) -> str | None:
    """The zone of the location asked for, or of the provider's. Raises NotFound."""
    zones = select(Location.timezone).where(Location.tenant_id == work.caller.tenant.id)
    if query.provider_id is not None:
        place = work.session.execute(
            zones.add_columns(Location.id)
            .join(Provider, Provider.location_id == Location.id)
            .where(Provider.id == query.provider_id)
        ).first()
        if place is None:
            raise NotFound("There is no such provider.")
        if query.location_id in (None, place.id):
            return str(place.timezone)
    if query.location_id is None:
        return None
    zone = work.session.scalar(zones.where(Location.id == query.location_id))
    if zone is None:
        raise NotFound("There is no such location.")
    return zone
