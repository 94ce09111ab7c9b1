"""The demo tenant, made through the APIs as any client would; made once, however often run.

Run as: python -m sloty_deploy.demo_tenant BOOKING_URL AVAILABILITY_URL
"""

import sys

from sloty_deploy.api_client import Api
from sloty_deploy.refusal import Refusal

SLUG = "demo"
EMAIL = "demo@example.com"
PASSWORD = "sloty-demo-password"  # noqa: S105 - It is shown to everybody.
OPENING_HOURS = {"startTime": "09:00", "endTime": "18:00"}
SERVICES = (
    {"name": "Haircut", "duration": 45, "price": "39.00", "currency": "EUR"},
    {"name": "Consultation", "duration": 30, "price": "0.00", "currency": "EUR"},
)
LOCATION = {
    "name": "Demo Studio Mitte",
    "address": "Torstraße 1",
    "city": "Berlin",
    "country": "DE",
    "timezone": "Europe/Berlin",
}
PROVIDER = {"user": {"email": "ada@demo.example.com", "name": "Ada Demo"}, "title": "Stylist"}
REMINDER = {"minutesBefore": 120, "channel": "EMAIL"}


def log_in(booking_url: str) -> str:
    """Make the tenant unless it is there, and return a token of its administrator."""
    anybody = Api(booking_url)
    login = {"email": EMAIL, "password": PASSWORD}
    try:
        return str(anybody.post("/v1/auth/login", login)["token"])
    except Refusal:
        tenant = {"tenantName": "Demo Studio", "slug": SLUG, "name": "Demo Admin"}
        return str(anybody.post("/v1/signup", tenant | login)["token"])


def furnish(booking: Api, availability: Api) -> None:
    """Give the tenant a location, services and a provider who works every day."""
    location = booking.ensure("/v1/locations", LOCATION, by="name")
    for service in SERVICES:
        booking.ensure("/v1/services", service, by="name")
    placed = PROVIDER | {"locationId": location["id"]}
    provider = booking.ensure("/v1/providers", placed, by="title")
    rules = f"/v1/providers/{provider['id']}/availability"
    for day in range(7):
        availability.ensure(rules, {"dayOfWeek": day, **OPENING_HOURS}, by="dayOfWeek")
    booking.ensure("/v1/reminder-rules", REMINDER, by="minutesBefore")


def main() -> None:
    booking_url, availability_url = sys.argv[1:]
    token = log_in(booking_url)
    furnish(Api(booking_url, token), Api(availability_url, token))


if __name__ == "__main__":
    try:
        main()
    except Refusal as refusal:
        sys.exit(str(refusal))
