"""A tenant with a row in every table that belongs to tenants, written in plain SQL."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from sloty_shared.ids import new_confirmation_code, new_id, new_token, token_hash

Row = dict[str, Any]


@dataclass(frozen=True)
class To:
    """A reference to a row named before."""

    name: str


@dataclass(frozen=True)
class Tenant:
    """One tenant's rows by name; a row has its table's name unless there are several.

    `written` holds them as they were inserted, `rows` as the database completed them.
    """

    id: UUID
    written: dict[str, Row] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Row:
        return self.rows[name]


@dataclass(frozen=True)
class Sample:
    """One row to insert. What other rows cannot share is made of the slug."""

    table: str
    values: Row
    name: str = ""


def enter(connection: psycopg.Connection[Any], tenant_id: UUID) -> None:
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])


def fill(connection: psycopg.Connection[Row], slug: str) -> Tenant:
    """Make the tenant and its rows. The row named after a table is free to be referred to."""
    tenant = Tenant(new_id())
    enter(connection, tenant.id)
    insert(connection, tenant, Sample("tenants", {"id": tenant.id, "slug": slug, "name": slug}))
    for sample in _samples(slug):
        insert(connection, tenant, sample)
    return tenant


def insert(connection: psycopg.Connection[Row], tenant: Tenant, sample: Sample) -> Row:
    values = {
        column: tenant[value.name]["id"] if isinstance(value, To) else value
        for column, value in sample.values.items()
    }
    if sample.table != "tenants":
        values["tenant_id"] = tenant.id
    row = connection.execute(insertion(sample.table, values), values).fetchone()
    assert row is not None
    tenant.written[sample.name or sample.table] = values
    tenant.rows[sample.name or sample.table] = row
    return row


def insertion(table: str, values: Row) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )


def _samples(slug: str) -> list[Sample]:
    return [
        *_catalogue(slug),
        *_calendar(),
        *_series(),
        *_bookings(slug),
        *_proofs(slug),
        *_ledger(slug),
    ]


def _catalogue(slug: str) -> list[Sample]:
    return [
        Sample("users", {"email": f"Practitioner@{slug}.example"}, "practitioner"),
        Sample("users", {"email": f"Colleague@{slug}.example"}, "colleague"),
        Sample("users", {"email": f"Admin@{slug}.example", "role": "TENANT_ADMIN"}),
        Sample("locations", {"name": "Main", "address": "1 High Street", "city": "Springfield"}),
        Sample("services", {"name": "Visit", "duration": 30}, "offered"),
        Sample("services", {"name": "Longer visit", "duration": 60}),
        Sample("customers", {"first_name": "A", "last_name": "B", "email": f"c@{slug}.example"}),
        Sample(
            "providers", {"user_id": To("practitioner"), "location_id": To("locations")}, "busy"
        ),
        Sample("providers", {"user_id": To("colleague"), "location_id": To("locations")}),
        Sample("provider_services", {"provider_id": To("busy"), "service_id": To("offered")}),
        Sample(
            "service_parameters",
            {"service_id": To("offered"), "name": "age", "label": "Age", "type": "NUMBER"},
        ),
    ]


def _calendar() -> list[Sample]:
    hours = {"provider_id": To("busy"), "start_time": "09:00", "end_time": "17:00"}
    return [
        Sample("provider_availability", {**hours, "day_of_week": 1}),
        Sample(
            "calendar_feeds",
            {"provider_id": To("busy"), "token_hash": token_hash(new_token())},
        ),
        Sample("provider_schedules", {**hours, "date": "2030-01-07", "type": "AVAILABLE"}),
    ]


def _series() -> list[Sample]:
    series = {
        "rule": "FREQ=WEEKLY;COUNT=2",
        "timezone": "UTC",
        "start_time": "2030-01-07 09:00Z",
        "service_id": To("offered"),
        "customer_id": To("customers"),
    }
    return [Sample("appointment_series", series)]


def _bookings(slug: str) -> list[Sample]:
    standing = {
        "service_id": To("offered"),
        "provider_id": To("busy"),
        "location_id": To("locations"),
        "customer_id": To("customers"),
        "timezone": "UTC",
        "start_time": "2030-01-07 09:00Z",
        "end_time": "2030-01-07 09:30Z",
        "held_until": "2030-01-07 09:30Z",
        "confirmation_code": new_confirmation_code(),
    }
    cancelled = {"status": "CANCELLED", "confirmation_code": new_confirmation_code()}
    hold_id = new_id()
    hold = {
        "id": hold_id,
        "provider_id": To("busy"),
        "service_id": To("offered"),
        "held_from": "2030-01-07 10:00Z",
        "held_until": "2030-01-07 10:30Z",
        "seat_group": hold_id,
        "expires_at": "2030-01-01 00:00Z",
    }
    about = {"appointment_id": To("standing")}
    answer = {"parameter_name": "age", "label": "Age", "value": Jsonb(7)}
    session = {
        "provider_id": To("busy"),
        "service_id": To("offered"),
        "held_from": "2030-01-07 11:00Z",
        "held_until": "2030-01-07 11:30Z",
        "capacity": 3,
    }
    return [
        Sample("appointments", standing | {"series_id": To("appointment_series")}, "standing"),
        Sample("group_sessions", session),
        Sample("appointments", standing | cancelled),
        Sample("held_times", hold),
        Sample("appointment_parameters", {**about, **answer}),
        Sample("appointment_participants", {**about, "name": f"Friend of {slug}"}),
    ]


def _proofs(slug: str) -> list[Sample]:
    of_user = {"user_id": To("users")}
    identity = {"type": "oauth", "provider": "example", "provider_account_id": slug}
    later = {"expires": "2030-01-01 00:00Z"}
    return [
        Sample("accounts", {**of_user, **identity}),
        Sample("sessions", {**of_user, **later, "session_token_hash": token_hash(new_token())}),
        Sample(
            "verification_tokens",
            {
                **of_user,
                **later,
                "identifier": slug,
                "token_hash": token_hash(new_token()),
                "purpose": "INVITATION",
            },
        ),
        Sample(
            "api_keys",
            {"name": "k", "prefix": "p", "key_hash": token_hash(new_token()), "role": "STAFF"},
        ),
    ]


def _ledger(slug: str) -> list[Sample]:
    event = {"actor_type": "SYSTEM", "action": "tenant.created", "entity_type": "Tenant"}
    return [
        Sample("reminder_rules", {"minutes_before": 60, "channel": "EMAIL"}),
        Sample(
            "message_templates",
            {"kind": "BOOKED", "channel": "SMS", "locale": "en", "text": "Booked."},
        ),
        Sample(
            "notifications",
            {
                "kind": "BOOKED",
                "channel": "EMAIL",
                "recipient": f"c@{slug}.example",
                "appointment_id": To("standing"),
            },
        ),
        Sample("audit_events", event, "sealed"),
        Sample("audit_events", event),
        Sample("audit_unsealed", {"event_id": new_id()}),
        Sample(
            "audit_seals",
            {"position": 1, "event_id": To("sealed"), "details": b"salted", "hash": b"first"},
        ),
        Sample("webhooks", {"url": "https://example.org", "events": [], "secret": b"s"}),
        Sample(
            "idempotency_keys",
            {
                "caller": "public",
                "key": "k",
                "request_hash": b"h",
                "status": 201,
                "response": b"r",
                "expires_at": "2030-01-01 00:00Z",
            },
        ),
    ]
