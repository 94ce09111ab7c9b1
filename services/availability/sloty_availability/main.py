"""The availability API's application: `sloty_availability.main:app`."""

from sloty_availability.schedules.routes import routes as schedules
from sloty_availability.slots.routes import routes as slots
from sloty_shared.settings import Settings, load
from sloty_shared.web.service import create_service

app = create_service(
    load(Settings),
    name="availability",
    title="Sloty availability API",
    description="When providers are open, and which slots are free, right to the minute.",
    routers=[schedules, slots],
)
