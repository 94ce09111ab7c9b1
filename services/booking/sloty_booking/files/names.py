"""The names of files: what is left of what a client says, and how it is said to the next one."""

import unicodedata
from urllib.parse import quote

from sloty_booking.files.content_types import ContentType

LONGEST_NAME = 200
_NAMELESS = "file"
# Unicode's controls, what turns the direction of writing, half surrogates, and what it has no
# meaning for: none of them is a part of a name that somebody can read.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_RESERVED = frozenset('<>:"|?*')


def clean_name(given: str, kind: ContentType) -> str:
    """The last part of what may be a path, readable, and ending as files of its type do.

    Without that ending, what is a picture by its content would be opened as a page by its name.
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        each for each in last if unicodedata.category(each) not in _UNSEEN and each not in _RESERVED
    )
    stem, dot, ending = kept.rpartition(".")
    if f"{dot}{ending}".lower() not in kind.endings:
        stem, ending = kept, kind.endings[0].removeprefix(".")
    # Neither hidden, nor with blanks and dots at its ends, which some systems drop.
    return f"{stem.strip(' .')[:LONGEST_NAME].strip(' .') or _NAMELESS}.{ending}"


def attachment(name: str) -> str:
    """The Content-Disposition by RFC 6266: for old readers in ASCII, for all others as it is."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain.replace("\\", "").replace('"', "").replace("%", "")
    # Of a name in other letters only its ending is left.
    plain = f"{_NAMELESS}{plain}" if plain.startswith(".") else plain
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
