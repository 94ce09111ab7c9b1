"""Reading the waitlist."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from sloty_booking.public.schemas import PublicProviderName
from sloty_booking.waitlist.schemas import OfferView, PublicEntry, PublicOffer
from sloty_shared.errors import NotFound
from sloty_shared.models import (
    OfferStatus,
    Provider,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistStatus,
)
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work

Key = UUID | str
"""What an entry is asked for by: its id, or the code, which needs no log-in."""

_OF_OTHERS = {"business", "slug", "service", "offer"}


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """What a list is narrowed to."""

    service_id: UUID | None = None
    provider_id: UUID | None = None
    customer_id: UUID | None = None
    status: WaitlistStatus | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {
            WaitlistEntry.service_id: self.service_id,
            WaitlistEntry.provider_id: self.provider_id,
            WaitlistEntry.customer_id: self.customer_id,
            WaitlistEntry.status: self.status,
        }
        return [column == value for column, value in equal.items() if value is not None]


def entries(work: Work, wanted: EntryFilter, page: Page) -> tuple[list[WaitlistEntry], str | None]:
    """In the order of joining, which is the order of being offered something."""
    query = (
        select(WaitlistEntry)
        .where(WaitlistEntry.tenant_id == work.tenant.id, *wanted.conditions())
        .options(joinedload(WaitlistEntry.offer))
    )
    by = [WaitlistEntry.joined_at, WaitlistEntry.id]
    return paginate(work.session, query, by=by, page=page)


def entry(work: Work, key: Key) -> WaitlistEntry:
    """The entry and what it is offered. Raises NotFound, also for one of another tenant."""
    query = _found_by(work, key).options(
        joinedload(WaitlistEntry.offer).options(
            joinedload(WaitlistOffer.provider).joinedload(Provider.user),
            joinedload(WaitlistOffer.location),
        ),
        joinedload(WaitlistEntry.service, innerjoin=True),
    )
    # Inside of a change it may have been read before.
    return _one(work, query.execution_options(populate_existing=True))


def entry_to_change(work: Work, key: Key) -> WaitlistEntry:
    """The entry, locked until the transaction ends. Raises NotFound."""
    locked = _found_by(work, key).with_for_update(key_share=True)
    return _one(work, locked.execution_options(populate_existing=True))


def open_offer(work: Work, found: WaitlistEntry) -> WaitlistOffer | None:
    """What a locked entry is offered, whether or not it is still in time."""
    return work.session.scalar(
        select(WaitlistOffer).where(
            WaitlistOffer.tenant_id == work.tenant.id,
            WaitlistOffer.entry_id == found.id,
            WaitlistOffer.status == OfferStatus.OPEN,
        )
    )


def last_offer(work: Work, found: WaitlistEntry) -> WaitlistOffer | None:
    """The newest that it ever had, whatever became of it."""
    return work.session.scalar(
        select(WaitlistOffer)
        .where(WaitlistOffer.tenant_id == work.tenant.id, WaitlistOffer.entry_id == found.id)
        .order_by(WaitlistOffer.created_at.desc(), WaitlistOffer.id.desc())
        .limit(1)
    )


def public_entry(work: Work, key: Key) -> PublicEntry:
    """What the code leads to. Raises NotFound."""
    found = entry(work, key)
    own = set(PublicEntry.model_fields) - _OF_OTHERS
    return PublicEntry.model_validate(
        {
            **{name: getattr(found, name) for name in own},
            "business": work.tenant.name,
            "slug": work.tenant.slug,
            "service": found.service,
            "offer": found.offer and _public_offer(found, found.offer),
        }
    )


def _public_offer(found: WaitlistEntry, offer: WaitlistOffer) -> PublicOffer:
    provider = offer.provider
    return PublicOffer.model_validate(
        {
            **{name: getattr(offer, name) for name in OfferView.model_fields},
            "provider": PublicProviderName(
                id=provider.id, name=provider.user.name, title=provider.title
            ),
            "location": None if found.service.is_online else offer.location,
        }
    )


def _found_by(work: Work, key: Key) -> Select[WaitlistEntry]:
    column = WaitlistEntry.code if isinstance(key, str) else WaitlistEntry.id
    return select(WaitlistEntry).where(WaitlistEntry.tenant_id == work.tenant.id, column == key)


def _one(work: Work, query: Select[WaitlistEntry]) -> WaitlistEntry:
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such waitlist entry.")
    return found
