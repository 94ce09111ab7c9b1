"""Ids are UUIDv7 in the order of their making; secrets are random and survive being read out."""

import time
from itertools import pairwise
from uuid import RFC_4122

from sloty_shared.ids import new_confirmation_code, new_id, new_token, token_hash

CROCKFORD = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def milliseconds(value: int) -> int:
    return value >> 80


def test_id_is_a_uuid_of_version_7() -> None:
    made = [new_id() for _ in range(1000)]
    assert {(value.version, value.variant) for value in made} == {(7, RFC_4122)}
    assert len(set(made)) == 1000


def test_id_begins_with_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    stamps = [milliseconds(value.int) for value in made]
    assert before <= stamps[0]
    assert stamps[-1] <= after
    assert all(earlier <= later for earlier, later in pairwise(stamps))


def test_every_other_bit_is_random() -> None:
    ever_set = ever_clear = 0
    for _ in range(200):
        value = new_id().int
        ever_set |= value
        ever_clear |= ~value
    varying = ever_set & ever_clear & (1 << 80) - 1
    assert varying.bit_count() == 74


def test_token_has_256_random_bits() -> None:
    made = {new_token() for _ in range(1000)}
    assert {len(token) for token in made} == {43}
    assert len(made) == 1000


def test_token_is_stored_as_its_sha256() -> None:
    hashed = token_hash("token")
    assert hashed.hex() == "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0"
    assert len(token_hash("\ud800")) == 32


def test_confirmation_code_has_twenty_clear_characters() -> None:
    made = {new_confirmation_code() for _ in range(1000)}
    assert {len(code) for code in made} == {20}
    assert set().union(*made) == CROCKFORD
    assert len(made) == 1000
