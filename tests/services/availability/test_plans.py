"""What reads of calendars cost when tables are big: few statements, and an index for each."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.api_clients import NOW, Shop, in_process, open_shop, settings_of
from tests.sent_statements import statements_with_values

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres

YEARS = 12
BIG = {"appointments", "held_times", "provider_schedules", "provider_availability"}
DAY = {"from": "2027-03-23", "to": "2027-05-22"}
# A request finds its caller, and enters their tenant, before anything else.
LOG_IN = 1


@pytest.fixture(scope="module")
def crowded(
    postgres: ScratchPostgres, migrated_template: str, apis_broker: ScratchBroker
) -> Iterator[tuple[Shop, DatabaseUrls]]:
    """A shop of ten providers with a dozen years of appointments, beside another one like it."""
    database = postgres.clone(migrated_template)
    with in_process(settings_of(database.app_url, apis_broker.url)) as apis:
        shops = open_shop(apis), open_shop(apis)
        for shop in shops:
            for _ in range(9):
                shop.add_provider(shop.location)
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            for shop in shops:
                crowd(owner, shop)
            owner.execute("ANALYZE")
        yield shops[0], database
    postgres.drop(database)


def crowd(owner: psycopg.Connection[Any], shop: Shop) -> None:
    """Appointments every second day of years past and months ahead, and many a former colleague."""
    facts = {
        "tenant": shop.tenant["id"],
        "service": shop.service["id"],
        "location": shop.location["id"],
        "closed": shop.add_location()["id"],
        "customer": shop.booking.post(
            "/v1/customers", {"firstName": "A", "lastName": "B", "email": "a@mail.example"}
        )["id"],
        "start": NOW - timedelta(days=365 * YEARS),
        "days": 365 * YEARS + 180,
    }
    # The rows that appointments hold are written in one go, which is what makes this quick.
    owner.execute("ALTER TABLE appointments DISABLE TRIGGER hold_time")
    owner.execute(
        """
        INSERT INTO appointments (tenant_id, service_id, provider_id, location_id, customer_id,
            timezone, start_time, end_time, held_until, confirmation_code)
        SELECT %(tenant)s, %(service)s, p.id, %(location)s, %(customer)s, 'UTC',
            slot, slot + interval '1 hour', slot + interval '1 hour', uuidv7()
        FROM providers p, generate_series(0, %(days)s, 2) day,
        LATERAL (SELECT %(start)s + day * interval '1 day' + interval '2 hours' AS slot) times
        WHERE p.tenant_id = %(tenant)s
        """,
        facts,
    )
    owner.execute("ALTER TABLE appointments ENABLE TRIGGER hold_time")
    owner.execute(
        """
        INSERT INTO held_times (tenant_id, provider_id, service_id, appointment_id, held_from,
            held_until, seat_group)
        SELECT tenant_id, provider_id, service_id, id, start_time, held_until, id
        FROM appointments WHERE tenant_id = %(tenant)s
        """,
        facts,
    )
    _former_colleagues(owner, facts)


def _former_colleagues(owner: psycopg.Connection[Any], facts: dict[str, Any]) -> None:
    owner.execute(
        """
        WITH people AS (
            INSERT INTO users (tenant_id, email)
            SELECT %(tenant)s::uuid, n || '@' || %(tenant)s::uuid FROM generate_series(1, 1000) n
            RETURNING id
        ), staff AS (
            INSERT INTO providers (tenant_id, user_id, location_id, is_active)
            SELECT %(tenant)s, id, %(closed)s, false FROM people RETURNING id
        )
        INSERT INTO provider_availability
            (tenant_id, provider_id, day_of_week, start_time, end_time)
        SELECT %(tenant)s, staff.id, day, '09:00', '12:00' FROM staff, generate_series(0, 6) day
        """,
        facts,
    )
    owner.execute(
        """
        INSERT INTO provider_schedules (tenant_id, provider_id, date, type)
        SELECT %(tenant)s, p.id, (%(start)s + day * interval '1 day')::date, 'SICK'
        FROM providers p, generate_series(1, %(days)s, 4) day
        WHERE p.tenant_id = %(tenant)s AND p.is_active
        """,
        facts,
    )


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from steps(inner)


def ask(shop: Shop, name: str) -> int:
    """Send the request of this name; the number of statements that it may cost."""
    path = f"/v1/providers/{shop.provider['id']}"
    service = {"serviceId": shop.service["id"], "locationId": shop.location["id"]}
    one = service | {"providerId": shop.provider["id"]}
    match name:
        case "slots of all":
            shop.availability.get("/v1/slots", **service, **DAY)
            return 1
        case "slots of one":
            shop.availability.get("/v1/slots", **one, **DAY)
            return 1
        case "next slot":
            shop.availability.get("/v1/slots/next", **one)
            return LOG_IN + 2
        case "explanation":
            start = "2027-03-22T09:00:00Z"
            assert shop.availability.get("/v1/slots/explain", **one, startTime=start)["appointment"]
            return LOG_IN + 4
        case "calendar":
            assert shop.availability.get(f"{path}/calendar", **DAY)["booked"]
            return LOG_IN + 6
        case "preview":
            found = shop.availability.post(f"{path}/availability/preview", {"week": []}, status=200)
            assert found["items"]
            return LOG_IN + 3
    raise AssertionError(name)


REQUESTS = ["slots of all", "slots of one", "next slot", "explanation", "calendar", "preview"]


@pytest.mark.parametrize("name", REQUESTS)
def test_read_costs_few_statements_with_an_index_each(
    crowded: tuple[Shop, DatabaseUrls], name: str
) -> None:
    shop, database = crowded
    with statements_with_values(shop.availability) as sent:
        allowed = ask(shop, name)
    assert len(sent) == allowed, "\n\n".join(statement for statement, _ in sent)
    with psycopg.connect(database.app_url) as services:
        services.execute("SELECT set_config('app.tenant_id', %s, true)", [shop.tenant["id"]])
        for statement, parameters in sent:
            for plan in plans_of(services, statement, parameters):
                assert_indexed(plan)


def plans_of(services: psycopg.Connection[Any], statement: str, parameters: Any) -> Iterator[Any]:
    """The plans as they went: of a hot statement for these parameters, and as it is kept for all."""
    if not isinstance(parameters, list):
        yield explained(services, f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        return
    services.execute(f"PREPARE hot AS {statement}")
    given = sql.SQL(", ").join(map(sql.Literal, parameters))
    for plan in ("custom", "generic"):
        services.execute(f"SET LOCAL plan_cache_mode = force_{plan}_plan")
        execute = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE hot({})").format(given)
        yield explained(services, execute, None)
    services.execute("DEALLOCATE hot")


def explained(services: psycopg.Connection[Any], statement: Any, parameters: Any) -> Any:
    row = services.execute(statement, parameters).fetchone()
    assert row is not None
    return row[0][0]["Plan"]


def assert_indexed(plan: dict[str, Any]) -> None:
    told = json.dumps(plan, indent=1)
    for step in steps(plan):
        assert not (step["Node Type"] == "Seq Scan" and step["Relation Name"] in BIG), told
        read = (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
        assert read < 1500, told


def test_feed_reads_its_months_alone(crowded: tuple[Shop, DatabaseUrls]) -> None:
    shop, database = crowded
    opened = shop.availability.send(
        "POST", f"/v1/providers/{shop.provider['id']}/calendar/feed"
    ).headers["location"]
    with statements_with_values(shop.availability) as sent:
        answer = shop.availability.with_token(None).send("GET", opened)
    assert answer.text.count("BEGIN:VEVENT") == 105
    assert len(sent) == 4
    with psycopg.connect(database.app_url) as services:
        services.execute("SELECT set_config('app.tenant_id', %s, true)", [shop.tenant["id"]])
        statement, parameters = sent[-1]
        for plan in plans_of(services, statement, parameters):
            assert_indexed(plan)
