"""Slots as the bytes of their answer: a model for each of thousands costs more than finding them."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from uuid import UUID

from sloty_shared.scheduling.local_time import (
    SECONDS_A_DAY,
    LocalSpan,
    date_of,
    local_spans,
    offsets_within,
)
from sloty_shared.web.answer import digest

# Goes up with every change of how the same slots are written.
FORM = 1


class _Clock(dict[int, str]):
    """The text of each second of a day, made when it is first wanted: mostly whole minutes are."""

    def __missing__(self, second: int) -> str:
        text = f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        self[second] = text
        return text


_CLOCK = _Clock()


class Place:
    """With whom and where a slot is, the end of its text written once for all who share it.

    `left` are the places left, of what several share.
    """

    __slots__ = ("left", "location_id", "provider_id", "written")

    def __init__(self, provider_id: UUID, location_id: UUID, left: int | None = None) -> None:
        self.provider_id = provider_id
        self.location_id = location_id
        self.left = left
        places = "" if left is None else f',"placesLeft":{left}'
        self.written = f'"providerId":"{provider_id}","locationId":"{location_id}"{places}}}'


Found = tuple[int, Place]
"""A start in seconds since 1970, and with whom and where."""


def written_list(slots: Sequence[Found], duration: int, zone: str) -> bytes:
    """The JSON of a SlotList. `slots` are in time order, `duration` in seconds."""
    starts = {start for start, _ in slots}
    # Most slots begin when another one ends or begins, so each instant is written once.
    texts = _written_instants(sorted(starts | {start + duration for start in starts}), zone)
    # And so are the times of the many whose slots begin together.
    times = {
        start: f'{{"startTime":"{texts[start]}","endTime":"{texts[start + duration]}",'
        for start in starts
    }
    items = ",".join([times[start] + place.written for start, place in slots])
    return f'{{"items":[{items}],"timezone":"{zone}"}}'.encode()


def tag_of_list(slots: Sequence[Found], duration: int, zone: str) -> str:
    """A tag that is another one when the text of `written_list` is, made without writing it."""
    starts = array("q", [start for start, _ in slots])
    # New rules of a zone can show the same instants otherwise.
    offsets = offsets_within(zone, starts[0], starts[-1] + duration + 1) if slots else []
    places = list(dict.fromkeys([place.written for _, place in slots]))
    number = {place: index for index, place in enumerate(places)}
    whose = array("I", [number[place.written] for _, place in slots] if len(places) > 1 else [])
    terms = f"{FORM} {duration} {zone} {places} {offsets}\n"
    return digest(terms.encode(), starts.tobytes(), whose.tobytes())


def _written_instants(instants: Sequence[int], zone: str) -> dict[int, str]:
    """RFC 3339 text of ascending instants, with the zone's offset and `Z` where that is zero."""
    texts: dict[int, str] = {}
    done = 0
    while done < len(instants):
        # Days on which nothing is free need no look.
        span = next(local_spans(zone, instants[done], instants[done] + SECONDS_A_DAY))
        midnight, date, offset = _frame(span)
        upto = bisect_left(instants, span.end, done)
        for instant in instants[done:upto]:
            texts[instant] = f"{date}{_CLOCK[instant - midnight]}{offset}"
        done = upto
    return texts


def _frame(span: LocalSpan) -> tuple[int, str, str]:
    """The instant that reads midnight under the span's offset, its date and the offset as text."""
    sign, minutes = ("+" if span.offset > 0 else "-"), abs(span.offset) // 60
    offset = f"{sign}{minutes // 60:02}:{minutes % 60:02}" if span.offset else "Z"
    return span.day * SECONDS_A_DAY - span.offset, date_of(span.day).isoformat(), offset
