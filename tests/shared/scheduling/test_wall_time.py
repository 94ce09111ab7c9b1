"""Wall-clock times in text and in minutes."""

import pytest

from sloty_shared.scheduling import format_wall_time, parse_wall_time


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("00:00", 0), ("00:01", 1), ("09:05", 545), ("19:59", 1199), ("23:59", 1439), ("24:00", 1440)],
)
def test_wall_time_is_minutes_after_midnight(text: str, minutes: int) -> None:
    assert parse_wall_time(text) == minutes
    assert format_wall_time(minutes) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9:00",
        "09:0",
        "09:60",
        "24:01",
        "25:00",
        "-1:00",
        "09:00:00",
        "09:00\n",
        " 09:00",
        "\u0660\u0669:\u0660\u0660",
    ],
)
def test_anything_else_is_no_wall_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        parse_wall_time(text)


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_minutes_beyond_the_day_are_not_written(minutes: int) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        format_wall_time(minutes)
