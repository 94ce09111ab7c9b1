-- As it was before 0008: the oldest first, whosever they are.
CREATE OR REPLACE FUNCTION claim_notifications(
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
