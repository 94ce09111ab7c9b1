"""The functions that look past the walls of tenants: narrow, and nobody else's to call."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sloty_deploy.scratch import DatabaseUrls

from . import catalog
from .catalog import Connection
from .one_of_everything import Tenant, enter

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
LEASE = NOW + timedelta(seconds=45)
FOUND = "TABLE(tenant_id uuid, {}_id uuid)"
# Each door by name, and what it gives: ids, and where it says no more than how much there is to do.
DOORS = {
    "claim_notifications": "TABLE(tenant_id uuid, notification_id uuid, attempts integer)",
    "due_appointments": FOUND.format("appointment"),
    "due_waitlists": "TABLE(tenant_id uuid)",
    "expired_files": FOUND.format("file"),
    "expire_holds": FOUND.format("hold"),
    "expire_idempotency_keys": FOUND.format("key"),
    "expired_requests": FOUND.format("appointment"),
    "find_account": FOUND.format("user"),
    "find_api_key": FOUND.format("api_key"),
    "find_appointment": FOUND.format("appointment"),
    "find_calendar_feed": FOUND.format("feed"),
    "find_session": FOUND.format("session"),
    "find_tenant": "uuid",
    "find_user": FOUND.format("user"),
    "find_verification_token": FOUND.format("token"),
    "find_waitlist_entry": FOUND.format("entry"),
    "forget_audit_details": FOUND.format("entity"),
    "notification_backlog": (
        "TABLE(channel text, due bigint, late bigint, oldest timestamp with time zone)"
    ),
    "unsealed_tenants": "TABLE(tenant_id uuid)",
    "zones_in_use": "TABLE(zone text)",
}
PLAIN_FUNCTIONS = {
    "await_seal",
    "hold_appointment_time",
    "keep_held_time",
    "match_held_time",
    "note_changed_business",
    "note_changed_calendar",
    "note_changed_grid",
    "note_freed_time",
    "outside_quiet_hours",
    "touch",
}


def test_doors_are_these(owner: Connection) -> None:
    rows = owner.execute("SELECT proname FROM pg_proc WHERE prosecdef").fetchall()
    assert {name for (name,) in rows} == set(DOORS)
    assert catalog.functions(owner) == set(DOORS) | PLAIN_FUNCTIONS


@pytest.mark.parametrize("door", sorted(DOORS))
def test_door_gives_ids_only(owner: Connection, door: str) -> None:
    row = owner.execute("SELECT pg_get_function_result(%s::regproc)", [door]).fetchone()
    assert row == (DOORS[door],)


@pytest.mark.parametrize("door", sorted(DOORS))
def test_door_is_closed_to_the_public(owner: Connection, door: str) -> None:
    callers = owner.execute(
        """
        SELECT array_agg(coalesce(r.rolname, 'PUBLIC') ORDER BY r.rolname)::text[]
        FROM pg_proc p, aclexplode(p.proacl) acl LEFT JOIN pg_roles r ON r.oid = acl.grantee
        WHERE p.oid = %s::regproc
        """,
        [door],
    ).fetchone()
    assert callers == (["sloty_app", "sloty_owner"],)


def test_function_finds_no_table_of_its_caller(owner: Connection) -> None:
    """Unless named last, a caller's temporary tables would come first."""
    paths = owner.execute(
        """
        SELECT proname, proconfig FROM pg_proc
        WHERE prosecdef
           OR proname IN ('hold_appointment_time', 'match_held_time', 'keep_held_time', 'await_seal')
        """
    ).fetchall()
    assert len(paths) == len(DOORS) + 4
    assert {tuple(path or ()) for _, path in paths} == {
        ("search_path=pg_catalog, public, pg_temp",)
    }


def test_user_is_found_by_address_alone(outside: Connection, tenant: Tenant, other: Tenant) -> None:
    for who in (tenant, other):
        user = who["users"]
        for address in (user["email"], user["email"].upper()):
            found = outside.execute("SELECT * FROM find_user(%s)", [address]).fetchall()
            assert found == [(who.id, user["id"])]
    assert outside.execute("SELECT * FROM find_user('nobody@example.org')").fetchall() == []


def test_session_is_found_by_hash_alone(outside: Connection, tenant: Tenant) -> None:
    session = tenant["sessions"]
    query = "SELECT * FROM find_session(%s)"
    found = outside.execute(query, [session["session_token_hash"]]).fetchall()
    assert found == [(tenant.id, session["id"])]
    assert outside.execute(query, [b"another"]).fetchall() == []


def test_due_appointments_come_oldest_first(
    outside: Connection, tenant: Tenant, other: Tenant
) -> None:
    for minutes, who in ((2, tenant), (1, other), (-1, tenant)):
        name = "standing" if minutes > 0 else "appointments"
        enter(outside, who.id)
        outside.execute(
            "UPDATE appointments SET remind_at = NULL WHERE id <> ALL(%s)",
            [[who["standing"]["id"], who["appointments"]["id"]]],
        )
        outside.execute(
            "UPDATE appointments SET remind_at = %s WHERE id = %s",
            [NOW - timedelta(minutes=minutes), who[name]["id"]],
        )
    enter(outside, other.id)
    outside.execute(
        "UPDATE appointments SET remind_at = NULL WHERE id = %s", [other["appointments"]["id"]]
    )
    query = "SELECT * FROM due_appointments(%s, %s)"
    oldest = (tenant.id, tenant["standing"]["id"])
    assert outside.execute(query, [NOW, 1]).fetchall() == [oldest]
    assert outside.execute(query, [NOW, 9]).fetchall() == [
        oldest,
        (other.id, other["standing"]["id"]),
    ]


def test_claim_takes_due_messages_once(outside: Connection, tenant: Tenant, other: Tenant) -> None:
    for who, due in ((tenant, -2), (other, -1)):
        enter(outside, who.id)
        outside.execute(
            "UPDATE notifications SET next_attempt_at = %s", [NOW + timedelta(minutes=due)]
        )
    first = (tenant.id, tenant["notifications"]["id"])
    second = (other.id, other["notifications"]["id"])
    assert claim(outside, channel="SMS") == []
    assert claim(outside, now=NOW - timedelta(minutes=3)) == []
    assert claim(outside, batch=1) == [(*first, 1)]
    assert claim(outside) == [(*second, 1)]
    assert claim(outside, now=LEASE - timedelta(seconds=1)) == []
    assert sorted(claim(outside, now=LEASE)) == sorted([(*first, 2), (*second, 2)])


def test_settled_message_is_not_claimed(inside: Connection) -> None:
    for status in ("SENT", "FAILED", "SKIPPED"):
        inside.execute("UPDATE notifications SET status = %s", [status])
        inside.execute("SELECT set_config('app.tenant_id', '', true)")
        assert claim(inside, now=NOW - timedelta(days=9000)) == []


def test_claims_at_once_share_nothing(database: DatabaseUrls) -> None:
    owe(database, messages=60)
    with psycopg.connect(database.app_url) as one, psycopg.connect(database.app_url) as another:
        both = (claim(one, batch=25), claim(another, batch=25))
    ids = [message for taken in both for (_, message, _) in taken]
    assert [len(taken) for taken in both] == [25, 25]
    assert len(set(ids)) == 50


def test_claim_never_exceeds_its_batch(database: DatabaseUrls) -> None:
    """Statistics of a nearly empty table invite a plan that looks for due rows again and again."""
    owe(database, messages=1)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("ANALYZE notifications")
    owe(database, messages=30)
    with psycopg.connect(database.app_url) as services:
        assert len(claim(services, batch=2)) == 2


def owe(database: DatabaseUrls, *, messages: int) -> None:
    """Leave so many messages due, of the tenant that every database begins with."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            """
            INSERT INTO notifications (tenant_id, kind, channel, recipient, next_attempt_at)
            SELECT id, 'INVITATION', 'EMAIL', 'a@example.org', '2030-01-01 00:00Z'
            FROM tenants, generate_series(1, %s)
            """,
            [messages],
        )


def claim(
    connection: Connection,
    *,
    channel: str = "EMAIL",
    now: datetime = NOW,
    batch: int = 100,
) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT * FROM claim_notifications(%s, %s, %s, %s)",
        [channel, now, now + timedelta(seconds=45), batch],
    ).fetchall()
