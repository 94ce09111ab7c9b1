-- What workers and the booking API ask the database: what to send next, how much waits, and when a
-- reminder may go out.

-- Takes due messages of one channel: whoever holds the lease sends, and `attempts` is the proof.
-- Urgent ones come first. Then each tenant gives its oldest, then each its second, so that fifty
-- thousand of one keep nobody else's waiting. The walk from tenant to tenant costs one look into the
-- index for each, begins anywhere and ends when fifty have something due. Four times the batch is
-- looked at, since workers that claim at the same moment lock some of it.
-- Materialized, or a plan may run the inner query once a row and take more than the batch.
CREATE OR REPLACE FUNCTION claim_notifications(
        wanted_channel text, moment timestamptz, lease_until timestamptz, batch integer)
    RETURNS TABLE (tenant_id uuid, notification_id uuid, attempts integer)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE ends AS MATERIALIZED (
        SELECT (SELECT n.tenant_id FROM notifications n
                WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
                ORDER BY n.tenant_id LIMIT 1) AS first,
               (SELECT n.tenant_id FROM notifications n
                WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
                ORDER BY n.tenant_id DESC LIMIT 1) AS last
    ),
    -- Ids of tenants begin with the milliseconds of their sign-up.
    bounds AS MATERIALIZED (
        SELECT ('x' || left(replace(first::text, '-', ''), 12))::bit(48)::bigint AS low,
               ('x' || left(replace(last::text, '-', ''), 12))::bit(48)::bigint AS high
        FROM ends
    ),
    start AS MATERIALIZED (
        SELECT (lpad(to_hex(low + floor(random() * (high - low + 1))::bigint), 12, '0')
                || repeat('0', 20))::uuid AS id
        FROM bounds
    ),
    above (id, oldest, steps) AS (
        SELECT here.tenant_id, here.next_attempt_at, 1
        FROM start, LATERAL (
            SELECT n.tenant_id, n.next_attempt_at FROM notifications n
            WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
              AND n.tenant_id >= start.id
            ORDER BY n.tenant_id, n.next_attempt_at LIMIT 1
        ) here
        UNION ALL
        SELECT further.tenant_id, further.next_attempt_at, above.steps + 1
        FROM above, LATERAL (
            SELECT n.tenant_id, n.next_attempt_at FROM notifications n
            WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
              AND n.tenant_id > above.id
            ORDER BY n.tenant_id, n.next_attempt_at LIMIT 1
        ) further
        WHERE above.steps < 1000
    ),
    below (id, oldest, steps) AS (
        SELECT here.tenant_id, here.next_attempt_at, 1
        FROM start, LATERAL (
            SELECT n.tenant_id, n.next_attempt_at FROM notifications n
            WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
              AND n.tenant_id < start.id
            ORDER BY n.tenant_id, n.next_attempt_at LIMIT 1
        ) here
        UNION ALL
        SELECT further.tenant_id, further.next_attempt_at, below.steps + 1
        FROM below, start, LATERAL (
            SELECT n.tenant_id, n.next_attempt_at FROM notifications n
            WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
              AND n.tenant_id > below.id AND n.tenant_id < start.id
            ORDER BY n.tenant_id, n.next_attempt_at LIMIT 1
        ) further
        WHERE below.steps < 1000
    ),
    waiting AS MATERIALIZED (
        SELECT walk.id
        FROM (SELECT above.id, above.oldest FROM above
              UNION ALL
              SELECT below.id, below.oldest FROM below) walk
        WHERE walk.oldest <= moment LIMIT 50
    ),
    urgent AS MATERIALIZED (
        SELECT n.id, 0 AS turn, n.next_attempt_at FROM notifications n
        WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
          AND n.kind IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'INVITATION')
          AND n.next_attempt_at <= moment
        ORDER BY n.next_attempt_at LIMIT 4 * batch
    ),
    in_turn AS MATERIALIZED (
        SELECT theirs.id, theirs.next_attempt_at,
               row_number() OVER (PARTITION BY waiting.id ORDER BY theirs.next_attempt_at) AS turn
        FROM waiting, LATERAL (
            SELECT n.id, n.next_attempt_at FROM notifications n
            WHERE n.channel = wanted_channel AND n.status IN ('PENDING', 'SENDING')
              AND n.tenant_id = waiting.id AND n.next_attempt_at <= moment
            ORDER BY n.next_attempt_at LIMIT 4 * batch
        ) theirs
    ),
    wanted AS MATERIALIZED (
        SELECT each.id, min(each.turn) AS turn, min(each.next_attempt_at) AS since
        FROM (SELECT urgent.id, urgent.turn, urgent.next_attempt_at FROM urgent
              UNION ALL
              SELECT in_turn.id, in_turn.turn, in_turn.next_attempt_at FROM in_turn) each
        GROUP BY each.id
        ORDER BY turn, since LIMIT 4 * batch
    ),
    taken AS MATERIALIZED (
        SELECT due.id FROM wanted JOIN notifications due ON due.id = wanted.id
        WHERE due.channel = wanted_channel AND due.status IN ('PENDING', 'SENDING')
          AND due.next_attempt_at <= moment
        ORDER BY wanted.turn, wanted.since LIMIT batch
        FOR UPDATE OF due SKIP LOCKED
    ),
    claimed AS (
        UPDATE notifications n
        SET status = 'SENDING', attempts = n.attempts + 1, next_attempt_at = lease_until
        FROM taken WHERE n.id = taken.id
        RETURNING n.tenant_id, n.id, n.attempts
    )
    SELECT claimed.tenant_id, claimed.id, claimed.attempts
    FROM claimed JOIN wanted ON wanted.id = claimed.id
    ORDER BY wanted.turn, wanted.since
$$;

-- Numbers of all tenants together, and nothing of any of them: for the workers' metrics.
CREATE FUNCTION notification_backlog(moment timestamptz)
    RETURNS TABLE (channel text, due bigint, late bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT n.channel, count(*), count(*) FILTER (WHERE n.due_at <= moment - interval '1 minute'),
           min(n.due_at)
    FROM notifications n
    WHERE n.status IN ('PENDING', 'SENDING') AND n.due_at <= moment
    GROUP BY n.channel
$$;

-- The due time itself, or the minute before the quiet hours that it falls into. They are
-- {"start": "22:00", "end": "07:00"} on the clock of the zone, over midnight or not.
CREATE FUNCTION outside_quiet_hours(due timestamptz, zone text, quiet jsonb)
    RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN (begins < ends AND clock >= begins AND clock < ends)
          OR (begins > ends AND (clock >= begins OR clock < ends))
        THEN least(due, ((day - (clock < begins)::integer + begins) AT TIME ZONE zone)
                        - interval '1 minute')
        ELSE due
    END
    FROM (SELECT (due AT TIME ZONE zone)::time AS clock, (due AT TIME ZONE zone)::date AS day,
                 (quiet ->> 'start')::time AS begins, (quiet ->> 'end')::time AS ends) local
$$;
