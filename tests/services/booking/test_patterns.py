"""Patterns of form fields: they mean what clients think, and none of them is slow."""

from time import perf_counter

import pytest

from sloty_booking.forms.patterns import MAX_SIZE, check_pattern, matches

MEANINGS = [
    (r"^\d{3}-\d{4}$", ["123-4567"], ["١٢٣-٤٥٦٧", "123-45678", "x123-4567"]),
    (r"\d", ["a1b"], ["", "abc"]),
    (r"^\w+$", ["Ab_9"], ["é", "a b"]),
    (r"^\W\D\S$", ["éé."], ["a.."]),
    (r"^\s$", [" ", "\t", "\ufeff", "\u2028"], ["\x85", "a"]),
    (r"^.$", ["a", "\U0001f600", "\x85"], ["\n", "\r", "\u2029"]),
    (r"^[^\d\s.]+$", ["ab"], ["a1", "a b", "a.b"]),
    (r"^[a-z\-\]]+$", ["a-]"], ["_"]),
    (r"\bcat\b", ["a cat."], ["concat", "cat_"]),
    (r"^(?:ab|c)*?(?<last>d)+$", ["ababcd", "d"], ["ab"]),
    (r"^\p{L}\p{Script=Greek}\P{Lu}$", ["éλx"], ["élx", "éλX"]),
    (r"^\x41\u0042\/\.$", ["AB/."], ["AB/x"]),
    (r"^a{2}b{2,}c{1,2}$", ["aabbc", "aabbbbcc"], ["abbc", "aabc", "aabbccc"]),
    ("^a|b$", ["ax", "xb"], ["xax"]),
    ("", ["", "a"], []),
]
REFUSED = {
    "(?=a)b": "Look-around",
    "a(?!b)": "Look-around",
    "(?<=a)b": "Look-around",
    "(?<!a)b": "Look-around",
    r"(a)\1": "Backreferences",
    r"(?<n>a)\k<n>": "Backreferences",
    "(a": "unclosed group",
    "a)": "not opened",
    "[a": "at character 1",
    "[]": "at character 1",
    "[^]": "at character 1",
    "[z-a]": "range",
    "a{2,1}": "ends before it begins",
    "a{,2}": "at character 2",
    "*": "nothing to repeat",
    "a**": "nothing to repeat",
    "^*": "nothing to repeat",
    "(?i)a": "at character 1",
    "(?P<n>a)": "at character 1",
    r"\z": "at character 1",
    r"\pL": "at character 1",
    r"\p{Nonsense}": "property",
    "[[:alpha:]]": "at character 1",
    "[a&&b]": "at character 1",
    r"\ud800": "scalar value",
    "\\": "at character 1",
    "{": "at character 1",
    f"a{{{MAX_SIZE + 1}}}": "stands for more",
    "(a{30}){30}": "stands for more",
    "((((a{9}){9}){9}){9}){9}": "stands for more",
    r"[\p{L}\p{N}]{20}": "stands for more",
}
SLOW_ELSEWHERE = ["^(a+)+$", "^(a|a)*$", "(a*)*b", "^(a|ab|b)*c{400}$", "[ab]*a[ab]{400}!"]


@pytest.mark.parametrize(("pattern", "found_in", "not_in"), MEANINGS)
def test_pattern_means_what_clients_think(
    pattern: str, found_in: list[str], not_in: list[str]
) -> None:
    assert check_pattern(pattern) == pattern
    assert [text for text in found_in if not matches(pattern, text)] == []
    assert [text for text in not_in if matches(pattern, text)] == []


@pytest.mark.parametrize("pattern", REFUSED)
def test_pattern_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[pattern]):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", SLOW_ELSEWHERE)
def test_no_pattern_is_slow(pattern: str) -> None:
    text = "ab" * 2500 + "aaaaa" * 1000 + "?"
    check_pattern(pattern)
    began = perf_counter()
    matches(pattern, text)
    assert perf_counter() - began < 2
