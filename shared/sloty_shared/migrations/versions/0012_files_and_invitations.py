"""Files of forms, with the door to those that have expired; participants who want no reminders."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CURRENT_TENANT = "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)"
EXPIRED = "expired_files(timestamptz, integer)"


def upgrade() -> None:
    _create_files()
    op.execute("CREATE TRIGGER touch BEFORE UPDATE ON files FOR EACH ROW EXECUTE FUNCTION touch()")
    _open_door_to_expired_files()
    op.execute(
        "ALTER TABLE appointment_participants "
        "ADD COLUMN wants_reminders boolean DEFAULT true NOT NULL"
    )


def _create_files() -> None:
    op.execute(
        """
        CREATE TABLE files (
            id uuid DEFAULT uuidv7() NOT NULL,
            tenant_id uuid NOT NULL,
            name text NOT NULL,
            content_type text NOT NULL,
            size integer NOT NULL,
            status varchar(32) DEFAULT 'PENDING' NOT NULL,
            is_public boolean DEFAULT false NOT NULL,
            uploaded_by uuid,
            appointment_id uuid,
            expires_at timestamptz,
            created_at timestamptz DEFAULT now() NOT NULL,
            updated_at timestamptz DEFAULT now() NOT NULL,
            version integer DEFAULT 1 NOT NULL,
            CONSTRAINT pk_files PRIMARY KEY (id),
            CONSTRAINT uq_files_tenant_id_id UNIQUE (tenant_id, id),
            CONSTRAINT fk_files_tenant_id
                FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
            CONSTRAINT fk_files_tenant_id_uploaded_by
                FOREIGN KEY (tenant_id, uploaded_by) REFERENCES users (tenant_id, id)
                ON DELETE SET NULL (uploaded_by),
            CONSTRAINT fk_files_tenant_id_appointment_id
                FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointments (tenant_id, id),
            CONSTRAINT ck_files_file_status CHECK (status IN ('PENDING', 'STORED', 'DOOMED')),
            CONSTRAINT ck_files_size CHECK (size > 0),
            CONSTRAINT ck_files_expires_at
                CHECK ((appointment_id IS NULL) = (expires_at IS NOT NULL)),
            CONSTRAINT ck_files_attached CHECK (appointment_id IS NULL OR status = 'STORED')
        )
        """
    )
    for column in ("tenant_id", "appointment_id", "uploaded_by"):
        op.execute(f"CREATE INDEX idx_files_{column} ON files ({column})")
    op.execute(
        "CREATE INDEX idx_files_expires_at ON files (expires_at) WHERE expires_at IS NOT NULL"
    )
    _isolate("files")


def _open_door_to_expired_files() -> None:
    op.execute(
        """
        CREATE FUNCTION expired_files(moment timestamptz, batch integer)
            RETURNS TABLE (tenant_id uuid, file_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT f.tenant_id, f.id FROM files f
            WHERE f.expires_at <= moment ORDER BY f.expires_at LIMIT batch
        $$
        """
    )
    op.execute(f"REVOKE ALL ON FUNCTION {EXPIRED} FROM PUBLIC")


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
    op.execute("ALTER TABLE appointment_participants DROP COLUMN wants_reminders")
    op.execute(f"DROP FUNCTION {EXPIRED}")
    op.execute("DROP TABLE files")
