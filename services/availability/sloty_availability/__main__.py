"""Serves the availability API: `python -m sloty_availability`."""

from sloty_shared.settings import Settings, load
from sloty_shared.web.server import serve

settings = load(Settings)
serve("sloty_availability.main:app", host=settings.host, port=settings.availability_port)
