"""What verifying finds when somebody has tampered, with every right there is, and what it cannot."""

from uuid import UUID

import psycopg
import pytest
from tests.audit_trail import add_committed, app_database, new_tenant, tamper, verdict_on

from sloty_deploy.scratch import DatabaseUrls
from sloty_notifications.seal import seal_audit
from sloty_shared.audit_verify import CannotVerify, Head, verify_chains
from sloty_shared.models import Tenant


@pytest.fixture
def tenant(database: DatabaseUrls) -> Tenant:
    return new_tenant(database)


@pytest.fixture
def events(database: DatabaseUrls, tenant: Tenant) -> list[UUID]:
    """Ten sealed events, oldest first; another tenant has some too."""
    added = add_committed(database, tenant, 10)
    add_committed(database, new_tenant(database), 5)
    seal(database)
    return added


def seal(database: DatabaseUrls) -> None:
    app = app_database(database)
    seal_audit(app)
    app.dispose()


def test_untouched_chain_is_intact(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    verdict = verdict_on(database, tenant)
    assert verdict.faults == []
    assert (verdict.sealed, verdict.waiting, verdict.forgotten) == (len(events), 0, 0)
    everyone = list(verify_chains(database.owner_url))
    assert [each.tenant for each in everyone] == sorted(each.tenant for each in everyone)
    assert sum(each.sealed for each in everyone) == 15


@pytest.mark.parametrize(
    "change",
    [
        "action = 'thing.created'",
        "actor_type = 'USER'",
        "actor_id = id",
        "acting_role = 'STAFF'",
        "entity_type = 'Else'",
        "entity_id = id",
        "entity_id = NULL",
        "request_id = 'another'",
        "occurred_at = occurred_at + interval '1 microsecond'",
    ],
)
def test_changed_event_is_named(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID], change: str
) -> None:
    tamper(database, f"UPDATE audit_events SET {change} WHERE id = '{events[3]}'")
    assert verdict_on(database, tenant).faults == [
        f"event {events[3]} at position 4 was changed or moved"
    ]


@pytest.mark.parametrize(
    "change",
    [
        """before = jsonb_set(before, '{name}', '"New"')""",
        # Equal as a number, and not what was written.
        "before = jsonb_set(before, '{price}', '1.1')",
        "after = NULL",
        "address = '192.0.2.2'",
        "salt = gen_random_uuid()",
    ],
)
def test_changed_details_are_named(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID], change: str
) -> None:
    tamper(database, f"UPDATE audit_events SET {change} WHERE id = '{events[3]}'")
    assert verdict_on(database, tenant).faults == [
        f"event {events[3]} at position 4 was changed in its details"
    ]


def test_details_lost_without_an_erasure_are_named(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    nothing = "before = NULL, after = NULL, address = NULL, salt = NULL"
    tamper(
        database,
        f"UPDATE audit_events SET {nothing} WHERE id = '{events[2]}'",
        f"UPDATE audit_events SET salt = NULL WHERE id = '{events[5]}'",
    )
    assert verdict_on(database, tenant).faults == [
        f"event {events[2]} at position 3 lost its details without an erasure",
        f"event {events[5]} at position 6 was given other details",
    ]


def test_deleted_events_are_named(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    gone = (events[0], events[9])
    tamper(database, f"DELETE FROM audit_events WHERE id IN ('{gone[0]}', '{gone[1]}')")
    assert verdict_on(database, tenant).faults == [
        f"event {gone[0]} at position 1 was deleted",
        f"event {gone[1]} at position 10 was deleted",
    ]


def test_event_deleted_with_its_seal_leaves_a_gap(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    tamper(
        database,
        f"DELETE FROM audit_seals WHERE event_id = '{events[4]}'",
        f"DELETE FROM audit_events WHERE id = '{events[4]}'",
    )
    first, second = verdict_on(database, tenant).faults
    assert first == "the seals from position 5 to 5 are missing"
    assert second == f"event {events[5]} at position 6 was changed or moved"


def test_gap_that_was_closed_is_seen(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    tamper(
        database,
        f"DELETE FROM audit_seals WHERE event_id = '{events[4]}'",
        f"DELETE FROM audit_events WHERE id = '{events[4]}'",
        f"UPDATE audit_seals SET position = position - 1 "
        f"WHERE position > 5 AND tenant_id = '{tenant.id}'",
    )
    assert verdict_on(database, tenant).faults == [
        f"event {events[5]} at position 5 was changed or moved"
    ]


def test_swapped_events_are_named(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    mine = f"tenant_id = '{tenant.id}'"
    tamper(
        database,
        f"UPDATE audit_seals SET position = -position WHERE {mine} AND position IN (3, 7)",
        f"UPDATE audit_seals SET position = 10 + position WHERE {mine} AND position < 0",
    )
    faults = verdict_on(database, tenant).faults
    assert faults[0] == f"event {events[6]} at position 3 was changed or moved"
    assert f"event {events[2]} at position 7 was changed or moved" in faults


def test_event_smuggled_past_the_queue_is_named(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    tamper(
        database,
        "INSERT INTO audit_events (tenant_id, actor_type, action, entity_type)"
        f" VALUES ('{tenant.id}', 'SYSTEM', 'thing.invented', 'Thing')",
    )
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(
            "SELECT id FROM audit_events WHERE action = 'thing.invented'"
        ).fetchone()
    assert row is not None
    seal(database)
    verdict = verdict_on(database, tenant)
    assert verdict.faults == [f"event {row[0]} is neither sealed nor waiting for it"]
    assert verdict.sealed == len(events)


def test_lost_seals_are_seen_while_events_stand(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    tamper(database, f"DELETE FROM audit_seals WHERE tenant_id = '{tenant.id}' AND position > 8")
    assert verdict_on(database, tenant).faults == [
        f"event {event} is neither sealed nor waiting for it" for event in events[8:]
    ]


def test_cut_off_end_shows_only_beside_a_kept_head(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    kept = verdict_on(database, tenant).head
    last = ", ".join(f"'{event}'" for event in events[8:])
    tamper(
        database,
        f"DELETE FROM audit_seals WHERE event_id IN ({last})",
        f"DELETE FROM audit_events WHERE id IN ({last})",
    )
    assert verdict_on(database, tenant).faults == []
    (fault,) = verdict_on(database, tenant, kept).faults
    assert fault == f"the head {kept} is not in the chain: its end was cut off or made anew"


def test_kept_head_stands_while_the_chain_grows(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    kept = verdict_on(database, tenant).head
    assert kept.position == len(events)
    add_committed(database, tenant, 3)
    seal(database)
    verdict = verdict_on(database, tenant, Head.parse(str(kept)))
    assert (verdict.sealed, verdict.faults) == (13, [])


def test_head_of_an_empty_chain_stands(database: DatabaseUrls, tenant: Tenant) -> None:
    kept = verdict_on(database, tenant).head
    assert verdict_on(database, tenant, kept).faults == []


def test_many_faults_are_counted(
    database: DatabaseUrls, tenant: Tenant, events: list[UUID]
) -> None:
    add_committed(database, tenant, 40)
    seal(database)
    tamper(database, f"UPDATE audit_events SET action = 'x' WHERE tenant_id = '{tenant.id}'")
    verdict = verdict_on(database, tenant)
    assert (len(verdict.faults), verdict.unnamed_faults) == (20, len(events) + 20)


def test_tenant_and_database_must_be_there(database: DatabaseUrls) -> None:
    with pytest.raises(CannotVerify, match="There is no tenant nobody"):
        list(verify_chains(database.owner_url, "nobody"))
    with pytest.raises(CannotVerify):
        list(verify_chains(database.owner_url.replace(database.name, "nowhere")))


@pytest.mark.parametrize("written", ["", "3", "3:", "x:00", "3:xyz", ":00"])
def test_head_is_written_in_one_way(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Head.parse(written)
