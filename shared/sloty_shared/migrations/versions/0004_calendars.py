"""Calendar feeds with their door, the wall time that was booked, and which zones are in use."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"
FUNCTIONS = {
    "find_calendar_feed(bytea)": """
        CREATE FUNCTION find_calendar_feed(hash bytea)
            RETURNS TABLE (tenant_id uuid, feed_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT f.tenant_id, f.id FROM calendar_feeds f WHERE f.token_hash = hash
        $$
    """,
    # Names of zones of all tenants together, and nothing of any of them.
    "zones_in_use()": """
        CREATE FUNCTION zones_in_use() RETURNS TABLE (zone text)
            LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT DISTINCT l.timezone FROM locations l
        $$
    """,
}


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE calendar_feeds (
            id uuid DEFAULT uuidv7() NOT NULL,
            tenant_id uuid NOT NULL,
            provider_id uuid NOT NULL,
            token_hash bytea NOT NULL,
            created_at timestamptz DEFAULT now() NOT NULL,
            updated_at timestamptz DEFAULT now() NOT NULL,
            version integer DEFAULT 1 NOT NULL,
            CONSTRAINT pk_calendar_feeds PRIMARY KEY (id),
            CONSTRAINT fk_calendar_feeds_tenant_id_provider_id
                FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id)
                ON DELETE CASCADE,
            CONSTRAINT fk_calendar_feeds_tenant_id
                FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
            CONSTRAINT uq_calendar_feeds_provider_id UNIQUE (provider_id),
            CONSTRAINT uq_calendar_feeds_token_hash UNIQUE (token_hash)
        )
        """
    )
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON calendar_feeds FOR EACH ROW EXECUTE FUNCTION touch()"
    )
    _isolate("calendar_feeds")
    op.execute("ALTER TABLE appointments ADD COLUMN start_wall_time text")
    for signature, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


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
    op.execute("ALTER TABLE appointments DROP COLUMN start_wall_time")
    op.execute("DROP TABLE calendar_feeds")
