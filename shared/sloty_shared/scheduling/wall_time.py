"""Wall-clock times as the API writes them, to minutes after midnight and back."""

import re

MINUTES_A_DAY = 24 * 60

_WALL_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def parse_wall_time(text: str) -> int:
    """Count the minutes after midnight of "00:00" to "23:59", and 1440 of "24:00".

    Raises ValueError on anything else.
    """
    found = _WALL_TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time of day from 00:00 to 24:00, written HH:MM")
    hour, minute = found.groups()
    return MINUTES_A_DAY if hour is None else int(hour) * 60 + int(minute)


def format_wall_time(minutes: int) -> str:
    """Write 0 to 1440 minutes after midnight as `HH:MM`; raises ValueError outside of them."""
    if not 0 <= minutes <= MINUTES_A_DAY:
        raise ValueError(f"{minutes} minutes after midnight is not a time of day")
    return f"{minutes // 60:02}:{minutes % 60:02}"
