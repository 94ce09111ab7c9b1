"""Serves the booking API: `python -m sloty_booking`."""

from sloty_shared.settings import Settings, load
from sloty_shared.web.server import serve

settings = load(Settings)
serve("sloty_booking.main:app", host=settings.host, port=settings.booking_port)
