"""Closing a provider's calendar on public holidays."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from sloty_availability.holidays.public_holidays import (
    UnknownCountry,
    UnknownSubdivision,
    UnknownYear,
    public_holidays,
)
from sloty_availability.holidays.schemas import (
    AddedHoliday,
    HolidaysAdded,
    HolidayYear,
    SkippedHoliday,
)
from sloty_availability.schedules.actions import (
    ONE_OF_A_TIME,
    OverrideExists,
    lock_calendar,
    refuse_too_many,
)
from sloty_availability.schedules.schemas import MAX_OVERRIDES
from sloty_shared.database import translating
from sloty_shared.errors import FieldError, Invalid
from sloty_shared.models import Provider, ProviderSchedule, ScheduleType
from sloty_shared.web.work import Work

MAX_REASON = 200


def add_holidays(work: Work, provider_id: UUID, wanted: HolidayYear) -> HolidaysAdded:
    """Block the whole of each holiday, but of those that have an override for the whole date.

    Raises NotFound, TooMany, or Invalid for a country or subdivision that is not known.
    """
    holidays = _holidays(wanted)
    provider = lock_calendar(work, provider_id)
    taken = _whole_dates(work, provider, wanted.year)
    new = [
        ProviderSchedule(
            tenant_id=provider.tenant_id,
            provider_id=provider.id,
            date=day,
            type=ScheduleType.HOLIDAY,
            reason=name[:MAX_REASON],
        )
        for day, name in holidays
        if day not in taken
    ]
    refuse_too_many(work, provider, ProviderSchedule, MAX_OVERRIDES, adding=len(new))
    work.session.add_all(new)
    with translating(ONE_OF_A_TIME):
        work.session.flush()
    for override in new:
        work.record("schedule.created", override)
    return HolidaysAdded(
        added=[
            AddedHoliday(override_id=each.id, date=each.date, name=each.reason or "")
            for each in new
        ],
        skipped=[
            SkippedHoliday(date=day, name=name, why=OverrideExists.code)
            for day, name in holidays
            if day in taken
        ],
    )


def _holidays(wanted: HolidayYear) -> tuple[tuple[dt.date, str], ...]:
    try:
        return public_holidays(wanted.country, wanted.subdivision, wanted.year)
    except UnknownCountry:
        fault = FieldError("/country", "No holidays are known of this country")
    except UnknownSubdivision:
        fault = FieldError("/subdivision", "The country has no such subdivision")
    except UnknownYear:
        fault = FieldError("/year", "The country's holidays of this year are not known")
    raise Invalid(errors=[fault])


def _whole_dates(work: Work, provider: Provider, year: int) -> set[dt.date]:
    """The dates of the year that have an override for the whole of them."""
    return set(
        work.session.scalars(
            select(ProviderSchedule.date).where(
                ProviderSchedule.tenant_id == provider.tenant_id,
                ProviderSchedule.provider_id == provider.id,
                ProviderSchedule.date.between(dt.date(year, 1, 1), dt.date(year, 12, 31)),
                ProviderSchedule.start_time.is_(None),
            )
        )
    )
