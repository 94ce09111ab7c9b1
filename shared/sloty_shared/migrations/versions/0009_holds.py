"""Holds: when what is held ends without its buffer, and who holds it."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE held_times ADD COLUMN end_time timestamptz, ADD COLUMN holder text")
    # Only holds are in it, so that an appointment costs nothing more.
    op.execute(
        "CREATE INDEX idx_held_times_holder ON held_times (tenant_id, holder) "
        "WHERE holder IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX idx_held_times_holder")
    op.execute("ALTER TABLE held_times DROP COLUMN holder, DROP COLUMN end_time")
