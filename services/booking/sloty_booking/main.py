"""The booking API as the environment configures it: `sloty_booking.main:app`."""

from sloty_booking.application import create_booking_api
from sloty_shared.settings import Settings, load

app = create_booking_api(load(Settings))
