"""The public holidays of a country, by its own names for them."""

import datetime as dt
from functools import lru_cache


class UnknownCountry(Exception):
    """There is nothing known about this country."""


class UnknownSubdivision(Exception):
    """The country has no such part with holidays of its own."""


class UnknownYear(Exception):
    """The country's holidays of that year are not known."""


@lru_cache(maxsize=512)
def public_holidays(
    country: str, subdivision: str | None, year: int
) -> tuple[tuple[dt.date, str], ...]:
    """Dates and names in order of the dates; several on one date are named together.

    Raises UnknownCountry, UnknownSubdivision or UnknownYear.
    """
    # Half a second to load, and rarely wanted.
    from holidays import country_holidays

    try:
        known = country_holidays(country)
    except NotImplementedError:
        raise UnknownCountry from None
    if not known.start_year <= year <= known.end_year:
        raise UnknownYear
    try:
        # Left to itself it would name them in the language of the server's surroundings.
        found = country_holidays(
            country, subdiv=subdivision, years=year, language=known.default_language
        )
    except NotImplementedError:
        raise UnknownSubdivision from None
    return tuple(sorted((day, name) for day, name in found.items() if day.year == year))
