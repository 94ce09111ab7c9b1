"""Who may call what: every route of both APIs, and what each kind of caller is answered.

All ids in paths are those of one shop: its provider's calendar, and an appointment of one of its
customers with that provider.
"""

from typing import Any

from tests.api_clients import PASSWORD

# The callers, in the order of the letters in a row.
CALLERS = (
    "nobody",  # has no log-in.
    "stranger",  # is the administrator of another business.
    "user",  # has the appointment.
    "other_user",  # has registered with the shop and has nothing there.
    "provider",  # gives the appointment.
    "colleague",  # is another provider of the shop.
    "staff",
    "key",  # is an API key with the role STAFF.
    "admin",
    "operator",  # is a SUPER_ADMIN acting inside of the shop.
    "platform",  # is a SUPER_ADMIN at home.
)
# What a letter means: past every wall, or one of these statuses.
PASSES = "."
STATUSES = {"-": 401, "x": 403, "?": 404}

EVERYBODY = "..........."
ONESELF = "-......x.x."
LOGGED_IN = "-.........."
SEEN_BY_ALL = "-?........?"
STAFF = "-.xxxx....."
STAFFS_OWN = "-?xxxx....?"
ADMIN = "-.xxxxxx..."
ADMINS_OWN = "-?xxxxxx..?"
CALENDAR = "-?xx.x....?"
BOOKED = "-?.?.?....?"
# The customer sees it, and leaves this to the business.
GIVEN = "-?x?.?....?"
# A hold that staff made, of the provider's calendar.
HELD = "-???.?....?"
PLATFORM = "-xxxxxxxx.."

TABLE = {
    "POST /v1/signup": EVERYBODY,
    "POST /v1/auth/login": EVERYBODY,
    "POST /v1/auth/logout": ONESELF,
    "POST /v1/auth/verify-email": EVERYBODY,
    "POST /v1/auth/verify-email/resend": ONESELF,
    "POST /v1/auth/password-reset": EVERYBODY,
    "POST /v1/auth/password-reset/confirm": EVERYBODY,
    "GET /v1/auth/oauth/{provider}": "???????????",
    "GET /v1/auth/oauth/{provider}/callback": "???????????",
    "GET /v1/me": "-......x...",
    "PATCH /v1/me": ONESELF,
    "POST /v1/me/password": ONESELF,
    "GET /v1/tenant": STAFF,
    "PATCH /v1/tenant": ADMIN,
    "POST /v1/users": ADMIN,
    "GET /v1/users": ADMIN,
    "GET /v1/users/{user_id}": ADMINS_OWN,
    "PATCH /v1/users/{user_id}": ADMINS_OWN,
    "DELETE /v1/users/{user_id}": ADMINS_OWN,
    "POST /v1/users/{user_id}/invite": ADMINS_OWN,
    "POST /v1/api-keys": ADMIN,
    "GET /v1/api-keys": ADMIN,
    "GET /v1/api-keys/{key_id}": ADMINS_OWN,
    "DELETE /v1/api-keys/{key_id}": ADMINS_OWN,
    "POST /v1/locations": ADMIN,
    "GET /v1/locations": LOGGED_IN,
    "GET /v1/locations/{location_id}": SEEN_BY_ALL,
    "PATCH /v1/locations/{location_id}": ADMINS_OWN,
    "DELETE /v1/locations/{location_id}": ADMINS_OWN,
    "POST /v1/services": ADMIN,
    "GET /v1/services": LOGGED_IN,
    "GET /v1/services/{service_id}": SEEN_BY_ALL,
    "PATCH /v1/services/{service_id}": ADMINS_OWN,
    "DELETE /v1/services/{service_id}": ADMINS_OWN,
    "POST /v1/services/{service_id}/parameters": ADMINS_OWN,
    "GET /v1/services/{service_id}/parameters": SEEN_BY_ALL,
    "GET /v1/services/{service_id}/parameters/{parameter_id}": SEEN_BY_ALL,
    "PATCH /v1/services/{service_id}/parameters/{parameter_id}": ADMINS_OWN,
    "DELETE /v1/services/{service_id}/parameters/{parameter_id}": ADMINS_OWN,
    "GET /v1/services/{service_id}/form": SEEN_BY_ALL,
    "POST /v1/providers": ADMIN,
    "GET /v1/providers": LOGGED_IN,
    "GET /v1/providers/{provider_id}": SEEN_BY_ALL,
    "PATCH /v1/providers/{provider_id}": ADMINS_OWN,
    "DELETE /v1/providers/{provider_id}": ADMINS_OWN,
    "GET /v1/providers/{provider_id}/services": SEEN_BY_ALL,
    "PUT /v1/providers/{provider_id}/services": ADMINS_OWN,
    "POST /v1/providers/{provider_id}/cancel-day": CALENDAR,
    "POST /v1/customers": STAFF,
    "GET /v1/customers": STAFF,
    "GET /v1/customers/{customer_id}": STAFFS_OWN,
    "PATCH /v1/customers/{customer_id}": STAFFS_OWN,
    "DELETE /v1/customers/{customer_id}": STAFFS_OWN,
    "GET /v1/customers/{customer_id}/export": STAFFS_OWN,
    "POST /v1/customers/{customer_id}/erase": ADMINS_OWN,
    "POST /v1/appointments": LOGGED_IN,
    "GET /v1/appointments": LOGGED_IN,
    "GET /v1/appointments.csv": LOGGED_IN,
    "POST /v1/appointments/series": LOGGED_IN,
    "GET /v1/appointments/series": LOGGED_IN,
    "GET /v1/appointments/series/{series_id}": BOOKED,
    "POST /v1/appointments/series/{series_id}/cancel": BOOKED,
    "POST /v1/appointments/series/{series_id}/reschedule": BOOKED,
    "GET /v1/appointments/{appointment_id}": BOOKED,
    "PATCH /v1/appointments/{appointment_id}": BOOKED,
    "GET /v1/appointments/{appointment_id}/calendar.ics": BOOKED,
    "POST /v1/appointments/{appointment_id}/confirm": BOOKED,
    "POST /v1/appointments/{appointment_id}/check-in": GIVEN,
    "POST /v1/appointments/{appointment_id}/start": GIVEN,
    "POST /v1/appointments/{appointment_id}/complete": GIVEN,
    "POST /v1/appointments/{appointment_id}/no-show": GIVEN,
    "POST /v1/appointments/{appointment_id}/reschedule": BOOKED,
    "POST /v1/appointments/{appointment_id}/cancel": BOOKED,
    "POST /v1/appointments/{appointment_id}/participants": BOOKED,
    "GET /v1/appointments/{appointment_id}/participants": BOOKED,
    "GET /v1/appointments/{appointment_id}/participants/{participant_id}": BOOKED,
    "PATCH /v1/appointments/{appointment_id}/participants/{participant_id}": BOOKED,
    "DELETE /v1/appointments/{appointment_id}/participants/{participant_id}": BOOKED,
    "POST /v1/holds": LOGGED_IN,
    "GET /v1/holds/{hold_id}": HELD,
    "DELETE /v1/holds/{hold_id}": HELD,
    "POST /v1/public/{slug}/holds": EVERYBODY,
    # The hold was made with a log-in, so it is none of the public's.
    "GET /v1/public/{slug}/holds/{hold_id}": "???????????",
    "DELETE /v1/public/{slug}/holds/{hold_id}": "???????????",
    "POST /v1/files": LOGGED_IN,
    "GET /v1/files/{file_id}": BOOKED,
    "GET /v1/files/{file_id}/content": BOOKED,
    "DELETE /v1/files/{file_id}": BOOKED,
    "POST /v1/public/{slug}/files": EVERYBODY,
    "GET /v1/public/appointments/{confirmation_code}/files/{file_id}/content": EVERYBODY,
    "GET /v1/public/appointments/{confirmation_code}": EVERYBODY,
    "GET /v1/public/appointments/{confirmation_code}/calendar.ics": EVERYBODY,
    "POST /v1/public/appointments/{confirmation_code}/confirm": EVERYBODY,
    "POST /v1/public/appointments/{confirmation_code}/cancel": EVERYBODY,
    "POST /v1/public/appointments/{confirmation_code}/reschedule": EVERYBODY,
    "POST /v1/waitlist": STAFF,
    "GET /v1/waitlist": STAFF,
    "GET /v1/waitlist/{entry_id}": STAFFS_OWN,
    "DELETE /v1/waitlist/{entry_id}": STAFFS_OWN,
    "POST /v1/public/{slug}/waitlist": EVERYBODY,
    "GET /v1/public/waitlist/{waitlist_code}": EVERYBODY,
    "DELETE /v1/public/waitlist/{waitlist_code}": EVERYBODY,
    "POST /v1/public/waitlist/{waitlist_code}/accept": EVERYBODY,
    "POST /v1/public/waitlist/{waitlist_code}/decline": EVERYBODY,
    "GET /v1/public/{slug}": EVERYBODY,
    "GET /v1/public/{slug}/services/{service_id}/form": EVERYBODY,
    "POST /v1/public/{slug}/appointments": EVERYBODY,
    "GET /v1/public/participants/{invitation}": "???????????",
    "POST /v1/public/participants/{invitation}/confirm": "???????????",
    "POST /v1/public/participants/{invitation}/decline": "???????????",
    "GET /v1/public/participants/{invitation}/reply": "???????????",
    "POST /v1/public/participants/{invitation}/reply": EVERYBODY,
    "POST /v1/reminder-rules": ADMIN,
    "GET /v1/reminder-rules": STAFF,
    "GET /v1/reminder-rules/{rule_id}": STAFFS_OWN,
    "DELETE /v1/reminder-rules/{rule_id}": ADMINS_OWN,
    "GET /v1/notifications": STAFF,
    "GET /v1/notifications/{notification_id}": STAFFS_OWN,
    "POST /v1/notifications/{notification_id}/retry": ADMINS_OWN,
    "GET /v1/appointments/{appointment_id}/notifications": STAFFS_OWN,
    "POST /v1/message-templates": ADMIN,
    "GET /v1/message-templates": STAFF,
    "POST /v1/message-templates/preview": STAFF,
    "GET /v1/message-templates/{template_id}": STAFFS_OWN,
    "PATCH /v1/message-templates/{template_id}": ADMINS_OWN,
    "DELETE /v1/message-templates/{template_id}": ADMINS_OWN,
    "POST /v1/webhooks": ADMIN,
    "GET /v1/webhooks": ADMIN,
    "GET /v1/webhooks/{webhook_id}": ADMINS_OWN,
    "PATCH /v1/webhooks/{webhook_id}": ADMINS_OWN,
    "DELETE /v1/webhooks/{webhook_id}": ADMINS_OWN,
    "POST /v1/webhooks/{webhook_id}/test": ADMINS_OWN,
    "GET /v1/webhooks/{webhook_id}/deliveries": ADMINS_OWN,
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": ADMINS_OWN,
    "GET /v1/public/unsubscribe/{token}": "???????????",
    "POST /v1/public/unsubscribe/{token}": "???????????",
    "GET /v1/audit-events": ADMIN,
    "GET /v1/audit-events/{audit_event_id}": ADMINS_OWN,
    "POST /v1/public/{slug}/register": EVERYBODY,
    "GET /v1/tenants": PLATFORM,
    "GET /v1/tenants/{tenant_id}": PLATFORM,
    "PATCH /v1/tenants/{tenant_id}": PLATFORM,
    "POST /v1/providers/{provider_id}/availability": CALENDAR,
    "GET /v1/providers/{provider_id}/availability": CALENDAR,
    "PUT /v1/providers/{provider_id}/availability": CALENDAR,
    "POST /v1/providers/{provider_id}/availability/preview": CALENDAR,
    "GET /v1/providers/{provider_id}/availability/{rule_id}": CALENDAR,
    "PATCH /v1/providers/{provider_id}/availability/{rule_id}": CALENDAR,
    "DELETE /v1/providers/{provider_id}/availability/{rule_id}": CALENDAR,
    "POST /v1/providers/{provider_id}/schedule": CALENDAR,
    "POST /v1/providers/{provider_id}/schedule/holidays": CALENDAR,
    "GET /v1/providers/{provider_id}/schedule": CALENDAR,
    "GET /v1/providers/{provider_id}/schedule/{override_id}": CALENDAR,
    "PATCH /v1/providers/{provider_id}/schedule/{override_id}": CALENDAR,
    "DELETE /v1/providers/{provider_id}/schedule/{override_id}": CALENDAR,
    "GET /v1/providers/{provider_id}/calendar": CALENDAR,
    "POST /v1/providers/{provider_id}/calendar/feed": CALENDAR,
    "DELETE /v1/providers/{provider_id}/calendar/feed": CALENDAR,
    "GET /v1/calendars/{secret}.ics": "???????????",
    "GET /v1/slots": SEEN_BY_ALL,
    "GET /v1/slots/next": SEEN_BY_ALL,
    "GET /v1/slots/explain": SEEN_BY_ALL,
    "GET /v1/public/{slug}/slots": EVERYBODY,
    "GET /v1/public/{slug}/slots/next": EVERYBODY,
}

# Bodies that a route takes. Where there is none, a faulty one is sent: whoever may call the route
# is told what is wrong with it, and nobody else is.
FAULTY = {"no-such-field": 1}
BODIES: dict[str, Any] = {
    "PATCH /v1/me": {"name": "N"},
    "POST /v1/me/password": {"currentPassword": PASSWORD, "newPassword": PASSWORD},
    "POST /v1/services/{service_id}/parameters": {"name": "n", "label": "N", "type": "TEXT"},
    "PUT /v1/providers/{provider_id}/services": {"serviceIds": []},
    "POST /v1/customers/{customer_id}/erase": {},
    **{
        f"POST /v1/appointments/{{appointment_id}}/{act}": {}
        for act in ("confirm", "check-in", "start", "complete", "no-show", "cancel")
    },
    "POST /v1/appointments/{appointment_id}/reschedule": {"startTime": "2027-03-25T09:00:00+01:00"},
    "POST /v1/appointments/series/{series_id}/cancel": {"from": "2199-01-01T00:00:00Z"},
    "POST /v1/appointments/series/{series_id}/reschedule": {
        "startTime": "2199-01-02T00:00:00Z",
        "from": "2199-01-01T00:00:00Z",
    },
    "POST /v1/providers/{provider_id}/cancel-day": {"date": "2199-01-01"},
    "POST /v1/appointments/{appointment_id}/participants": {"name": "N"},
    "PATCH /v1/appointments/{appointment_id}": {"title": "T"},
    "PATCH /v1/appointments/{appointment_id}/participants/{participant_id}": {"name": "N"},
    "POST /v1/providers/{provider_id}/availability": {
        "dayOfWeek": 1,
        "startTime": "20:00",
        "endTime": "21:00",
    },
    "PUT /v1/providers/{provider_id}/availability": {"items": []},
    "POST /v1/providers/{provider_id}/availability/preview": {"week": []},
    "POST /v1/providers/{provider_id}/schedule": {"date": "2027-05-03", "type": "SICK"},
    "POST /v1/providers/{provider_id}/schedule/holidays": {"country": "DE", "year": 2028},
}
# Whoever may do this gets the faulty body all the same, or there would be nothing left to look at.
NOT_TO_BE_DONE = {
    "POST /v1/customers/{customer_id}/erase",
    "POST /v1/appointments/{appointment_id}/reschedule",
    "PUT /v1/providers/{provider_id}/availability",
    "POST /v1/providers/{provider_id}/schedule/holidays",
}
