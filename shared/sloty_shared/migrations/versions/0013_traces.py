"""Messages know the span of the request that owes them."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE notifications ADD COLUMN traceparent text")


def downgrade() -> None:
    op.execute("ALTER TABLE notifications DROP COLUMN traceparent")
