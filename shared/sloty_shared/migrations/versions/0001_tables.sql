-- The tables of Sloty's first schema, in the order in which they refer to each other.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE pulses (
    worker TEXT NOT NULL,
    scanned_at timestamptz NOT NULL,
    CONSTRAINT pk_pulses PRIMARY KEY (worker)
);

CREATE TABLE tenants (
    id UUID DEFAULT uuidv7() NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    domain TEXT,
    status VARCHAR(32) DEFAULT 'ACTIVE' NOT NULL,
    settings JSONB DEFAULT '{}' NOT NULL,
    subscription_tier VARCHAR(32) DEFAULT 'FREE' NOT NULL,
    subscription_status VARCHAR(32) DEFAULT 'TRIAL' NOT NULL,
    trial_ends_at timestamptz,
    billing_email TEXT,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_tenants PRIMARY KEY (id),
    CONSTRAINT uq_tenants_slug UNIQUE (slug),
    CONSTRAINT uq_tenants_domain UNIQUE (domain),
    CONSTRAINT ck_tenants_tenant_status CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'DELETED')),
    CONSTRAINT ck_tenants_subscription_tier CHECK (subscription_tier IN ('FREE', 'BASIC', 'PRO', 'ENTERPRISE')),
    CONSTRAINT ck_tenants_subscription_status CHECK (subscription_status IN ('TRIAL', 'ACTIVE', 'PAST_DUE', 'CANCELED', 'PAUSED'))
);

CREATE TABLE audit_events (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    occurred_at timestamptz DEFAULT now() NOT NULL,
    actor_type VARCHAR(32) NOT NULL,
    actor_id UUID,
    acting_role TEXT,
    action TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id UUID,
    before JSONB,
    after JSONB,
    request_id TEXT,
    address TEXT,
    CONSTRAINT pk_audit_events PRIMARY KEY (id),
    CONSTRAINT uq_audit_events_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_audit_events_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_audit_events_actor_type CHECK (actor_type IN ('USER', 'API_KEY', 'PUBLIC', 'SYSTEM'))
);

CREATE INDEX idx_audit_events_entity_id ON audit_events (entity_id);

CREATE TABLE customers (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT GENERATED ALWAYS AS (lower(email)) STORED NOT NULL,
    phone TEXT,
    date_of_birth DATE,
    gender TEXT,
    address JSONB,
    timezone TEXT DEFAULT 'UTC' NOT NULL,
    locale TEXT DEFAULT 'en' NOT NULL,
    preferences JSONB DEFAULT '{}' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT uq_customers_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_customers_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX idx_customers_email_tenant ON customers (email_key, tenant_id);
CREATE INDEX idx_customers_tenant_id ON customers (tenant_id);

CREATE TABLE idempotency_keys (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status INTEGER NOT NULL,
    response BYTEA NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (id),
    CONSTRAINT uq_idempotency_keys_tenant_id_caller_key UNIQUE (tenant_id, caller, key),
    CONSTRAINT fk_idempotency_keys_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_idempotency_keys_expires_at ON idempotency_keys (expires_at);

CREATE TABLE locations (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    city TEXT NOT NULL,
    state TEXT,
    zip_code TEXT,
    country TEXT DEFAULT 'US' NOT NULL,
    phone TEXT,
    email TEXT,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    business_hours JSONB DEFAULT '{}' NOT NULL,
    timezone TEXT DEFAULT 'UTC' NOT NULL,
    status VARCHAR(32) DEFAULT 'ACTIVE' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_locations PRIMARY KEY (id),
    CONSTRAINT uq_locations_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_locations_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_locations_location_status CHECK (status IN ('ACTIVE', 'INACTIVE', 'MAINTENANCE'))
);

CREATE INDEX idx_locations_tenant_id ON locations (tenant_id);

CREATE TABLE services (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    category TEXT,
    duration INTEGER NOT NULL,
    buffer_time INTEGER DEFAULT 0 NOT NULL,
    price NUMERIC(10, 2),
    currency TEXT DEFAULT 'USD' NOT NULL,
    max_advance_booking INTEGER,
    min_advance_booking INTEGER DEFAULT 0 NOT NULL,
    requires_approval BOOLEAN DEFAULT false NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    is_online BOOLEAN DEFAULT false NOT NULL,
    capacity INTEGER DEFAULT 1 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_services PRIMARY KEY (id),
    CONSTRAINT uq_services_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT ck_services_duration CHECK (duration BETWEEN 1 AND 10080),
    CONSTRAINT ck_services_buffer_time CHECK (buffer_time BETWEEN 0 AND 1440),
    CONSTRAINT ck_services_price CHECK (price >= 0),
    CONSTRAINT ck_services_capacity CHECK (capacity >= 1),
    CONSTRAINT ck_services_min_advance_booking CHECK (min_advance_booking >= 0),
    CONSTRAINT ck_services_max_advance_booking CHECK (max_advance_booking >= 0),
    CONSTRAINT fk_services_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_services_category ON services (category);
CREATE INDEX idx_services_tenant_id ON services (tenant_id);

CREATE TABLE users (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT GENERATED ALWAYS AS (lower(email)) STORED NOT NULL,
    name TEXT,
    avatar TEXT,
    email_verified timestamptz,
    password TEXT,
    role VARCHAR(32) DEFAULT 'USER' NOT NULL,
    permissions JSONB DEFAULT '[]' NOT NULL,
    phone TEXT,
    timezone TEXT DEFAULT 'UTC' NOT NULL,
    locale TEXT DEFAULT 'en' NOT NULL,
    status VARCHAR(32) DEFAULT 'ACTIVE' NOT NULL,
    last_login_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_users_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_users_user_role CHECK (role IN ('SUPER_ADMIN', 'TENANT_ADMIN', 'PROVIDER', 'STAFF', 'USER')),
    CONSTRAINT ck_users_user_status CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'PENDING_VERIFICATION'))
);

CREATE UNIQUE INDEX idx_users_email ON users (email_key);
CREATE INDEX idx_users_tenant_id ON users (tenant_id);

CREATE TABLE webhooks (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    url TEXT NOT NULL,
    events TEXT[] NOT NULL,
    secret BYTEA NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    paused_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_webhooks PRIMARY KEY (id),
    CONSTRAINT uq_webhooks_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_webhooks_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_webhooks_tenant_id ON webhooks (tenant_id);

CREATE TABLE accounts (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    user_id UUID NOT NULL,
    type TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_account_id TEXT NOT NULL,
    refresh_token TEXT,
    access_token TEXT,
    expires_at INTEGER,
    token_type TEXT,
    scope TEXT,
    id_token TEXT,
    session_state TEXT,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT fk_accounts_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_accounts_provider_provider_account_id UNIQUE (provider, provider_account_id),
    CONSTRAINT fk_accounts_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_accounts_user_id ON accounts (user_id);

CREATE TABLE api_keys (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    role VARCHAR(32) NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    created_by UUID,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT fk_api_keys_tenant_id_created_by FOREIGN KEY(tenant_id, created_by) REFERENCES users (tenant_id, id) ON DELETE SET NULL (created_by),
    CONSTRAINT fk_api_keys_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash),
    CONSTRAINT ck_api_keys_user_role CHECK (role IN ('SUPER_ADMIN', 'TENANT_ADMIN', 'PROVIDER', 'STAFF', 'USER'))
);

CREATE INDEX idx_api_keys_tenant_id ON api_keys (tenant_id);

CREATE TABLE audit_seals (
    tenant_id UUID NOT NULL,
    position BIGINT NOT NULL,
    event_id UUID NOT NULL,
    hash BYTEA NOT NULL,
    sealed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_audit_seals PRIMARY KEY (tenant_id, position),
    CONSTRAINT fk_audit_seals_tenant_id_event_id FOREIGN KEY(tenant_id, event_id) REFERENCES audit_events (tenant_id, id),
    CONSTRAINT fk_audit_seals_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX uq_audit_seals_event_id ON audit_seals (event_id);

CREATE TABLE providers (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    user_id UUID NOT NULL,
    title TEXT,
    specialties TEXT[] DEFAULT '{}' NOT NULL,
    bio TEXT,
    credentials JSONB DEFAULT '[]' NOT NULL,
    location_id UUID NOT NULL,
    settings JSONB DEFAULT '{}' NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_providers PRIMARY KEY (id),
    CONSTRAINT uq_providers_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_providers_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_providers_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_providers_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_providers_location_id ON providers (location_id);
CREATE INDEX idx_providers_tenant_id ON providers (tenant_id);
CREATE UNIQUE INDEX idx_providers_user_id ON providers (user_id);

CREATE TABLE reminder_rules (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    minutes_before INTEGER NOT NULL,
    channel VARCHAR(32) NOT NULL,
    service_id UUID,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_reminder_rules PRIMARY KEY (id),
    CONSTRAINT uq_reminder_rules_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_reminder_rules_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_reminder_rules_tenant_id_service_id_minutes_before_channel UNIQUE NULLS NOT DISTINCT (tenant_id, service_id, minutes_before, channel),
    CONSTRAINT ck_reminder_rules_minutes_before CHECK (minutes_before BETWEEN 0 AND 525600),
    CONSTRAINT fk_reminder_rules_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_reminder_rules_channel CHECK (channel IN ('EMAIL', 'SMS', 'WEBHOOK'))
);

CREATE TABLE service_parameters (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    service_id UUID NOT NULL,
    name TEXT NOT NULL,
    label TEXT NOT NULL,
    type VARCHAR(32) NOT NULL,
    description TEXT,
    required BOOLEAN DEFAULT false NOT NULL,
    options JSONB,
    validation JSONB,
    "order" INTEGER DEFAULT 0 NOT NULL,
    "group" TEXT,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_service_parameters PRIMARY KEY (id),
    CONSTRAINT uq_service_parameters_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_service_parameters_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_service_parameters_service_id_name UNIQUE (service_id, name),
    CONSTRAINT fk_service_parameters_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_service_parameters_parameter_type CHECK (type IN ('TEXT', 'NUMBER', 'EMAIL', 'PHONE', 'DATE', 'TIME', 'DATETIME', 'BOOLEAN', 'SELECT', 'MULTISELECT', 'RADIO', 'CHECKBOX', 'TEXTAREA', 'FILE', 'URL'))
);

CREATE INDEX idx_service_parameters_service_id ON service_parameters (service_id);

CREATE TABLE sessions (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    session_token_hash BYTEA NOT NULL,
    user_id UUID NOT NULL,
    expires timestamptz NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    last_used_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT fk_sessions_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_sessions_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT uq_sessions_session_token_hash UNIQUE (session_token_hash)
);

CREATE INDEX idx_sessions_user_id ON sessions (user_id);

CREATE TABLE verification_tokens (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    identifier TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    expires timestamptz NOT NULL,
    user_id UUID NOT NULL,
    purpose VARCHAR(32) NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_verification_tokens PRIMARY KEY (id),
    CONSTRAINT fk_verification_tokens_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_verification_tokens_identifier_token_hash UNIQUE (identifier, token_hash),
    CONSTRAINT fk_verification_tokens_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT uq_verification_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_verification_tokens_token_purpose CHECK (purpose IN ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'INVITATION'))
);

CREATE INDEX idx_verification_tokens_user_id ON verification_tokens (user_id);

CREATE TABLE group_sessions (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    service_id UUID NOT NULL,
    held_from timestamptz NOT NULL,
    held_until timestamptz NOT NULL,
    capacity INTEGER NOT NULL,
    CONSTRAINT pk_group_sessions PRIMARY KEY (id),
    CONSTRAINT uq_group_sessions_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_group_sessions_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_group_sessions_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_group_sessions_provider_id_service_id_held_from UNIQUE (provider_id, service_id, held_from),
    CONSTRAINT uq_group_sessions_as_held UNIQUE (tenant_id, id, provider_id, service_id, held_from, held_until, capacity),
    CONSTRAINT ck_group_sessions_not_empty CHECK (held_from < held_until),
    CONSTRAINT ck_group_sessions_capacity CHECK (capacity >= 1),
    CONSTRAINT fk_group_sessions_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE TABLE provider_availability (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    day_of_week INTEGER NOT NULL,
    start_time TEXT NOT NULL,
    end_time TEXT NOT NULL,
    valid_from DATE,
    valid_to DATE,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_provider_availability PRIMARY KEY (id),
    CONSTRAINT uq_provider_availability_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_provider_availability_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_provider_availability_day_of_week CHECK (day_of_week BETWEEN 0 AND 6),
    CONSTRAINT ck_provider_availability_start_time CHECK (start_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    CONSTRAINT ck_provider_availability_end_time CHECK (end_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$'),
    CONSTRAINT ck_provider_availability_validity CHECK (valid_from <= valid_to),
    CONSTRAINT fk_provider_availability_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_provider_availability_day_of_week ON provider_availability (day_of_week);
CREATE INDEX idx_provider_availability_provider_id ON provider_availability (provider_id);

CREATE TABLE provider_schedules (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    date DATE NOT NULL,
    type VARCHAR(32) NOT NULL,
    start_time TEXT,
    end_time TEXT,
    reason TEXT,
    notes TEXT,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_provider_schedules PRIMARY KEY (id),
    CONSTRAINT uq_provider_schedules_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_provider_schedules_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_provider_schedules_provider_id_date_start_time_end_time UNIQUE NULLS NOT DISTINCT (provider_id, date, start_time, end_time),
    CONSTRAINT ck_provider_schedules_start_time CHECK (start_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    CONSTRAINT ck_provider_schedules_end_time CHECK (end_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$'),
    CONSTRAINT ck_provider_schedules_both_times CHECK ((start_time IS NULL) = (end_time IS NULL)),
    CONSTRAINT ck_provider_schedules_available_has_times CHECK (type <> 'AVAILABLE' OR start_time IS NOT NULL),
    CONSTRAINT fk_provider_schedules_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_provider_schedules_schedule_type CHECK (type IN ('AVAILABLE', 'UNAVAILABLE', 'HOLIDAY', 'VACATION', 'SICK', 'MEETING', 'TRAINING'))
);

CREATE INDEX idx_provider_schedules_date ON provider_schedules (date);
CREATE INDEX idx_provider_schedules_provider_id ON provider_schedules (provider_id);

CREATE TABLE provider_services (
    tenant_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    service_id UUID NOT NULL,
    CONSTRAINT pk_provider_services PRIMARY KEY (provider_id, service_id),
    CONSTRAINT fk_provider_services_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_provider_services_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_provider_services_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_provider_services_service_id ON provider_services (service_id);

CREATE TABLE appointments (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    title TEXT,
    notes TEXT,
    internal_notes TEXT,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    held_until timestamptz NOT NULL,
    timezone TEXT NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    status VARCHAR(32) DEFAULT 'SCHEDULED' NOT NULL,
    cancellation_reason TEXT,
    booked_at timestamptz DEFAULT now() NOT NULL,
    booked_by UUID,
    confirmation_code TEXT NOT NULL,
    reminders_sent INTEGER DEFAULT 0 NOT NULL,
    last_reminder_at timestamptz,
    price NUMERIC(10, 2),
    currency TEXT,
    requires_approval BOOLEAN DEFAULT false NOT NULL,
    ignored_availability BOOLEAN DEFAULT false NOT NULL,
    rescheduled_from_id UUID,
    rescheduled_to_id UUID,
    calendar_uid UUID,
    calendar_sequence INTEGER DEFAULT 0 NOT NULL,
    group_session_id UUID,
    seat INTEGER DEFAULT 1 NOT NULL,
    remind_at timestamptz DEFAULT now(),
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_appointments PRIMARY KEY (id),
    CONSTRAINT uq_appointments_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES providers (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_location_id FOREIGN KEY(tenant_id, location_id) REFERENCES locations (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_customer_id FOREIGN KEY(tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_booked_by FOREIGN KEY(tenant_id, booked_by) REFERENCES users (tenant_id, id) ON DELETE SET NULL (booked_by),
    CONSTRAINT fk_appointments_tenant_id_rescheduled_from_id FOREIGN KEY(tenant_id, rescheduled_from_id) REFERENCES appointments (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_rescheduled_to_id FOREIGN KEY(tenant_id, rescheduled_to_id) REFERENCES appointments (tenant_id, id),
    CONSTRAINT fk_appointments_tenant_id_group_session_id FOREIGN KEY(tenant_id, group_session_id) REFERENCES group_sessions (tenant_id, id),
    CONSTRAINT uk_appointments_confirmation_code UNIQUE (confirmation_code),
    CONSTRAINT ck_appointments_times CHECK (start_time < end_time),
    CONSTRAINT ck_appointments_held_until CHECK (end_time <= held_until),
    CONSTRAINT ck_appointments_reminders_sent CHECK (reminders_sent >= 0),
    CONSTRAINT ck_appointments_price CHECK (price >= 0),
    CONSTRAINT fk_appointments_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_appointments_appointment_status CHECK (status IN ('SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'NO_SHOW', 'RESCHEDULED'))
);

CREATE INDEX idx_appointments_customer_id ON appointments (customer_id);
CREATE INDEX idx_appointments_provider_start_time ON appointments (provider_id, start_time);
CREATE INDEX idx_appointments_remind_at ON appointments (remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX idx_appointments_start_time ON appointments (start_time);
CREATE INDEX idx_appointments_status ON appointments (status);
CREATE INDEX idx_appointments_tenant_id ON appointments (tenant_id);
CREATE INDEX idx_appointments_tenant_id_start_time_id ON appointments (tenant_id, start_time, id);

CREATE TABLE appointment_parameters (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    parameter_name TEXT NOT NULL,
    label TEXT NOT NULL,
    value JSONB NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_appointment_parameters PRIMARY KEY (id),
    CONSTRAINT fk_appointment_parameters_tenant_id_appointment_id FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_appointment_parameters_appointment_id_parameter_name UNIQUE (appointment_id, parameter_name),
    CONSTRAINT fk_appointment_parameters_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_appointment_parameters_appointment_id ON appointment_parameters (appointment_id);

CREATE TABLE appointment_participants (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    relationship TEXT,
    status VARCHAR(32) DEFAULT 'INVITED' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_appointment_participants PRIMARY KEY (id),
    CONSTRAINT uq_appointment_participants_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_appointment_participants_tenant_id_appointment_id FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_appointment_participants_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_appointment_participants_participant_status CHECK (status IN ('INVITED', 'CONFIRMED', 'DECLINED', 'ATTENDED', 'NO_SHOW'))
);

CREATE INDEX idx_appointment_participants_appointment_id ON appointment_participants (appointment_id);

CREATE TABLE held_times (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    appointment_id UUID,
    service_id UUID NOT NULL,
    held_from timestamptz NOT NULL,
    held_until timestamptz NOT NULL,
    held TSTZRANGE GENERATED ALWAYS AS (tstzrange(held_from, held_until, '[)')) STORED NOT NULL,
    seat_group UUID NOT NULL,
    seat INTEGER DEFAULT 1 NOT NULL,
    capacity INTEGER,
    expires_at timestamptz,
    CONSTRAINT pk_held_times PRIMARY KEY (id),
    CONSTRAINT fk_held_times_tenant_id_provider_id FOREIGN KEY(tenant_id, provider_id) REFERENCES providers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_held_times_tenant_id_appointment_id FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_held_times_tenant_id_service_id FOREIGN KEY(tenant_id, service_id) REFERENCES services (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_held_times_appointment_id UNIQUE (appointment_id),
    CONSTRAINT uq_held_times_seat_group_seat UNIQUE (seat_group, seat),
    CONSTRAINT ck_held_times_not_empty CHECK (held_from < held_until),
    CONSTRAINT ck_held_times_seat CHECK (CASE WHEN capacity IS NULL THEN seat = 1 AND seat_group = coalesce(appointment_id, id) ELSE seat BETWEEN 1 AND capacity END),
    CONSTRAINT fk_held_times_as_its_session FOREIGN KEY(tenant_id, seat_group, provider_id, service_id, held_from, held_until, capacity) REFERENCES group_sessions (tenant_id, id, provider_id, service_id, held_from, held_until, capacity) ON UPDATE CASCADE,
    CONSTRAINT ck_held_times_appointment_or_hold CHECK ((appointment_id IS NULL) = (expires_at IS NOT NULL)),
    CONSTRAINT no_double_booking EXCLUDE USING gist (provider_id WITH =, held WITH &&, seat_group WITH <>),
    CONSTRAINT fk_held_times_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);

CREATE INDEX idx_held_times_provider_id_held_from ON held_times (provider_id, held_from);

CREATE TABLE notifications (
    id UUID DEFAULT uuidv7() NOT NULL,
    tenant_id UUID NOT NULL,
    kind VARCHAR(32) NOT NULL,
    channel VARCHAR(32) NOT NULL,
    recipient TEXT NOT NULL,
    appointment_id UUID,
    participant_id UUID,
    user_id UUID,
    minutes_before INTEGER,
    start_time timestamptz,
    payload JSONB DEFAULT '{}' NOT NULL,
    due_at timestamptz DEFAULT now() NOT NULL,
    status VARCHAR(32) DEFAULT 'PENDING' NOT NULL,
    next_attempt_at timestamptz DEFAULT now() NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    sent_at timestamptz,
    reason TEXT,
    request_id TEXT,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_notifications PRIMARY KEY (id),
    CONSTRAINT uq_notifications_tenant_id_id UNIQUE (tenant_id, id),
    CONSTRAINT fk_notifications_tenant_id_appointment_id FOREIGN KEY(tenant_id, appointment_id) REFERENCES appointments (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_notifications_tenant_id_participant_id FOREIGN KEY(tenant_id, participant_id) REFERENCES appointment_participants (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_notifications_tenant_id_user_id FOREIGN KEY(tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_notifications_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE,
    CONSTRAINT ck_notifications_notification_kind CHECK (kind IN ('BOOKED', 'REQUESTED', 'CONFIRMED', 'DECLINED', 'CANCELLED', 'RESCHEDULED', 'REMINDER', 'EMAIL_VERIFICATION', 'PASSWORD_RESET', 'INVITATION')),
    CONSTRAINT ck_notifications_channel CHECK (channel IN ('EMAIL', 'SMS', 'WEBHOOK')),
    CONSTRAINT ck_notifications_notification_status CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'FAILED', 'SKIPPED'))
);

CREATE INDEX idx_notifications_takeable ON notifications (channel, next_attempt_at) WHERE status IN ('PENDING', 'SENDING');
CREATE UNIQUE INDEX uq_notifications_owed_once ON notifications (appointment_id, kind, channel, recipient, minutes_before, start_time) NULLS NOT DISTINCT WHERE appointment_id IS NOT NULL;
