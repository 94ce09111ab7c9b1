"""What a booking system is, in its simplest form: a dictionary of the times that are taken."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

STEP = timedelta(minutes=30)
HOLD = timedelta(minutes=5)
OPEN_HOURS = 3
STANDING = ("SCHEDULED", "CONFIRMED")


@dataclass(frozen=True)
class Given:
    """A service: how long it takes and what it leaves free after it, and how many come at once."""

    id: str
    duration: timedelta
    buffer: timedelta = timedelta(0)
    asked: bool = False
    places: int = 1

    @property
    def held(self) -> timedelta:
        return self.duration + self.buffer


@dataclass(frozen=True)
class Taken:
    """A time that somebody has, by an appointment or by a hold."""

    given: Given
    provider: str
    start: datetime
    status: str
    expires: datetime | None = None

    @property
    def until(self) -> datetime:
        return self.start + self.given.held

    @property
    def is_requested(self) -> bool:
        return self.given.asked and self.status == "SCHEDULED"

    def is_in_the_way(self, given: Given, provider: str, start: datetime) -> bool:
        shares = given.places > 1 and (given, start) == (self.given, self.start)
        meets = self.start < start + given.held and start < self.until
        return self.provider == provider and meets and not shares


@dataclass
class Model:
    """One day of a few providers, who are open from `opening` on."""

    providers: tuple[str, ...]
    opening: datetime
    now: datetime
    appointments: dict[str, Taken] = field(default_factory=dict)
    holds: dict[str, Taken] = field(default_factory=dict)

    @property
    def starts(self) -> list[datetime]:
        return [self.opening + STEP * number for number in range(2 * OPEN_HOURS)]

    def taken(self, but: str | None = None) -> list[Taken]:
        """What holds time now, all but one."""
        standing = [
            taken
            for row, taken in self.appointments.items()
            if taken.status in STANDING and row != but
        ]
        return standing + [hold for row, hold in self.live_holds().items() if row != but]

    def live_holds(self) -> dict[str, Taken]:
        return {
            row: hold
            for row, hold in self.holds.items()
            if hold.status == "HELD" and hold.expires is not None and hold.expires > self.now
        }

    def places_left(
        self, given: Given, provider: str, start: datetime, but: str | None = None
    ) -> int:
        others = self.taken(but)
        if any(each.is_in_the_way(given, provider, start) for each in others):
            return 0
        shared = (given, provider, start)
        sharing = [each for each in others if (each.given, each.provider, each.start) == shared]
        return given.places - len(sharing)

    def refusal(
        self, given: Given, provider: str | None, start: datetime, but: str | None = None
    ) -> str | None:
        """Why the time cannot be booked with this provider, or with anybody."""
        if start < self.now:
            return "too_soon"
        if start + given.duration > self.opening + 2 * OPEN_HOURS * STEP:
            return "outside_availability"
        asked = self.providers if provider is None else (provider,)
        if any(self.places_left(given, each, start, but) > 0 for each in asked):
            return None
        return "slot_unavailable"

    def free(self, given: Given, provider: str | None) -> set[tuple[str, datetime]]:
        """What is to be listed."""
        asked = self.providers if provider is None else (provider,)
        return {
            (each, start)
            for each in asked
            for start in self.starts
            if self.refusal(given, each, start) is None
        }

    def fairest(self, given: Given, start: datetime) -> set[str]:
        """Of those who are free, the least booked; first those whose session has begun to fill."""
        free = [each for each in self.providers if self.refusal(given, each, start) is None]
        filling = [each for each in free if self.places_left(given, each, start) < given.places]
        free = filling or free
        bookings = {
            each: sum(
                taken.provider == each and taken.status in STANDING
                for taken in self.appointments.values()
            )
            for each in free
        }
        return {each for each in free if bookings[each] == min(bookings.values())}

    def become(self, row: str, status: str) -> None:
        self.appointments[row] = replace(self.appointments[row], status=status)

    def end_hold(self, row: str) -> None:
        self.holds[row] = replace(self.holds[row], status="ENDED")

    def expire_requests(self) -> None:
        """What nobody answered until it began is cancelled."""
        for row, taken in self.appointments.items():
            if taken.is_requested and taken.start <= self.now:
                self.become(row, "CANCELLED")
