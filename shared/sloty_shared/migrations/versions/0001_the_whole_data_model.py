"""The whole data model: tables, what the database guards by itself, and the walls of tenants."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT_OWNED = (
    "accounts",
    "api_keys",
    "appointment_parameters",
    "appointment_participants",
    "appointments",
    "audit_events",
    "audit_seals",
    "customers",
    "group_sessions",
    "held_times",
    "idempotency_keys",
    "locations",
    "notifications",
    "provider_availability",
    "provider_schedules",
    "provider_services",
    "providers",
    "reminder_rules",
    "service_parameters",
    "services",
    "sessions",
    "users",
    "verification_tokens",
    "webhooks",
)
STAMPED = (
    "api_keys",
    "appointment_parameters",
    "appointment_participants",
    "appointments",
    "customers",
    "locations",
    "notifications",
    "provider_availability",
    "provider_schedules",
    "providers",
    "reminder_rules",
    "service_parameters",
    "services",
    "tenants",
    "users",
    "webhooks",
)
FUNCTIONS = (
    "claim_notifications(text, timestamptz, timestamptz, integer)",
    "due_appointments(timestamptz, integer)",
    "find_session(bytea)",
    "find_user(text)",
)
TRIGGER_FUNCTIONS = (
    "touch()",
    "hold_appointment_time()",
    "match_held_time()",
    "keep_held_time()",
)
# Wrapped in a SELECT it is evaluated once a statement, not once a row; after a transaction the
# setting is empty and not NULL, which a bare cast would refuse.
CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"


def upgrade() -> None:
    folder = Path(__file__).parent
    op.execute((folder / "0001_tables.sql").read_text(encoding="utf-8"))
    op.execute((folder / "0001_rules.sql").read_text(encoding="utf-8"))
    for table in STAMPED:
        # When the planner looks at an appointment again, nothing has changed for anybody else.
        when = "WHEN (OLD.remind_at IS NOT DISTINCT FROM NEW.remind_at) "
        op.execute(
            f"CREATE TRIGGER touch BEFORE UPDATE ON {table} FOR EACH ROW "
            f"{when if table == 'appointments' else ''}EXECUTE FUNCTION touch()"
        )
    _isolate("tenants", "id")
    for table in TENANT_OWNED:
        _isolate(table, "tenant_id")
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute("INSERT INTO tenants (slug, name) VALUES ('platform', 'Platform')")


def _isolate(table: str, key: str) -> None:
    """Show a tenant its own rows only; FORCE binds the owner too, so it gets a policy by name."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant_isolation ON {table} "
        f"USING ({key} = {CURRENT_TENANT}) WITH CHECK ({key} = {CURRENT_TENANT})"
    )
    op.execute(
        f"CREATE POLICY owner_access ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    tables = ", ".join((*TENANT_OWNED, "tenants", "pulses"))
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(f"DROP TABLE {tables} CASCADE")
    for function in TRIGGER_FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
