-- The waitlist: its tables, and the triggers that note where times may have come free.

CREATE TABLE waitlist_entries (
    id uuid DEFAULT uuidv7() NOT NULL,
    tenant_id uuid NOT NULL,
    service_id uuid NOT NULL,
    provider_id uuid,
    location_id uuid,
    customer_id uuid NOT NULL,
    from_date date NOT NULL,
    to_date date NOT NULL,
    notes text,
    status varchar(32) DEFAULT 'WAITING' NOT NULL,
    code text NOT NULL,
    joined_at timestamptz DEFAULT now() NOT NULL,
    look_at timestamptz DEFAULT now(),
    unanswered integer DEFAULT 0 NOT NULL,
    appointment_id uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT pk_waitlist_entries PRIMARY KEY (id),
    CONSTRAINT uq_waitlist_entries_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT uq_waitlist_entries_code UNIQUE (code),
    CONSTRAINT fk_waitlist_entries_tenant_id
        FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_entries_tenant_id_service_id
        FOREIGN KEY (tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_entries_tenant_id_provider_id
        FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_entries_tenant_id_location_id
        FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_entries_tenant_id_customer_id
        FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_entries_tenant_id_appointment_id
        FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointments (tenant_id, id)
        ON DELETE SET NULL (appointment_id),
    CONSTRAINT ck_waitlist_entries_dates CHECK (from_date <= to_date),
    CONSTRAINT ck_waitlist_entries_waitlist_status
        CHECK (status IN ('WAITING', 'OFFERED', 'BOOKED', 'EXPIRED', 'CANCELLED')),
    CONSTRAINT ck_waitlist_entries_look_at
        CHECK ((look_at IS NOT NULL) = (status IN ('WAITING', 'OFFERED')))
);
CREATE UNIQUE INDEX uq_waitlist_entries_wish ON waitlist_entries
    (customer_id, service_id, provider_id, location_id, from_date, to_date) NULLS NOT DISTINCT
    WHERE status IN ('WAITING', 'OFFERED');
CREATE INDEX idx_waitlist_entries_line ON waitlist_entries (tenant_id, service_id, joined_at, id)
    WHERE status = 'WAITING';
CREATE INDEX idx_waitlist_entries_look_at ON waitlist_entries (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX idx_waitlist_entries_customer_id ON waitlist_entries (customer_id);
CREATE INDEX idx_waitlist_entries_tenant_id_joined_at_id
    ON waitlist_entries (tenant_id, joined_at, id);

CREATE TABLE waitlist_offers (
    id uuid DEFAULT uuidv7() NOT NULL,
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    location_id uuid NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    timezone text NOT NULL,
    expires_at timestamptz NOT NULL,
    status varchar(32) DEFAULT 'OPEN' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT pk_waitlist_offers PRIMARY KEY (id),
    CONSTRAINT uq_waitlist_offers_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_waitlist_offers_tenant_id
        FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_offers_tenant_id_entry_id
        FOREIGN KEY (tenant_id, entry_id) REFERENCES waitlist_entries (tenant_id, id)
        ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_offers_tenant_id_provider_id
        FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_waitlist_offers_tenant_id_location_id
        FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_waitlist_offers_times CHECK (start_time < end_time),
    CONSTRAINT ck_waitlist_offers_offer_status
        CHECK (status IN ('OPEN', 'ACCEPTED', 'DECLINED', 'LAPSED', 'WITHDRAWN'))
);
CREATE INDEX idx_waitlist_offers_entry_id ON waitlist_offers (entry_id);
CREATE UNIQUE INDEX uq_waitlist_offers_open ON waitlist_offers (entry_id) WHERE status = 'OPEN';

CREATE TABLE freed_times (
    id uuid DEFAULT uuidv7() NOT NULL,
    tenant_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    freed_from timestamptz,
    freed_until timestamptz,
    look_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_freed_times PRIMARY KEY (id),
    CONSTRAINT fk_freed_times_tenant_id
        FOREIGN KEY (tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT fk_freed_times_tenant_id_provider_id
        FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX idx_freed_times_look_at ON freed_times (look_at);

ALTER TABLE notifications
    ADD COLUMN waitlist_offer_id uuid,
    ADD CONSTRAINT fk_notifications_tenant_id_waitlist_offer_id
        FOREIGN KEY (tenant_id, waitlist_offer_id) REFERENCES waitlist_offers (tenant_id, id)
        ON DELETE CASCADE;
CREATE UNIQUE INDEX uq_notifications_waitlist_offer_id ON notifications (waitlist_offer_id)
    WHERE waitlist_offer_id IS NOT NULL;

-- Whatever lets go of a provider's time says so, whoever writes it, in the same transaction. A hold
-- says beforehand when its time is free again, so that nobody need watch for what expires. Providers
-- and tenants that are just being deleted free nothing.
CREATE FUNCTION note_freed_time() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.held_until > now()
       AND (OLD.provider_id, OLD.held_from, OLD.held_until)
           IS DISTINCT FROM (NEW.provider_id, NEW.held_from, NEW.held_until) THEN
        INSERT INTO freed_times (tenant_id, provider_id, freed_from, freed_until)
        SELECT p.tenant_id, p.id, OLD.held_from, OLD.held_until
        FROM providers p JOIN tenants t ON t.id = p.tenant_id
        WHERE p.tenant_id = OLD.tenant_id AND p.id = OLD.provider_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.expires_at IS NOT NULL THEN
        INSERT INTO freed_times (tenant_id, provider_id, freed_from, freed_until, look_at)
        VALUES (NEW.tenant_id, NEW.provider_id, NEW.held_from, NEW.held_until, NEW.expires_at);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_hold AFTER INSERT ON held_times
    FOR EACH ROW WHEN (NEW.expires_at IS NOT NULL) EXECUTE FUNCTION note_freed_time();
CREATE TRIGGER note_changed_time AFTER UPDATE ON held_times
    FOR EACH ROW
    WHEN ((OLD.provider_id, OLD.held_from, OLD.held_until, OLD.expires_at)
          IS DISTINCT FROM
          (NEW.provider_id, NEW.held_from, NEW.held_until, NEW.expires_at))
    EXECUTE FUNCTION note_freed_time();
CREATE TRIGGER note_freed_time AFTER DELETE ON held_times
    FOR EACH ROW EXECUTE FUNCTION note_freed_time();

-- A calendar that has changed may be open where it was not.
CREATE FUNCTION note_changed_calendar() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO freed_times (tenant_id, provider_id)
    SELECT DISTINCT p.tenant_id, p.id
    FROM changed c
    JOIN providers p ON p.tenant_id = c.tenant_id AND p.id = c.provider_id
    JOIN tenants t ON t.id = p.tenant_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_new_rules AFTER INSERT ON provider_availability
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();
CREATE TRIGGER note_changed_rules AFTER UPDATE ON provider_availability
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();
CREATE TRIGGER note_new_overrides AFTER INSERT ON provider_schedules
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();
CREATE TRIGGER note_changed_overrides AFTER UPDATE ON provider_schedules
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();
CREATE TRIGGER note_gone_overrides AFTER DELETE ON provider_schedules
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();
CREATE TRIGGER note_given_services AFTER INSERT ON provider_services
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();
CREATE TRIGGER note_lifted_limits AFTER DELETE ON provider_services
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calendar();

-- What holds for several calendars at once: each of them may be open where it was not.
CREATE FUNCTION note_changed_business() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO freed_times (tenant_id, provider_id)
    SELECT p.tenant_id, p.id FROM providers p
    WHERE p.tenant_id = NEW.tenant_id
      AND CASE TG_TABLE_NAME
              WHEN 'providers' THEN p.id = NEW.id
              WHEN 'locations' THEN p.location_id = NEW.id
              ELSE true
          END;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_changed_provider AFTER UPDATE ON providers
    FOR EACH ROW
    WHEN ((OLD.is_active, OLD.location_id) IS DISTINCT FROM (NEW.is_active, NEW.location_id))
    EXECUTE FUNCTION note_changed_business();
CREATE TRIGGER note_changed_location AFTER UPDATE ON locations
    FOR EACH ROW
    WHEN ((OLD.status, OLD.timezone, OLD.business_hours)
          IS DISTINCT FROM (NEW.status, NEW.timezone, NEW.business_hours))
    EXECUTE FUNCTION note_changed_business();
CREATE TRIGGER note_changed_service AFTER UPDATE ON services
    FOR EACH ROW
    WHEN ((OLD.is_active, OLD.duration, OLD.buffer_time, OLD.min_advance_booking,
           OLD.max_advance_booking, OLD.capacity)
          IS DISTINCT FROM
          (NEW.is_active, NEW.duration, NEW.buffer_time, NEW.min_advance_booking,
           NEW.max_advance_booking, NEW.capacity))
    EXECUTE FUNCTION note_changed_business();

CREATE FUNCTION find_waitlist_entry(code text)
    RETURNS TABLE (tenant_id uuid, entry_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT w.tenant_id, w.id FROM waitlist_entries w WHERE w.code = find_waitlist_entry.code
$$;

-- Whose waitlist has something to look at. It costs what is due, whoever waits besides.
CREATE FUNCTION due_waitlists(moment timestamptz, batch integer)
    RETURNS TABLE (tenant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT due.tenant_id FROM (
        SELECT f.tenant_id FROM freed_times f
        WHERE f.look_at <= moment ORDER BY f.look_at LIMIT batch
    ) due
    UNION
    SELECT due.tenant_id FROM (
        SELECT w.tenant_id FROM waitlist_entries w
        WHERE w.look_at <= moment ORDER BY w.look_at LIMIT batch
    ) due
$$;
