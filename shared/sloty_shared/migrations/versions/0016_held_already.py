"""An appointment whose time is held as it should be: its trigger looks before it writes.

The booking API inserts the held time first, so that the trigger mostly finds its work done.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_HELD = """(mine.tenant_id, mine.provider_id, mine.service_id, mine.held_from, mine.held_until,
               mine.seat_group, mine.seat)"""
_LOOK_FIRST = f"""
    IF EXISTS (
        SELECT FROM held_times mine
        WHERE mine.appointment_id = NEW.id
          AND {_HELD}
            = (NEW.tenant_id, NEW.provider_id, NEW.service_id, NEW.start_time, NEW.held_until,
               coalesce(NEW.group_session_id, NEW.id), NEW.seat)
    ) THEN
        RETURN NULL;
    END IF;"""
# ruff: noqa: S608 - The parts are ours.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION hold_appointment_time() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.status NOT IN ('SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS') THEN
        DELETE FROM held_times WHERE appointment_id = NEW.id;
        RETURN NULL;
    END IF;{{look_first}}
    INSERT INTO held_times AS mine
        (tenant_id, provider_id, service_id, appointment_id, held_from, held_until, seat_group, seat,
         capacity)
    VALUES
        (NEW.tenant_id, NEW.provider_id, NEW.service_id, NEW.id, NEW.start_time, NEW.held_until,
         coalesce(NEW.group_session_id, NEW.id), NEW.seat,
         (SELECT g.capacity FROM group_sessions g WHERE g.id = NEW.group_session_id))
    ON CONFLICT (appointment_id) DO UPDATE
        SET tenant_id = EXCLUDED.tenant_id, provider_id = EXCLUDED.provider_id,
            service_id = EXCLUDED.service_id, held_from = EXCLUDED.held_from,
            held_until = EXCLUDED.held_until, seat_group = EXCLUDED.seat_group, seat = EXCLUDED.seat,
            capacity = EXCLUDED.capacity
        WHERE {_HELD}
           IS DISTINCT FROM
              (EXCLUDED.tenant_id, EXCLUDED.provider_id, EXCLUDED.service_id, EXCLUDED.held_from,
               EXCLUDED.held_until, EXCLUDED.seat_group, EXCLUDED.seat);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute(_FUNCTION.format(look_first=_LOOK_FIRST))


def downgrade() -> None:
    op.execute(_FUNCTION.format(look_first=""))
