"""The seed's data model in short, and where the database differs from it on purpose."""

# One entity a block: its table, then its fields as `name type[?] [= default]`, its references as
# `field -> Entity [cascade]`, `unique` keys and plain `index`es. Every entity has an id besides.
SEED = """
Tenant tenants
  name String
  slug String
  domain String?
  status TenantStatus = ACTIVE
  settings Json = {}
  subscriptionTier SubscriptionTier = FREE
  subscriptionStatus SubscriptionStatus = TRIAL
  trialEndsAt DateTime?
  billingEmail String?
  createdAt DateTime = now
  updatedAt DateTime = now
  unique slug
  unique domain

User users
  email String
  name String?
  avatar String?
  emailVerified DateTime?
  password String?
  tenantId -> Tenant cascade
  role UserRole = USER
  permissions Json = []
  phone String?
  timezone String = UTC
  locale String = en
  status UserStatus = ACTIVE
  lastLoginAt DateTime?
  createdAt DateTime = now
  updatedAt DateTime = now
  unique email
  index tenantId
  index email

Location locations
  name String
  address String
  city String
  state String?
  zipCode String?
  country String = US
  phone String?
  email String?
  latitude Float?
  longitude Float?
  businessHours Json = {}
  timezone String = UTC
  tenantId -> Tenant cascade
  status LocationStatus = ACTIVE
  createdAt DateTime = now
  updatedAt DateTime = now
  index tenantId

Provider providers
  userId -> User cascade
  title String?
  specialties String[]
  bio String?
  credentials Json = []
  locationId -> Location
  tenantId -> Tenant cascade
  settings Json = {}
  isActive Boolean = true
  createdAt DateTime = now
  updatedAt DateTime = now
  unique userId
  index tenantId
  index locationId

Service services
  name String
  description String?
  category String?
  duration Int
  bufferTime Int = 0
  price Decimal?
  currency String = USD
  maxAdvanceBooking Int?
  minAdvanceBooking Int = 0
  requiresApproval Boolean = false
  isActive Boolean = true
  isOnline Boolean = false
  tenantId -> Tenant cascade
  createdAt DateTime = now
  updatedAt DateTime = now
  index tenantId
  index category

ServiceParameter service_parameters
  serviceId -> Service cascade
  name String
  label String
  type ParameterType
  description String?
  required Boolean = false
  options Json?
  validation Json?
  order Int = 0
  group String?
  createdAt DateTime = now
  updatedAt DateTime = now
  unique serviceId name
  index serviceId

Customer customers
  firstName String
  lastName String
  email String
  phone String?
  dateOfBirth DateTime?
  gender String?
  address Json?
  timezone String = UTC
  locale String = en
  preferences Json = {}
  tenantId -> Tenant cascade
  createdAt DateTime = now
  updatedAt DateTime = now
  unique email tenantId
  index tenantId
  index email tenantId

Appointment appointments
  title String?
  notes String?
  internalNotes String?
  startTime DateTime
  endTime DateTime
  timezone String
  serviceId -> Service
  providerId -> Provider
  locationId -> Location
  customerId -> Customer
  tenantId -> Tenant cascade
  status AppointmentStatus = SCHEDULED
  cancellationReason String?
  bookedAt DateTime = now
  bookedBy String?
  confirmationCode String = cuid
  remindersSent Int = 0
  lastReminderAt DateTime?
  createdAt DateTime = now
  updatedAt DateTime = now
  unique confirmationCode
  index tenantId
  index providerId
  index customerId
  index startTime
  index status

AppointmentParameter appointment_parameters
  appointmentId -> Appointment cascade
  parameterName String
  label String
  value Json
  createdAt DateTime = now
  updatedAt DateTime = now
  unique appointmentId parameterName
  index appointmentId

AppointmentParticipant appointment_participants
  appointmentId -> Appointment cascade
  name String
  email String?
  phone String?
  relationship String?
  status ParticipantStatus = INVITED
  createdAt DateTime = now
  updatedAt DateTime = now
  index appointmentId

ProviderAvailability provider_availability
  providerId -> Provider cascade
  dayOfWeek Int
  startTime String
  endTime String
  validFrom DateTime?
  validTo DateTime?
  isActive Boolean = true
  createdAt DateTime = now
  updatedAt DateTime = now
  index providerId
  index dayOfWeek

ProviderSchedule provider_schedules
  providerId -> Provider cascade
  date Date
  type ScheduleType
  startTime String?
  endTime String?
  reason String?
  notes String?
  createdAt DateTime = now
  updatedAt DateTime = now
  unique providerId date startTime endTime
  index providerId
  index date

Account accounts
  userId -> User cascade
  type String
  provider String
  providerAccountId String
  refresh_token String?
  access_token String?
  expires_at Int?
  token_type String?
  scope String?
  id_token String?
  session_state String?
  unique provider providerAccountId
  index userId

Session sessions
  sessionToken String
  userId -> User cascade
  expires DateTime
  unique sessionToken
  index userId

VerificationToken verification_tokens
  identifier String
  token String
  expires DateTime
  unique token
  unique identifier token
"""

ENUMS = {
    "TenantStatus": "ACTIVE INACTIVE SUSPENDED DELETED",
    "SubscriptionTier": "FREE BASIC PRO ENTERPRISE",
    "SubscriptionStatus": "TRIAL ACTIVE PAST_DUE CANCELED PAUSED",
    "UserRole": "SUPER_ADMIN TENANT_ADMIN PROVIDER STAFF USER",
    "UserStatus": "ACTIVE INACTIVE SUSPENDED PENDING_VERIFICATION",
    "LocationStatus": "ACTIVE INACTIVE MAINTENANCE",
    "ParameterType": "TEXT NUMBER EMAIL PHONE DATE TIME DATETIME BOOLEAN SELECT MULTISELECT RADIO"
    " CHECKBOX TEXTAREA FILE URL",
    "AppointmentStatus": "SCHEDULED CONFIRMED CHECKED_IN IN_PROGRESS COMPLETED CANCELLED NO_SHOW"
    " RESCHEDULED",
    "ParticipantStatus": "INVITED CONFIRMED DECLINED ATTENDED NO_SHOW",
    "ScheduleType": "AVAILABLE UNAVAILABLE HOLIDAY VACATION SICK MEETING TRAINING",
}

# (entity, field) -> the column that stands for it. Each with its reason.
STANDS_FOR = {
    # Proofs are stored as hashes only.
    ("Session", "sessionToken"): "session_token_hash bytea NOT NULL",
    ("VerificationToken", "token"): "token_hash bytea NOT NULL",
    # Dates, not instants: they have no time and no zone.
    ("Customer", "dateOfBirth"): "date_of_birth date",
    ("ProviderAvailability", "validFrom"): "valid_from date",
    ("ProviderAvailability", "validTo"): "valid_to date",
    # A user's id; a reference like the others.
    ("Appointment", "bookedBy"): "booked_by uuid",
    # Random and made by the services: a cuid can be guessed.
    ("Appointment", "confirmationCode"): "confirmation_code text NOT NULL",
    # A list is never missing, only empty.
    ("Provider", "specialties"): "specialties text[] NOT NULL DEFAULT '{}'::text[]",
}

# (entity, field) -> the column that keys and indexes use: addresses compare without case, and a
# provider's appointments are looked up by time.
KEYED_BY = {
    ("User", "email"): "email_key",
    ("Customer", "email"): "email_key",
    ("Session", "sessionToken"): "session_token_hash",
    ("VerificationToken", "token"): "token_hash",
}

# The names that the seed's SQL gives to indexes, and the columns under them.
NAMED_INDEXES = {
    "idx_appointments_tenant_id": "appointments tenant_id",
    "idx_users_tenant_id": "users tenant_id",
    "idx_appointments_provider_start_time": "appointments provider_id start_time",
    "idx_appointments_customer_id": "appointments customer_id",
    "idx_appointments_status": "appointments status",
    "idx_customers_email_tenant": "customers email_key tenant_id UNIQUE",
    "idx_providers_user_id": "providers user_id UNIQUE",
    "uk_appointments_confirmation_code": "appointments confirmation_code UNIQUE",
}
