"""Slots as the bytes of their answer: a model for each of thousands costs more than finding them."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sloty_shared.scheduling.local_time import SECONDS_A_DAY, LocalSpan, date_of, local_spans
from sloty_shared.scheduling.wall_time import MINUTES_A_DAY

_CLOCK = [f"T{minute // 60:02}:{minute % 60:02}:" for minute in range(MINUTES_A_DAY)]


class Place:
    """With whom and where a slot is, written once for all the slots that share it.

    `left` are the places left, of what several share.
    """

    __slots__ = ("left", "location_id", "provider_id", "written")

    def __init__(self, provider_id: UUID, location_id: UUID, left: int | None = None) -> None:
        self.provider_id = provider_id
        self.location_id = location_id
        self.left = left
        self.written = f'"providerId":"{provider_id}","locationId":"{location_id}"'
        if left is not None:
            self.written += f',"placesLeft":{left}'


Found = tuple[int, Place]
"""A start in seconds since 1970, and with whom and where."""


def written_list(slots: Sequence[Found], duration: int, zone: str) -> bytes:
    """The JSON of a SlotList. `slots` are in time order, `duration` in seconds."""
    starts = written_instants([start for start, _ in slots], zone)
    ends = written_instants([start + duration for start, _ in slots], zone)
    items = ",".join(
        [
            f'{{"startTime":"{start}","endTime":"{end}",{place.written}}}'
            for start, end, (_, place) in zip(starts, ends, slots, strict=True)
        ]
    )
    return f'{{"items":[{items}],"timezone":"{zone}"}}'.encode()


def written_instants(instants: Sequence[int], zone: str) -> Iterator[str]:
    """RFC 3339 text of ascending instants, with the zone's offset and `Z` where that is zero."""
    if not instants:
        return
    spans = local_spans(zone, instants[0], instants[-1] + 1)
    span = next(spans)
    midnight, date, offset = _frame(span)
    for instant in instants:
        while instant >= span.end:
            span = next(spans)
            midnight, date, offset = _frame(span)
        minutes, second = divmod(instant - midnight, 60)
        yield f"{date}{_CLOCK[minutes]}{second:02}{offset}"


def _frame(span: LocalSpan) -> tuple[int, str, str]:
    """The instant that reads midnight under the span's offset, its date and the offset as text."""
    sign, minutes = ("+" if span.offset > 0 else "-"), abs(span.offset) // 60
    offset = f"{sign}{minutes // 60:02}:{minutes % 60:02}" if span.offset else "Z"
    return span.day * SECONDS_A_DAY - span.offset, date_of(span.day).isoformat(), offset
