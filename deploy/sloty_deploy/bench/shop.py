"""The business that is measured: who gives what, when, and how much is booked already.

All providers have the hours 09:00-17:00, Monday to Friday, in New York, and a service of 30
minutes; those at the counter never close.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from sloty_deploy.api_client import Api

ZONE = ZoneInfo("America/New_York")
DURATION = 30
OPENS, CLOSES = 9, 17
BOOKINGS = (0, 50, 500)
TEAM_SIZE = 20
COUNTER_SIZE = 20
PERIOD_DAYS = 31
WORKDAYS = range(1, 6)  # 0 is Sunday.
# Bookings lie end to end from the morning on, so that many of them leave whole slots free.
BOOKING_MINUTES = 10
AHEAD_DAYS = 21
ADMIN = {"email": "ada@example.com", "password": "a password for a benchmark", "name": "Ada"}
PLACE = {"address": "1 Main Street", "city": "New York", "country": "US", "timezone": ZONE.key}
CUSTOMER = {"firstName": "Grace", "lastName": "Hopper", "email": "grace@example.com"}

_HIRE = """
    WITH people AS (
        INSERT INTO users (tenant_id, email, name, role)
        SELECT %(tenant)s, uuidv7() || '@example.com', 'Provider ' || n, 'PROVIDER'
        FROM generate_series(1, %(number)s) n RETURNING id
    )
    INSERT INTO providers (tenant_id, user_id, location_id)
    SELECT %(tenant)s, id, %(location)s FROM people RETURNING id
"""
_OPEN = """
    INSERT INTO provider_availability (tenant_id, provider_id, day_of_week, start_time, end_time)
    SELECT %(tenant)s, provider, day, %(start)s, %(end)s
    FROM unnest(%(providers)s::uuid[]) provider, unnest(%(days)s::int[]) day
"""
_BOOK = """
    INSERT INTO appointments (tenant_id, service_id, provider_id, location_id, customer_id,
        timezone, start_time, end_time, held_until, confirmation_code, remind_at)
    SELECT %(tenant)s, %(service)s, provider, %(location)s, %(customer)s, %(zone)s,
        start, start + %(length)s, start + %(length)s, uuidv7(), NULL
    FROM unnest(%(providers)s::uuid[]) provider, unnest(%(starts)s::timestamptz[]) start
"""


@dataclass(frozen=True)
class Shop:
    """Ids of what there is. `desks` are providers by how many bookings they have in the period."""

    token: str
    tenant: UUID
    service: UUID
    location: UUID
    team_location: UUID
    customer: UUID
    desks: dict[int, UUID]
    team: list[UUID]
    counter: list[UUID]
    first_day: date

    @property
    def providers(self) -> list[UUID]:
        """Everybody who is measured."""
        return [*self.desks.values(), *self.team, *self.counter]


def open_shop(url: str, connection: psycopg.Connection[Any], today: date) -> Shop:
    """Sign a business up through the booking API at `url`, and fill it, as a superuser."""
    signed_up = Api(url).post("/v1/signup", {"tenantName": "Bench", "slug": "bench", **ADMIN})
    api = Api(url, signed_up["token"])
    service = api.post("/v1/services", {"name": "Consultation", "duration": DURATION})
    desk, team, counter = (
        UUID(api.post("/v1/locations", {"name": name, **PLACE})["id"])
        for name in ("Desk", "Team", "Counter")
    )
    customer = api.post("/v1/customers", CUSTOMER)
    tenant = UUID(signed_up["tenant"]["id"])
    desks = _hire(connection, tenant, desk, len(BOOKINGS))
    shop = Shop(
        token=signed_up["token"],
        tenant=tenant,
        service=UUID(service["id"]),
        location=desk,
        team_location=team,
        customer=UUID(customer["id"]),
        desks=dict(zip(BOOKINGS, desks, strict=True)),
        team=_hire(connection, tenant, team, TEAM_SIZE),
        counter=_hire(connection, tenant, counter, COUNTER_SIZE),
        first_day=_monday_after(today + timedelta(days=AHEAD_DAYS)),
    )
    _open(connection, shop)
    for number, provider in shop.desks.items():
        _book(connection, shop, [provider], number)
    _book(connection, shop, shop.team, BOOKINGS[1])
    return shop


def _hire(
    connection: psycopg.Connection[Any], tenant: UUID, place: UUID, number: int
) -> list[UUID]:
    facts = {"tenant": tenant, "location": place, "number": number}
    return sorted(row[0] for row in connection.execute(_HIRE, facts))


def _open(connection: psycopg.Connection[Any], shop: Shop) -> None:
    facts = {"tenant": shop.tenant}
    in_office = {"providers": [*shop.desks.values(), *shop.team], "days": list(WORKDAYS)}
    connection.execute(_OPEN, {**facts, **in_office, "start": "09:00", "end": "17:00"})
    always = {"providers": shop.counter, "days": list(range(7))}
    connection.execute(_OPEN, {**facts, **always, "start": "00:00", "end": "24:00"})


def _book(
    connection: psycopg.Connection[Any], shop: Shop, providers: list[UUID], number: int
) -> None:
    length = timedelta(minutes=BOOKING_MINUTES)
    connection.execute(
        _BOOK,
        {
            "tenant": shop.tenant,
            "service": shop.service,
            "location": shop.location,
            "customer": shop.customer,
            "zone": ZONE.key,
            "length": length,
            "providers": providers,
            "starts": booked_starts(shop.first_day, number),
        },
    )


def booked_starts(first_day: date, number: int) -> list[datetime]:
    """When the bookings of the period start: spread over its workdays, each day from the opening."""
    days = [first_day + timedelta(days=day) for day in range(PERIOD_DAYS)]
    workdays = [day for day in days if day.isoweekday() in WORKDAYS]
    return [
        datetime.combine(workdays[index % len(workdays)], time(OPENS), ZONE)
        + timedelta(minutes=BOOKING_MINUTES) * (index // len(workdays))
        for index in range(number)
    ]


def _monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())
