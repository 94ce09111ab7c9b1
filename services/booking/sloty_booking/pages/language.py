"""The language of a page: the first that the reader asks for of those that we write."""

from collections.abc import Iterator

OURS = ("en", "de", "fr", "es")
# More than any browser names.
MOST_ASKED = 50


def language_for(accept_language: str) -> str:
    """By the header's own order of preference (RFC 9110); English where none of ours is asked for."""
    asked = sorted(_asked(accept_language), key=lambda each: -each[0])
    return next((code for quality, code in asked if quality > 0 and code in OURS), OURS[0])


def _asked(header: str) -> Iterator[tuple[float, str]]:
    for entry in header.split(",")[:MOST_ASKED]:
        name, _, parameter = entry.partition(";")
        yield _quality(parameter), name.strip().partition("-")[0].lower()


def _quality(parameter: str) -> float:
    name, _, value = parameter.replace(" ", "").partition("=")
    if name.lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
