"""The availability API, put together from its features."""

from sloty_availability.calendar.routes import routes as calendar
from sloty_availability.feeds.routes import routes as feeds
from sloty_availability.holidays.routes import routes as holidays
from sloty_availability.previews.routes import routes as previews
from sloty_availability.schedules.routes import routes as schedules
from sloty_availability.slots.routes import routes as slots
from sloty_shared.settings import Settings
from sloty_shared.web.application import Api
from sloty_shared.web.assembly import create_service


def create_availability_api(settings: Settings) -> Api:
    return create_service(
        settings,
        name="availability",
        title="Sloty availability API",
        description="When providers are open, and which slots are free, right to the minute.",
        routers=[slots, schedules, previews, holidays, calendar, feeds],
        # It hardly waits, so that more threads would only contend for the interpreter.
        connections=4,
        remembers=settings.answers_kept_bytes > 0,
    )
