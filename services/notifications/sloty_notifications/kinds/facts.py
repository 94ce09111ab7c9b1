"""The facts of an appointment, written out in the customer's formats and in its time zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency

from sloty_notifications.kinds.language import Language
from sloty_notifications.kinds.languages import language_of
from sloty_notifications.message import one_line
from sloty_notifications.queries import Case
from sloty_shared.models import Appointment, Location, Service

FALLBACK = Locale("en")
# What formats put between hour and AM looks broken in some mail programs.
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message can name; empty where there is nothing to name.

    `dates` are there in a message about several appointments, with a code to each; service, provider
    and price are then all of theirs.
    """

    business: str
    customer: str
    first_name: str
    service: str
    provider: str
    moment: str
    dates: tuple[str, ...]
    date: str
    time: str
    zone: str
    place: tuple[str, ...]
    price: str
    code: str
    cancellation_reason: str

    def by_name(self) -> dict[str, Any]:
        """As words and templates name them; dataclasses' own way copies each, which takes long."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(each.name for each in fields(Facts))


def gather_facts(case: Case) -> tuple[Facts, Language]:
    """The facts and the language of a message to the appointment's customer or a participant.

    A participant is told no code: with it the appointment could be cancelled.
    """
    appointment = case.appointment
    customer = appointment.customer
    locale = locale_of(customer.locale, appointment.location.country)
    language = language_of(locale.language)
    date, time = date_and_time(appointment.start_time, appointment.timezone, locale)
    guest = case.participant
    return (
        Facts(
            business=one_line(case.tenant.name),
            customer=one_line(guest.name if guest else customer.name),
            first_name=one_line(guest.name if guest else customer.first_name),
            service=one_line(_each_once(each.service.name for each in case.appointments)),
            provider=one_line(_each_once(_provider_name(each) for each in case.appointments)),
            moment=written_moment(appointment.start_time, appointment.timezone, language, locale),
            dates=tuple(_dates(case, language, locale)) if case.others else (),
            date=date,
            time=time,
            zone=zone_name(
                appointment.start_time, appointment.timezone, locale, at_one_moment=not case.others
            ),
            place=() if appointment.service.is_online else tuple(place_lines(appointment.location)),
            price=_each_once(written_price(each, locale) for each in case.appointments),
            code="" if guest else appointment.confirmation_code,
            cancellation_reason=one_line(appointment.cancellation_reason or ""),
        ),
        language,
    )


def _each_once(texts: Iterable[str]) -> str:
    """What is said of all the appointments, in their order."""
    return ", ".join(dict.fromkeys(filter(None, texts)))


def _provider_name(appointment: Appointment) -> str:
    return appointment.provider.user.name or appointment.provider.title or ""


def locale_of(wanted: str, country: str) -> Locale:
    """The customer's locale; one without a country reads dates as in `country`, else English."""
    asked = _parse(wanted)
    if asked is not None and asked.territory:
        return asked
    language = wanted.replace("_", "-").partition("-")[0]
    return (
        _parse(f"{language}-{country}")
        or asked
        or _parse(language)
        or _parse(f"{FALLBACK.language}-{country}")
        or FALLBACK
    )


def _parse(name: str) -> Locale | None:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def date_and_time(start: datetime, zone: str, locale: Locale) -> tuple[str, str]:
    local = start.astimezone(ZoneInfo(zone))
    time = format_time(local, "short", locale=locale).replace(_NARROW_SPACE, " ")
    return format_date(local, "full", locale=locale), time


def written_moment(start: datetime, zone: str, language: Language, locale: Locale) -> str:
    """Date and time in the zone, joined as the language does it."""
    date, time = date_and_time(start, zone, locale)
    joined = language.date_and_time if language.code == locale.language else "{date}, {time}"
    return joined.format(date=date, time=time)


def _dates(case: Case, language: Language, locale: Locale) -> Iterator[str]:
    """A line for each: its service if they differ, and to the customer its own code."""
    services = {each.service.name for each in case.appointments}
    for each in case.appointments:
        line = [written_moment(each.start_time, each.timezone, language, locale)]
        if len(services) > 1:
            line.append(one_line(each.service.name))
        if case.participant is None:
            line.append(each.confirmation_code)
        yield " · ".join(line)


def zone_name(start: datetime, zone: str, locale: Locale, *, at_one_moment: bool = True) -> str:
    """The zone's name and its IANA name; at one moment it has summer time or winter time."""
    local = start.astimezone(ZoneInfo(zone))
    variant: Literal["generic"] | None = None if at_one_moment else "generic"
    named = get_timezone_name(local, "long", locale=locale, zone_variant=variant)
    return f"{named}, {zone}"


def place_lines(location: Location) -> Iterator[str]:
    town = " ".join(filter(None, (location.zip_code, location.city)))
    for line in (location.name, location.address, ", ".join(filter(None, (town, location.state)))):
        if one_line(line):
            yield one_line(line)


def written_price(priced: Appointment | Service, locale: Locale) -> str:
    if not priced.price or not priced.currency:
        return ""
    return format_currency(priced.price, priced.currency, locale=locale)
