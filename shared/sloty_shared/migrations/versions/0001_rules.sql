-- What the database itself guards: versions of rows, held times, and the narrow doors through
-- which the services look before they know the tenant.

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

-- The functions below name their search path, with temporary tables last: left unnamed those come
-- first, and a caller's temporary table held_times would take the bookings.

-- An appointment in a holding state has exactly its own row in held_times, whoever writes it. The
-- booking API inserts that row first, so that it can ask without raising an error whether the time
-- is free; for everybody else this trigger does, and the exclusion constraint refuses.
CREATE FUNCTION hold_appointment_time() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.status NOT IN ('SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS') THEN
        DELETE FROM held_times WHERE appointment_id = NEW.id;
        RETURN NULL;
    END IF;
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
        WHERE (mine.tenant_id, mine.provider_id, mine.service_id, mine.held_from, mine.held_until,
               mine.seat_group, mine.seat)
           IS DISTINCT FROM
              (EXCLUDED.tenant_id, EXCLUDED.provider_id, EXCLUDED.service_id, EXCLUDED.held_from,
               EXCLUDED.held_until, EXCLUDED.seat_group, EXCLUDED.seat);
    RETURN NULL;
END
$$;

CREATE TRIGGER hold_time AFTER INSERT ON appointments
    FOR EACH ROW EXECUTE FUNCTION hold_appointment_time();
CREATE TRIGGER hold_changed_time AFTER UPDATE ON appointments
    FOR EACH ROW
    WHEN ((OLD.status, OLD.provider_id, OLD.service_id, OLD.start_time, OLD.held_until,
           OLD.group_session_id, OLD.seat)
          IS DISTINCT FROM
          (NEW.status, NEW.provider_id, NEW.service_id, NEW.start_time, NEW.held_until,
           NEW.group_session_id, NEW.seat))
    EXECUTE FUNCTION hold_appointment_time();

-- Nobody frees or shifts the time of an appointment behind its back, or holds one in its name.
CREATE FUNCTION match_held_time() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM appointments a
        WHERE a.tenant_id = NEW.tenant_id AND a.id = NEW.appointment_id
          AND a.status IN ('SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS')
          AND (a.provider_id, a.service_id, a.start_time, a.held_until,
               coalesce(a.group_session_id, a.id), a.seat)
            = (NEW.provider_id, NEW.service_id, NEW.held_from, NEW.held_until,
               NEW.seat_group, NEW.seat)
    ) THEN
        RAISE EXCEPTION 'an appointment holds its own time, while it stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'held_by_appointment';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_held_time() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.appointment_id IS NOT DISTINCT FROM OLD.appointment_id THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM appointments a
        WHERE a.tenant_id = OLD.tenant_id AND a.id = OLD.appointment_id
          AND a.status IN ('SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS')
    ) THEN
        RAISE EXCEPTION 'the time of a standing appointment is held by it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'held_by_appointment';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER match_held_time AFTER INSERT OR UPDATE ON held_times
    FOR EACH ROW WHEN (NEW.appointment_id IS NOT NULL) EXECUTE FUNCTION match_held_time();
CREATE TRIGGER keep_held_time AFTER UPDATE OR DELETE ON held_times
    FOR EACH ROW WHEN (OLD.appointment_id IS NOT NULL) EXECUTE FUNCTION keep_held_time();

-- The doors. They run as the schema's owner, so each gives ids and nothing else; what follows then
-- acts inside one tenant. Execution is granted to the services' role alone.

CREATE FUNCTION find_session(token_hash bytea)
    RETURNS TABLE (tenant_id uuid, session_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.tenant_id, s.id FROM sessions s WHERE s.session_token_hash = token_hash
$$;

CREATE FUNCTION find_user(email text)
    RETURNS TABLE (tenant_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.tenant_id, u.id FROM users u WHERE u.email_key = lower(find_user.email)
$$;

CREATE FUNCTION due_appointments(moment timestamptz, batch integer)
    RETURNS TABLE (tenant_id uuid, appointment_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.tenant_id, a.id FROM appointments a
    WHERE a.remind_at <= moment ORDER BY a.remind_at LIMIT batch
$$;

-- Takes due messages of one channel: whoever holds the lease sends, and `attempts` is the proof.
-- Materialized, or a plan may run the inner query once a row and take more than the batch.
CREATE FUNCTION claim_notifications(
        wanted_channel text, moment timestamptz, lease_until timestamptz, batch integer)
    RETURNS TABLE (tenant_id uuid, notification_id uuid, attempts integer)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH taken AS MATERIALIZED (
        SELECT due.id FROM notifications due
        WHERE due.channel = wanted_channel AND due.status IN ('PENDING', 'SENDING')
          AND due.next_attempt_at <= moment
        ORDER BY due.next_attempt_at LIMIT batch
        FOR UPDATE SKIP LOCKED
    )
    UPDATE notifications n
    SET status = 'SENDING', attempts = n.attempts + 1, next_attempt_at = lease_until
    FROM taken WHERE n.id = taken.id
    RETURNING n.tenant_id, n.id, n.attempts
$$;
