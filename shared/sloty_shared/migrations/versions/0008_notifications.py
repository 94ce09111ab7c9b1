"""Notifications: urgent ones first and tenants in turn, templates, webhooks that fail, quiet hours."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
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
)
TAKEABLE = "status IN ('PENDING', 'SENDING')"
CLAIM = "claim_notifications(text, timestamptz, timestamptz, integer)"
BACKLOG = "notification_backlog(timestamptz)"
QUIET = "outside_quiet_hours(timestamptz, text, jsonb)"


def upgrade() -> None:
    _allow_kinds(*KINDS, "TEST")
    op.execute("ALTER TABLE notifications ADD COLUMN forgiven integer DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE webhooks ADD COLUMN failing_since timestamptz")
    op.execute("ALTER TABLE pulses ALTER COLUMN scanned_at DROP NOT NULL")
    op.execute("ALTER TABLE pulses ADD COLUMN breathed_at timestamptz")
    _create_indexes()
    _create_message_templates()
    op.execute(_read("0008_functions.sql"))
    for function in (CLAIM, BACKLOG):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")


def _create_indexes() -> None:
    op.execute("DROP INDEX idx_notifications_takeable")
    op.execute(
        "CREATE INDEX idx_notifications_takeable "
        f"ON notifications (channel, tenant_id, next_attempt_at) WHERE {TAKEABLE}"
    )
    op.execute(
        "CREATE INDEX idx_notifications_urgent ON notifications (channel, next_attempt_at) "
        f"WHERE {TAKEABLE} AND kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'INVITATION')"
    )
    op.execute(
        "CREATE INDEX idx_notifications_to_webhook ON notifications (tenant_id, recipient, id) "
        "WHERE channel = 'WEBHOOK'"
    )


def _create_message_templates() -> None:
    op.execute(
        f"""
        CREATE TABLE message_templates (
            id uuid DEFAULT uuidv7() NOT NULL,
            tenant_id uuid NOT NULL,
            kind varchar(32) NOT NULL,
            channel varchar(32) NOT NULL,
            locale text NOT NULL,
            subject text,
            text text NOT NULL,
            html text,
            created_at timestamptz DEFAULT now() NOT NULL,
            updated_at timestamptz DEFAULT now() NOT NULL,
            version integer DEFAULT 1 NOT NULL,
            CONSTRAINT pk_message_templates PRIMARY KEY (id),
            CONSTRAINT uq_message_templates_tenant_id_id UNIQUE (tenant_id, id),
            CONSTRAINT uq_message_templates_tenant_id_kind_channel_locale
                UNIQUE (tenant_id, kind, channel, locale),
            CONSTRAINT fk_message_templates_tenant_id
                FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
            CONSTRAINT ck_message_templates_notification_kind
                CHECK (kind IN ({_listed(*KINDS, "TEST")})),
            CONSTRAINT ck_message_templates_channel CHECK (channel IN ('EMAIL', 'SMS', 'WEBHOOK')),
            CONSTRAINT ck_message_templates_subject
                CHECK ((channel = 'EMAIL') = (subject IS NOT NULL))
        )
        """
    )
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON message_templates "
        "FOR EACH ROW EXECUTE FUNCTION touch()"
    )
    _isolate("message_templates")


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
    op.execute("ALTER TABLE notifications DROP CONSTRAINT ck_notifications_notification_kind")
    op.execute(
        "ALTER TABLE notifications ADD CONSTRAINT ck_notifications_notification_kind "
        f"CHECK (kind IN ({_listed(*kinds)}))"
    )


def _listed(*values: str) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {BACKLOG}")
    op.execute(f"DROP FUNCTION {QUIET}")
    op.execute(_read("0008_functions_before.sql"))
    op.execute("DROP TABLE message_templates")
    op.execute("DROP INDEX idx_notifications_to_webhook")
    op.execute("DROP INDEX idx_notifications_urgent")
    op.execute("DROP INDEX idx_notifications_takeable")
    op.execute(
        "CREATE INDEX idx_notifications_takeable "
        f"ON notifications (channel, next_attempt_at) WHERE {TAKEABLE}"
    )
    op.execute("ALTER TABLE pulses DROP COLUMN breathed_at")
    op.execute("DELETE FROM pulses WHERE scanned_at IS NULL")
    op.execute("ALTER TABLE pulses ALTER COLUMN scanned_at SET NOT NULL")
    op.execute("ALTER TABLE webhooks DROP COLUMN failing_since")
    op.execute("ALTER TABLE notifications DROP COLUMN forgiven")
    op.execute("DELETE FROM notifications WHERE kind = 'TEST'")
    _allow_kinds(*KINDS)
