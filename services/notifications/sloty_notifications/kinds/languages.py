"""The languages that messages are written in."""

from sloty_notifications.kinds.english import ENGLISH
from sloty_notifications.kinds.french import FRENCH
from sloty_notifications.kinds.german import GERMAN
from sloty_notifications.kinds.language import Language
from sloty_notifications.kinds.spanish import SPANISH

_LANGUAGES = {language.code: language for language in (ENGLISH, GERMAN, FRENCH, SPANISH)}


def language_of(code: str) -> Language:
    """The language by its ISO 639 code; English for those that nobody has written yet."""
    return _LANGUAGES.get(code, ENGLISH)
