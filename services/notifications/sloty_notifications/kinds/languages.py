"""The languages that messages are written in."""

from sloty_notifications.kinds.english import ENGLISH
from sloty_notifications.kinds.language import Language

_LANGUAGES = {ENGLISH.code: ENGLISH}


def language_of(code: str) -> Language:
    """The language by its ISO 639 code; English for those that nobody has written yet."""
    return _LANGUAGES.get(code, ENGLISH)
