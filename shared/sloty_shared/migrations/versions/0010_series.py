"""Series of appointments that recur by one rule."""

from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE appointment_series (
            id uuid DEFAULT uuidv7() NOT NULL,
            tenant_id uuid NOT NULL,
            rule text NOT NULL,
            timezone text NOT NULL,
            start_time timestamptz NOT NULL,
            service_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            created_at timestamptz DEFAULT now() NOT NULL,
            updated_at timestamptz DEFAULT now() NOT NULL,
            version integer DEFAULT 1 NOT NULL,
            CONSTRAINT pk_appointment_series PRIMARY KEY (id),
            CONSTRAINT uq_appointment_series_tenant_id_id UNIQUE (tenant_id, id),
            CONSTRAINT fk_appointment_series_tenant_id_service_id
                FOREIGN KEY (tenant_id, service_id) REFERENCES services (tenant_id, id),
            CONSTRAINT fk_appointment_series_tenant_id_customer_id
                FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
            CONSTRAINT fk_appointment_series_tenant_id
                FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
        )
        """
    )
    op.execute(
        "CREATE INDEX idx_appointment_series_customer_id ON appointment_series (customer_id)"
    )
    op.execute(
        "CREATE TRIGGER touch BEFORE UPDATE ON appointment_series "
        "FOR EACH ROW EXECUTE FUNCTION touch()"
    )
    _isolate("appointment_series")
    _put_appointments_in_series()


def _put_appointments_in_series() -> None:
    op.execute("ALTER TABLE appointments ADD COLUMN series_id uuid")
    # Validated apart, so that the table is locked for writing only while nothing is read.
    op.execute(
        "ALTER TABLE appointments ADD CONSTRAINT fk_appointments_tenant_id_series_id "
        "FOREIGN KEY (tenant_id, series_id) REFERENCES appointment_series (tenant_id, id) NOT VALID"
    )
    op.execute("ALTER TABLE appointments VALIDATE CONSTRAINT fk_appointments_tenant_id_series_id")
    op.execute(
        "CREATE INDEX idx_appointments_series_id ON appointments (series_id, start_time) "
        "WHERE series_id IS NOT NULL"
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
    op.execute("ALTER TABLE appointments DROP COLUMN series_id")
    op.execute("DROP TABLE appointment_series")
