"""Patterns of form fields: those regular expressions of ECMA-262 that run in linear time.

Look-around and backreferences are what makes a pattern slow, so they do not exist here. What does
exist means the same to a client that reads it from the JSON Schema and to the engine behind this.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

MAX_LENGTH = 500
# How many characters a pattern may stand for once its repetitions are written out.
MAX_SIZE = 500
# What a class of Unicode is made of: many ranges.
_PROPERTY_SIZE = 20

_ESCAPE = (
    r"\\(?:[dDwWsStnrfv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[pP]\{[A-Za-z_]+(?:=[A-Za-z_]+)?\}"
    r"|[\^$\\.*+?()\[\]{}|/])"
)
_IN_CLASS = rf"(?:(?!&&|--|~~)(?:{_ESCAPE}|\\-|[^\\\[\]]))"
_TOKEN = re.compile(
    rf"(?P<open>\((?:\?:|\?<[A-Za-z][A-Za-z0-9]*>|(?!\?)))"
    rf"|(?P<close>\))"
    rf"|(?P<repeat>(?:[*+?]|\{{(?P<least>[0-9]{{1,4}})(?:,(?P<most>[0-9]{{0,4}}))?\}})\??)"
    rf"|(?P<atom>\[(?:\^|(?!\^)){_IN_CLASS}+\]|{_ESCAPE}|[^\\()\[\]{{}}|^$*+?])"
    rf"|(?P<edge>\^|\$|\||\\b)"
)
_PART = re.compile(r"\\.|\.|.", re.DOTALL)
# The engine's own meaning of these is wider than what clients know.
_DIGIT, _WORD = "0-9", "0-9A-Za-z_"
_SPACE = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_MEANINGS = {
    r"\d": f"[{_DIGIT}]",
    r"\D": f"[^{_DIGIT}]",
    r"\w": f"[{_WORD}]",
    r"\W": f"[^{_WORD}]",
    r"\s": f"[{_SPACE}]",
    r"\S": f"[^{_SPACE}]",
    r"\b": r"(?-u:\b)",
}
_ANY = r"[^\n\r\x{2028}\x{2029}]"


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, in time linear in the text's length."""
    return _compiled(pattern).isinstance_python(text)


def check_pattern(pattern: str) -> str:
    """The pattern itself. Raises ValueError for one that is wrong, slow or too large."""
    _compiled(pattern)
    return pattern


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    tokens = list(_tokens(pattern))
    _check_size(tokens)
    meaning = "".join(map(_meaning, tokens))
    try:
        return SchemaValidator(
            core_schema.str_schema(pattern=meaning, regex_engine="rust-regex", strict=True)
        )
    except SchemaError as problem:
        why = str(problem).rpartition("error: ")[2].strip()
        raise ValueError(f"This is not a regular expression: {why}") from None


def _tokens(pattern: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise ValueError(_complaint(pattern, position))
        yield token
        position = token.end()


def _complaint(pattern: str, position: int) -> str:
    rest = pattern[position:]
    if rest.startswith(("(?=", "(?!", "(?<=", "(?<!")):
        return "Look-around is not allowed: it cannot run in linear time"
    if re.match(r"\\([1-9]|k)", rest):
        return "Backreferences are not allowed: they cannot run in linear time"
    return f"This is not understood at character {position + 1}: {rest[:10]}"


def _check_size(tokens: list[re.Match[str]]) -> None:
    """Write repetitions out in numbers: the size of each open group, and of what came last."""
    sizes, last = [0], 0
    for token in tokens:
        match token.lastgroup:
            case "open":
                sizes.append(0)
                last = 0
            case "close" if len(sizes) > 1:
                last = max(sizes.pop(), 1)
                sizes[-1] += last
            case "close":
                raise ValueError("A group is closed that was not opened")
            case "repeat":
                sizes[-1] += _repeated(token, last)
                last = 0
            case "atom":
                last = max(1, _PROPERTY_SIZE * token[0].lower().count("\\p"))
                sizes[-1] += last
            case _:
                last = 0
        if sizes[-1] > MAX_SIZE:
            raise ValueError(
                f"With its repetitions this stands for more than {MAX_SIZE} characters"
            )


def _repeated(token: re.Match[str], size: int) -> int:
    """By how much repeating makes something of this size larger."""
    if size == 0:
        raise ValueError(f"There is nothing to repeat at character {token.start() + 1}")
    least, most = token["least"], token["most"]
    if least is None:
        return 0
    if most and int(most) < int(least):
        raise ValueError(f"The repetition at character {token.start() + 1} ends before it begins")
    return size * (max(int(least), int(most or 0)) - 1)


def _meaning(token: re.Match[str]) -> str:
    """The token as the engine writes it."""
    text = token[0]
    if text == ".":
        return _ANY
    return _PART.sub(lambda part: _MEANINGS.get(part[0], part[0]), text)
