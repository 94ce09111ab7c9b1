"""A business that changes its grid of starts: its calendars may have times where they had none."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION note_changed_grid() RETURNS trigger
            LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            INSERT INTO freed_times (tenant_id, provider_id)
            SELECT p.tenant_id, p.id FROM providers p WHERE p.tenant_id = NEW.id;
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER note_changed_grid AFTER UPDATE ON tenants
            FOR EACH ROW
            WHEN (OLD.settings -> 'slotInterval' IS DISTINCT FROM NEW.settings -> 'slotInterval')
            EXECUTE FUNCTION note_changed_grid()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER note_changed_grid ON tenants")
    op.execute("DROP FUNCTION note_changed_grid()")
