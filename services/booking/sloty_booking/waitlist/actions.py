"""Joining and leaving the waitlist, and answering what it offers."""

from typing import Any

from sqlalchemy import delete

from sloty_booking.appointments.asked import ask_booking
from sloty_booking.appointments.book import book
from sloty_booking.appointments.refusals import Inactive
from sloty_booking.appointments.schemas import Booking
from sloty_booking.catalog import queries as catalog
from sloty_booking.customers import queries as customers
from sloty_booking.customers.actions import find_or_create_customer
from sloty_booking.staff import queries as staff
from sloty_booking.waitlist import queries
from sloty_booking.waitlist.queries import Key
from sloty_booking.waitlist.schemas import Acceptance, NewEntry
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, FieldError, Invalid
from sloty_shared.ids import new_confirmation_code
from sloty_shared.models import (
    Appointment,
    Customer,
    HeldTime,
    OfferStatus,
    WaitlistEntry,
    WaitlistOffer,
)
from sloty_shared.web.doors import ask_inside
from sloty_shared.web.work import Work


class AlreadyWaiting(Conflict):
    """This customer is waiting for the same already."""

    code = "already_waiting"
    title = "Already waiting"


class NoOffer(Conflict):
    """Nothing is offered to this entry now."""

    code = "no_offer"
    title = "No offer"


class OfferExpired(Conflict):
    """The offer was not accepted in time, and may have gone to the next in line."""

    code = "offer_expired"
    title = "Offer expired"


def join(work: Work, wish: NewEntry) -> WaitlistEntry:
    """Put the customer at the end of the line.

    Raises NotFound for a service, provider, location or customer that is not there, Inactive,
    Invalid for a wish that nothing can fulfil, or AlreadyWaiting.
    """
    _refuse_hopeless(work, wish)
    customer = _customer_of(work, wish)
    entry = WaitlistEntry(
        tenant_id=work.tenant.id,
        customer_id=customer.id,
        code=new_confirmation_code(),
        joined_at=work.now,
        look_at=work.now,
        **wish.model_dump(exclude={"customer", "customer_id"}),
    )
    if entry.over_at <= work.now:
        raise Invalid(errors=[FieldError("/to", "This date is over")])
    work.session.add(entry)
    with translating({"uq_waitlist_entries_wish": AlreadyWaiting}):
        work.session.flush()
    work.record("waitlist.joined", entry)
    work.wake_workers()
    return queries.entry(work, entry.id)


def cancel(work: Work, key: Key) -> WaitlistEntry:
    """Leave the line; what was offered goes to the next.

    Raises NotFound, VersionConflict or WaitlistTransition.
    """
    entry = queries.entry_to_change(work, key)
    work.check_version(entry)
    leave(work, entry)
    return entry


def leave(work: Work, entry: WaitlistEntry) -> None:
    """The same for an entry that is locked already. Raises WaitlistTransition."""
    before = audit.snapshot(entry)
    entry.cancel()
    offer = queries.open_offer(work, entry)
    if offer is not None:
        offer.settle(OfferStatus.WITHDRAWN)
        _release(work, offer)
    _record(work, "waitlist.cancelled", entry, before)


def accept(work: Work, code: str, acceptance: Acceptance) -> Appointment:
    """The appointment at the time that was held.

    Raises NotFound, NoOffer, OfferExpired, or what a booking raises.
    """
    entry = queries.entry_to_change(work, code)
    before = audit.snapshot(entry)
    offer = _live_offer(work, entry)
    wanted = acceptance.model_dump(exclude_none=True, exclude={"participants"})
    booking = Booking.model_construct(
        **{"notes": entry.notes} | wanted,
        participants=acceptance.participants,
        service_id=entry.service_id,
        provider_id=offer.provider_id,
        customer_id=entry.customer_id,
        start_time=offer.start_time,
        hold_id=offer.id,
    )
    found = ask_inside(work.session, work.tenant.id, ask_booking(work.now, booking))
    appointment = book(work, booking, found)
    offer.settle(OfferStatus.ACCEPTED)
    entry.be_booked(appointment.id)
    _record(work, "waitlist.booked", entry, before)
    return appointment


def decline(work: Work, code: str) -> None:
    """Let the next in line have the time, and wait on. Raises NotFound, NoOffer or OfferExpired."""
    entry = queries.entry_to_change(work, code)
    before = audit.snapshot(entry)
    offer = _live_offer(work, entry)
    offer.settle(OfferStatus.DECLINED)
    _release(work, offer)
    entry.decline(work.now)
    _record(work, "waitlist.declined", entry, before)


def _refuse_hopeless(work: Work, wish: NewEntry) -> None:
    service = catalog.service(work, wish.service_id)
    if not service.is_active:
        raise Inactive
    if wish.location_id is not None:
        catalog.location(work, wish.location_id)
    if wish.provider_id is None:
        return
    provider = staff.provider(work, wish.provider_id)
    faults = []
    if provider.service_ids and service.id not in provider.service_ids:
        faults.append(FieldError("/providerId", "This provider does not give the service"))
    if wish.location_id not in (None, provider.location_id):
        faults.append(FieldError("/locationId", "The provider is at another location"))
    if faults:
        raise Invalid(errors=faults)


def _customer_of(work: Work, wish: NewEntry) -> Customer:
    if wish.customer is not None:
        return find_or_create_customer(work, wish.customer)
    if wish.customer_id is None:
        raise Invalid(errors=[FieldError("/customerId", "Name either customerId or customer")])
    return customers.customer(work, wish.customer_id)


def _live_offer(work: Work, entry: WaitlistEntry) -> WaitlistOffer:
    offer = queries.open_offer(work, entry)
    if offer is not None and offer.is_live(work.now):
        return offer
    last = offer or queries.last_offer(work, entry)
    if last is not None and last.status in (OfferStatus.OPEN, OfferStatus.LAPSED):
        raise OfferExpired
    raise NoOffer


def _release(work: Work, offer: WaitlistOffer) -> None:
    """Free the time; that it is free is noted by the database, so that the next is offered it."""
    work.session.execute(
        delete(HeldTime).where(
            HeldTime.tenant_id == work.tenant.id,
            HeldTime.id == offer.id,
            HeldTime.appointment_id.is_(None),
        )
    )
    work.wake_workers()


def _record(work: Work, action: str, entry: WaitlistEntry, before: dict[str, Any]) -> None:
    work.session.flush()
    work.record(action, entry, before=before)
