"""Providers' calendars as SQL: a JSON list of all who give a service, with all that matters of each."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Interval,
    ScalarSelect,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from sloty_shared.models import (
    MAX_BUFFER_MINUTES,
    MAX_DURATION_MINUTES,
    Location,
    Provider,
    ProviderAvailability,
    ProviderSchedule,
    ProviderService,
    Service,
)
from sloty_shared.taken_times import collected, taken_by_sessions, taken_times

# Nothing that is held began longer ago than this before its end.
LONGEST_HOLD = timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)
# A window that opened on an earlier date can reach in, and no zone is further than a day from UTC.
_MARGIN = timedelta(days=2)
_END: BindParameter[datetime] = bindparam("end", type_=DateTime(timezone=True))
_MINUTE: ColumnElement[timedelta] = literal_column("interval '1 minute'", Interval())


def service_calendars(given: frozenset[str]) -> ScalarSelect[Any]:
    """A JSON list of the providers who give the Service of the query around it, in id order.

    Everything about them is in it, because a round trip costs more than all that the engine then
    computes. Its parameters are those of `period_values` and what is `given` of `provider_id`,
    `location_id` and `without_appointment`.
    """
    reach = _END + (Service.duration + Service.buffer_time) * _MINUTE
    held = case(
        (Service.capacity > 1, taken_by_sessions(reach, given)), else_=taken_times(reach, given)
    )
    query = _calendars(reach, held).where(Provider.tenant_id == Service.tenant_id, _gives())
    if "provider_id" in given:
        query = query.where(Provider.id == bindparam("provider_id"))
    if "location_id" in given:
        query = query.where(Provider.location_id == bindparam("location_id"))
    return query.correlate(Service).scalar_subquery()


def one_calendar() -> Select[Any]:
    """The same of the provider `provider_id` alone, whatever the service."""
    query = _calendars(_END, taken_times(_END, frozenset()))
    named = (Provider.tenant_id == bindparam("tenant_id"), Provider.id == bindparam("provider_id"))
    return query.where(*named)


def narrowed(**wishes: Any) -> dict[str, Any]:
    """Those of the wishes that say anything: a statement is made for each set of them."""
    return {name: value for name, value in wishes.items() if value is not None}


def period_values(start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    """The parameters of `service_calendars` that say what time matters."""
    return {
        "start": start,
        "end": end,
        "now": now,
        "earliest_hold": start - LONGEST_HOLD,
        "first_date": (start - _MARGIN).date(),
    }


def _calendars(reach: ColumnElement[datetime], held: ColumnElement[Any]) -> Select[Any]:
    """Providers with all that matters until `reach`."""
    values = func.json_build_array(
        Provider.id,
        Provider.is_active,
        Provider.location_id,
        Location.status,
        Location.timezone,
        Location.business_hours,
        _rules(reach),
        _overrides(reach),
        held,
    )
    return (
        collected(aggregate_order_by(values, Provider.id))
        .select_from(Provider)
        .join(Location, Location.id == Provider.location_id)
    )


def _gives() -> ColumnElement[bool]:
    """Providers limited to this service among others, or not limited at all."""
    limits = (
        select(func.bool_or(ProviderService.service_id == Service.id))
        .where(
            ProviderService.tenant_id == Provider.tenant_id,
            ProviderService.provider_id == Provider.id,
        )
        .correlate(Provider, Service)
    )
    return func.coalesce(limits.scalar_subquery(), true())


def _rules(reach: ColumnElement[datetime]) -> ScalarSelect[Any]:
    rule = ProviderAvailability
    values = func.json_build_array(
        rule.day_of_week, rule.start_time, rule.end_time, rule.valid_from, rule.valid_to
    )
    return (
        collected(values)
        .where(
            rule.tenant_id == Provider.tenant_id,
            rule.provider_id == Provider.id,
            rule.is_active,
            or_(rule.valid_from.is_(None), rule.valid_from <= _last_date(reach)),
            or_(rule.valid_to.is_(None), rule.valid_to >= bindparam("first_date")),
        )
        .scalar_subquery()
    )


def _overrides(reach: ColumnElement[datetime]) -> ScalarSelect[Any]:
    override = ProviderSchedule
    values = func.json_build_array(
        override.id, override.date, override.type, override.start_time, override.end_time
    )
    return (
        collected(values)
        .where(
            override.tenant_id == Provider.tenant_id,
            override.provider_id == Provider.id,
            override.date >= bindparam("first_date"),
            override.date <= _last_date(reach),
        )
        .scalar_subquery()
    )


def _last_date(reach: ColumnElement[datetime]) -> ColumnElement[date]:
    return cast(reach, Date) + literal_column(str(_MARGIN.days), Integer())
