"""Calendar documents that we write are read back as they were meant."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from sloty_shared.icalendar import LONGEST_LINE_BYTES, Component

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85")
    | st.sampled_from(';,\\\n"'),
    max_size=200,
)


def document(**properties: str | int | datetime) -> bytes:
    calendar, event = Component("VCALENDAR"), Component("VEVENT")
    for name, value in properties.items():
        event.add(name, value)
    calendar.add_component(event)
    return calendar.to_ical()


@given(TEXTS)
def test_text_is_read_as_it_was_written(text: str) -> None:
    written = document(summary=text)
    [event] = Calendar.from_ical(written).walk("VEVENT")
    assert str(event["summary"]) == text


@given(TEXTS)
def test_lines_are_no_longer_than_calendars_take(text: str) -> None:
    lines = document(summary=text).split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= LONGEST_LINE_BYTES
    assert b"\n" not in b"".join(lines)
    assert all(line.decode() for line in lines)


def test_moments_are_written_in_utc() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert b"DTSTART:20261124T033000Z" in document(dtstart=datetime(2026, 11, 24, 9, tzinfo=east))


def test_names_from_outside_stay_inside_their_parameter() -> None:
    event = Component("VEVENT")
    event.add_person(
        "attendee", "jane@mail.example", 'Eve";X=1:mailto:evil\r\nATTACH:x', RSVP="FALSE"
    )
    [read] = Calendar.from_ical(event.to_ical()).walk("VEVENT")
    assert read["attendee"] == "mailto:jane@mail.example"
    assert "ATTACH" not in read
    assert read["attendee"].params["RSVP"] == "FALSE"
