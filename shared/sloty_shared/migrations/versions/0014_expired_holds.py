"""The door that deletes holds which expired long ago, and the index that finds them."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

EXPIRE = "expire_holds(integer)"


def upgrade() -> None:
    # Only holds are in it, so that an appointment costs nothing more.
    op.execute(
        "CREATE INDEX idx_held_times_expires_at ON held_times (expires_at) "
        "WHERE expires_at IS NOT NULL"
    )
    # By the database's own clock, so that nobody can delete a live hold by it. Others lock expired
    # holds in the order of their ids too.
    op.execute(
        """
        CREATE FUNCTION expire_holds(batch integer)
            RETURNS TABLE (tenant_id uuid, hold_id uuid)
            LANGUAGE sql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            WITH expired AS MATERIALIZED (
                SELECT h.id FROM held_times h
                WHERE h.expires_at <= now() - interval '1 hour'
                ORDER BY h.id LIMIT batch FOR UPDATE SKIP LOCKED
            )
            DELETE FROM held_times h USING expired WHERE h.id = expired.id
            RETURNING h.tenant_id, h.id
        $$
        """
    )
    op.execute(f"REVOKE ALL ON FUNCTION {EXPIRE} FROM PUBLIC")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {EXPIRE}")
    op.execute("DROP INDEX idx_held_times_expires_at")
