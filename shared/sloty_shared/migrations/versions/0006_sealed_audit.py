"""The audit's chain: events that wait for their seal, what erasure may forget, doors for the worker."""

from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"
FUNCTIONS = {
    # From one tenant's first entry to the next tenant's: it costs what there are tenants waiting,
    # however many events each of them has.
    "unsealed_tenants()": """
        CREATE FUNCTION unsealed_tenants() RETURNS TABLE (tenant_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            WITH RECURSIVE waiting (id) AS (
                (SELECT u.tenant_id FROM audit_unsealed u ORDER BY u.tenant_id LIMIT 1)
                UNION ALL
                SELECT (SELECT u.tenant_id FROM audit_unsealed u WHERE u.tenant_id > waiting.id
                        ORDER BY u.tenant_id LIMIT 1)
                FROM waiting WHERE waiting.id IS NOT NULL
            )
            SELECT waiting.id FROM waiting WHERE waiting.id IS NOT NULL
        $$
    """,
    # All that can ever be done to an event: its details are forgotten, and what proves them. The
    # event that says whom an erasure concerned stays.
    "forget_audit_details(uuid[])": """
        CREATE FUNCTION forget_audit_details(entity_ids uuid[])
            RETURNS TABLE (tenant_id uuid, entity_id uuid)
            LANGUAGE sql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            UPDATE audit_events e
            SET before = NULL, after = NULL, address = NULL, salt = NULL
            WHERE e.tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)
              AND e.entity_id = ANY (entity_ids)
              AND e.salt IS NOT NULL AND e.action <> 'customer.erased'
            RETURNING e.tenant_id, e.entity_id
        $$
    """,
    "expire_idempotency_keys(integer)": """
        CREATE FUNCTION expire_idempotency_keys(batch integer)
            RETURNS TABLE (tenant_id uuid, key_id uuid)
            LANGUAGE sql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            WITH expired AS MATERIALIZED (
                SELECT k.id FROM idempotency_keys k WHERE k.expires_at <= now()
                ORDER BY k.expires_at LIMIT batch FOR UPDATE SKIP LOCKED
            )
            DELETE FROM idempotency_keys k USING expired WHERE k.id = expired.id
            RETURNING k.tenant_id, k.id
        $$
    """,
}
# In the order in which events are listed, of one tenant, of one actor and of one request.
INDEXES = {
    "idx_audit_events_tenant_id_occurred_at_id": "tenant_id, occurred_at, id",
    "idx_audit_events_actor_id_occurred_at_id": "actor_id, occurred_at, id",
    "idx_audit_events_request_id": "request_id",
}


def upgrade() -> None:
    op.execute("ALTER TABLE audit_events ADD COLUMN salt uuid DEFAULT gen_random_uuid()")
    # No seal was made before this revision, so there is none without its details' hash.
    op.execute("DELETE FROM audit_seals")
    op.execute("ALTER TABLE audit_seals ADD COLUMN details bytea NOT NULL")
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON audit_events ({columns})")
    op.execute(
        "CREATE INDEX idx_notifications_user_id ON notifications (user_id) "
        "WHERE user_id IS NOT NULL"
    )
    _queue_events()
    for signature, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


def _queue_events() -> None:
    """Every event waits for its seal from its own transaction on, whoever writes it.

    No reference leads to the event: its entry outlives it, so that its deletion is found.
    """
    op.execute(
        "CREATE TABLE audit_unsealed ("
        " tenant_id uuid NOT NULL,"
        " event_id uuid NOT NULL,"
        " CONSTRAINT pk_audit_unsealed PRIMARY KEY (tenant_id, event_id),"
        " CONSTRAINT fk_audit_unsealed_tenant_id"
        "  FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE)"
    )
    _isolate("audit_unsealed")
    op.execute(
        """
        CREATE FUNCTION await_seal() RETURNS trigger
            LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            INSERT INTO audit_unsealed (tenant_id, event_id) VALUES (NEW.tenant_id, NEW.id);
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER await_seal AFTER INSERT ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION await_seal()"
    )
    op.execute(
        "INSERT INTO audit_unsealed (tenant_id, event_id) SELECT tenant_id, id FROM audit_events"
    )


def _isolate(table: str) -> None:
    """Show a tenant its own rows only; FORCE binds the owner too, so it gets a policy by name."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant_isolation ON {table} "
        f"USING (tenant_id = {CURRENT_TENANT}) WITH CHECK (tenant_id = {CURRENT_TENANT})"
    )
    op.execute(
        f"CREATE POLICY owner_access ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP TRIGGER await_seal ON audit_events")
    op.execute("DROP FUNCTION await_seal()")
    op.execute("DROP TABLE audit_unsealed")
    op.execute("DROP INDEX idx_notifications_user_id")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE audit_seals DROP COLUMN details")
    op.execute("ALTER TABLE audit_events DROP COLUMN salt")
