"""The waitlist: entries and their offers, where times may have come free, and the offer's message."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"
KINDS = (
    "BOOKED",
    "REQUESTED",
    "CONFIRMED",
    "DECLINED",
    "CANCELLED",
    "RESCHEDULED",
    "REMINDER",
    "EMAIL_VERIFICATION",
    "PASSWORD_RESET",
    "INVITATION",
    "TEST",
)
TABLES = ("waitlist_entries", "waitlist_offers", "freed_times")
DOORS = ("find_waitlist_entry(text)", "due_waitlists(timestamptz, integer)")
TRIGGERS = {
    "held_times": ("note_hold", "note_changed_time", "note_freed_time"),
    "provider_availability": ("note_new_rules", "note_changed_rules"),
    "provider_schedules": ("note_new_overrides", "note_changed_overrides", "note_gone_overrides"),
    "provider_services": ("note_given_services", "note_lifted_limits"),
    "providers": ("note_changed_provider",),
    "locations": ("note_changed_location",),
    "services": ("note_changed_service",),
}
TRIGGER_FUNCTIONS = ("note_freed_time()", "note_changed_calendar()", "note_changed_business()")


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    _allow_kinds(*KINDS, "WAITLIST_OFFER")
    # When a worker looks at an entry again, nothing has changed for anybody else.
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON waitlist_entries FOR EACH ROW "
        "WHEN (OLD.look_at IS NOT DISTINCT FROM NEW.look_at OR OLD.status <> NEW.status) "
        "EXECUTE FUNCTION touch()"
    )
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON waitlist_offers "
        "FOR EACH ROW EXECUTE FUNCTION touch()"
    )
    for table in TABLES:
        _isolate(table)
    for function in DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")


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


def _allow_kinds(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notifications", "message_templates"):
        name = f"ck_{table}_notification_kind"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({listed}))")


def downgrade() -> None:
    for table, triggers in TRIGGERS.items():
        for trigger in triggers:
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in (*TRIGGER_FUNCTIONS, *DOORS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DELETE FROM notifications WHERE kind = 'WAITLIST_OFFER'")
    op.execute("DROP INDEX uq_notifications_waitlist_offer_id")
    op.execute("ALTER TABLE notifications DROP COLUMN waitlist_offer_id")
    # The times that stood offered are free again.
    op.execute("DELETE FROM held_times WHERE id IN (SELECT id FROM waitlist_offers)")
    op.execute(f"DROP TABLE {', '.join(TABLES)} CASCADE")
    _allow_kinds(*KINDS)
