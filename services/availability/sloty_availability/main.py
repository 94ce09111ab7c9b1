"""The availability API as the environment configures it: `sloty_availability.main:app`."""

from sloty_availability.application import create_availability_api
from sloty_shared.settings import Settings, load

app = create_availability_api(load(Settings))
