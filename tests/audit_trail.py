"""Audit events written by hand, as the services' role writes them, and what verifying says."""

from typing import Any
from uuid import UUID

import psycopg
from tests.factories import make_tenant, owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.audit_verify import Head, Verdict, verify_chains
from sloty_shared.database import Database
from sloty_shared.models import Tenant

Connection = psycopg.Connection[Any]
_ADD = """
    INSERT INTO audit_events (tenant_id, actor_type, action, entity_type, entity_id, before, after,
                              address)
    SELECT %s, 'SYSTEM', 'thing.changed', 'Thing', gen_random_uuid(),
           jsonb_build_object('name', 'Old', 'price', 1.10), jsonb_build_object('name', 'Größe' || n),
           '192.0.2.1'
    FROM generate_series(1, %s) n RETURNING id
"""


def new_tenant(database: DatabaseUrls, **columns: Any) -> Tenant:
    with owner_session(database.owner_url) as session:
        return make_tenant(session, **columns)


def services(database: DatabaseUrls, tenant: Tenant) -> Connection:
    """A connection of the services' role, inside the tenant for as long as it is open."""
    connection = psycopg.connect(database.app_url)
    connection.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant.id)])
    connection.commit()
    return connection


def add_events(connection: Connection, tenant: Tenant, number: int = 1) -> list[UUID]:
    return [row[0] for row in connection.execute(_ADD, [tenant.id, number])]


def add_committed(database: DatabaseUrls, tenant: Tenant, number: int = 1) -> list[UUID]:
    with services(database, tenant) as connection:
        return add_events(connection, tenant, number)


def tamper(database: DatabaseUrls, *statements: str) -> None:
    """Run this as somebody whom nothing in the database stops."""
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)


def verdict_on(database: DatabaseUrls, tenant: Tenant, kept: Head | None = None) -> Verdict:
    (verdict,) = verify_chains(database.owner_url, tenant.slug, kept)
    return verdict


def app_database(database: DatabaseUrls) -> Database:
    return Database(database.app_url, pool_size=4)
