"""The facts of an appointment, written out in the customer's formats and in its time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency

from sloty_notifications.kinds.language import Language
from sloty_notifications.kinds.languages import language_of
from sloty_notifications.message import one_line
from sloty_shared.models import Appointment, Location, Tenant

FALLBACK = Locale("en")
# What formats put between hour and AM looks broken in some mail programs.
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message can name; empty where there is nothing to name."""

    business: str
    customer: str
    first_name: str
    service: str
    provider: str
    moment: str
    zone: str
    place: tuple[str, ...]
    price: str
    code: str
    cancellation_reason: str


def gather_facts(appointment: Appointment, tenant: Tenant) -> tuple[Facts, Language]:
    """The facts and the language of a message to the appointment's customer.

    The appointment comes with service, provider and user, location and customer loaded.
    """
    customer, provider = appointment.customer, appointment.provider
    locale = locale_of(customer.locale, appointment.location.country)
    language = language_of(locale.language)
    return (
        Facts(
            business=one_line(tenant.name),
            customer=one_line(customer.name),
            first_name=one_line(customer.first_name),
            service=one_line(appointment.service.name),
            provider=one_line(provider.user.name or provider.title or ""),
            moment=_moment(appointment.start_time, appointment.timezone, locale, language),
            zone=_zone(appointment.start_time, appointment.timezone, locale),
            place=() if appointment.service.is_online else tuple(_place(appointment.location)),
            price=_price(appointment, locale),
            code=appointment.confirmation_code,
            cancellation_reason=one_line(appointment.cancellation_reason or ""),
        ),
        language,
    )


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


def _moment(start: datetime, zone: str, locale: Locale, language: Language) -> str:
    local = start.astimezone(ZoneInfo(zone))
    written = language.date_and_time if language.code == locale.language else "{date}, {time}"
    return written.format(
        date=format_date(local, "full", locale=locale),
        time=format_time(local, "short", locale=locale).replace(_NARROW_SPACE, " "),
    )


def _zone(start: datetime, zone: str, locale: Locale) -> str:
    """The zone's name at that moment and its IANA name: summer time differs from winter time."""
    named = get_timezone_name(start.astimezone(ZoneInfo(zone)), "long", locale=locale)
    return f"{named}, {zone}"


def _place(location: Location) -> Iterator[str]:
    town = " ".join(filter(None, (location.zip_code, location.city)))
    for line in (location.name, location.address, ", ".join(filter(None, (town, location.state)))):
        if one_line(line):
            yield one_line(line)


def _price(appointment: Appointment, locale: Locale) -> str:
    if not appointment.price or not appointment.currency:
        return ""
    return format_currency(appointment.price, appointment.currency, locale=locale)
