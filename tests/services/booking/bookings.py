"""What the tests of appointments do with them, as clients and as the schema's owner."""

from typing import Any

import psycopg
from psycopg.rows import dict_row
from tests.api_clients import Client, Shop, answered

from sloty_deploy.scratch import DatabaseUrls

NINE = "2027-03-23T09:00:00+01:00"
TEN = "2027-03-23T10:00:00+01:00"
ELEVEN = "2027-03-23T11:00:00+01:00"
NEXT_NINE = "2027-03-24T09:00:00+01:00"


def path_of(booked: Any, action: str = "") -> str:
    return f"/v1/appointments/{booked['id']}{action and '/' + action}"


def act(api: Client, booked: Any, action: str, body: Any = None) -> Any:
    """The appointment after this action."""
    return api.post(path_of(booked, action), body, status=200)


def move(api: Client, booked: Any, start: str, **more: Any) -> Any:
    """The new appointment at this time."""
    return api.post(path_of(booked, "reschedule"), {"startTime": start} | more)


def public_path(code: str, action: str = "") -> str:
    return f"/v1/public/appointments/{code}{action and '/' + action}"


def book_publicly(shop: Shop, start: str, **changes: Any) -> Any:
    """An appointment booked on the business's page."""
    anybody = shop.booking.with_token(None)
    path = f"/v1/public/{shop.tenant['slug']}/appointments"
    return anybody.post(path, shop.request(start) | changes)


def messages(shop: Shop, booked: Any) -> list[Any]:
    """The messages owed for the appointment, oldest first."""
    return list(shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"])


def kinds(shop: Shop, booked: Any) -> list[str]:
    return [message["kind"] for message in messages(shop, booked)]


def reread(shop: Shop, booked: Any, **query: Any) -> Any:
    """The appointment as staff see it now."""
    return shop.booking.get(path_of(booked), **query)


def change_settings(shop: Shop, **settings: Any) -> None:
    answered(shop.booking.send("PATCH", "/v1/tenant", json={"settings": settings}), 200)


def rows(database: DatabaseUrls, query: str, *values: Any) -> list[Any]:
    """As the schema's owner, who sees every tenant."""
    with psycopg.connect(database.owner_url, row_factory=dict_row) as connection:
        return connection.execute(query, values).fetchall()


def change_rows(database: DatabaseUrls, query: str, *values: Any) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(query, values)


def set_status(database: DatabaseUrls, booked: Any, status: str) -> None:
    change_rows(database, "UPDATE appointments SET status = %s WHERE id = %s", status, booked["id"])


def actions_on(database: DatabaseUrls, booked: Any) -> list[str]:
    """What the audit says was done to it."""
    query = "SELECT action FROM audit_events WHERE entity_id = %s ORDER BY id"
    return [row["action"] for row in rows(database, query, booked["id"])]
