"""Counts of attempts end by themselves, and the doors of 0002 look at no temporary table."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOORS = (
    "find_tenant(text)",
    "find_api_key(bytea)",
    "find_verification_token(bytea)",
    "find_account(text, text)",
)


def upgrade() -> None:
    # Nobody but what is being tried right now is in the table.
    op.execute("DELETE FROM throttles")
    op.execute("ALTER TABLE throttles RENAME since TO expires_at")
    op.execute("CREATE INDEX idx_throttles_expires_at ON throttles (expires_at)")
    _search("pg_catalog, public, pg_temp")


def downgrade() -> None:
    _search("pg_catalog, public")
    op.execute("DROP INDEX idx_throttles_expires_at")
    op.execute("DELETE FROM throttles")
    op.execute("ALTER TABLE throttles RENAME expires_at TO since")


def _search(path: str) -> None:
    """Unless named last, temporary tables of the caller would come first."""
    for door in DOORS:
        op.execute(f"ALTER FUNCTION {door} SET search_path = {path}")
