"""Appointments by their code, requests that expire, and lists in the order of booking."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FUNCTIONS = {
    "find_appointment(text)": """
        CREATE FUNCTION find_appointment(code text)
            RETURNS TABLE (tenant_id uuid, appointment_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT a.tenant_id, a.id FROM appointments a WHERE a.confirmation_code = code
        $$
    """,
    "expired_requests(timestamptz, integer)": """
        CREATE FUNCTION expired_requests(moment timestamptz, batch integer)
            RETURNS TABLE (tenant_id uuid, appointment_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT a.tenant_id, a.id FROM appointments a
            WHERE a.answer_by <= moment ORDER BY a.answer_by LIMIT batch
        $$
    """,
}


def upgrade() -> None:
    op.execute("ALTER TABLE appointments ADD COLUMN answer_by timestamptz")
    # Earlier requests that wait for approval expire when they would begin.
    op.execute(
        "UPDATE appointments SET answer_by = start_time "
        "WHERE requires_approval AND status = 'SCHEDULED'"
    )
    op.execute(
        "CREATE INDEX idx_appointments_answer_by ON appointments (answer_by) "
        "WHERE answer_by IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX idx_appointments_tenant_id_booked_at_id "
        "ON appointments (tenant_id, booked_at, id)"
    )
    for signature, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP INDEX idx_appointments_tenant_id_booked_at_id")
    op.execute("ALTER TABLE appointments DROP COLUMN answer_by")
