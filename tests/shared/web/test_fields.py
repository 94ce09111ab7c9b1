"""Field types: what they take, how they keep it, and what they refuse."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from sloty_shared.web import fields

NESTED_20: Any = 1
for _ in range(20):
    NESTED_20 = [NESTED_20]

TAKEN: list[tuple[Any, Any, Any]] = [
    (fields.ShortText, "  Zoë Müller ", "Zoë Müller"),
    (fields.ShortText, "می‌خواهم", "می‌خواهم"),
    (fields.ShortText, "👩‍👧", "👩‍👧"),
    (fields.ShortText, "x" * 200, "x" * 200),
    (fields.LongText, "one\r\ntwo\tthree\rfour\n", "one\ntwo\tthree\nfour"),
    (fields.LongText, "", ""),
    (fields.Slug, "demo-studio-2", "demo-studio-2"),
    (fields.EmailAddress, " Ann.Lee@EXAMPLE.com ", "Ann.Lee@example.com"),
    (fields.EmailAddress, "ann@bücher.example.com", "ann@xn--bcher-kva.example.com"),
    (fields.PhoneNumber, "+49 (30) 123-456", "+49 (30) 123-456"),
    (fields.Instant, "2026-11-23T09:00:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
    (fields.Instant, "2026-11-23t09:00:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    (fields.Instant, "2026-11-23T09:00:00.5-23:59", datetime(2026, 11, 24, 8, 59, 0, 500000, UTC)),
    (
        fields.Instant,
        "2026-11-23T09:00:00.123456789z",
        datetime(2026, 11, 23, 9, 0, 0, 123456, UTC),
    ),
    (fields.Instant, "2200-12-31T23:59:59Z", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
    (fields.QueryInstant, "2026-11-23T09:00:00 01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    (fields.QueryInstantOrDate, "2026-11-23", date(2026, 11, 23)),
    (fields.QueryInstantOrDate, "2026-11-23T09:00:00 01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
    (fields.LocalDate, "2028-02-29", date(2028, 2, 29)),
    (fields.WallTime, "24:00", "24:00"),
    (fields.ZoneName, "America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
    (fields.Locale, "pt-BR", "pt-BR"),
    (fields.Currency, "EUR", "EUR"),
    (fields.Money, "49.5", Decimal("49.50")),
    (fields.Money, 12, Decimal("12.00")),
    (fields.Money, "99999999.99", Decimal("99999999.99")),
    (fields.Minutes, 0, 0),
    (
        fields.UuidId,
        "01936B2E-7c5a-7d3f-8a41-5f0c2b9d6e17",
        UUID("01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"),
    ),
    (fields.JsonValue, NESTED_20, NESTED_20),
    (fields.JsonObject, {"a": [1, 2.5, None, True, "ü"]}, {"a": [1, 2.5, None, True, "ü"]}),
    (fields.WebAddress, "https://example.com:8443/a?b=c", "https://example.com:8443/a?b=c"),
    (fields.Latitude, 52, 52.0),
]

REFUSED: list[tuple[Any, Any]] = [
    *(
        (fields.ShortText, value)
        for value in (
            "",
            "   ",
            "\t",
            "x" * 201,
            "a\x00b",
            "a\nb",
            "a\x1bb",
            "a\x85b",
            "a\u2028b",
            "a\u202eb",
            "a\u2066b",
            "a\u200bb",
            "a\ufeffb",
            "a\u200db",
            "\u200dü",
            "\ud800",
            7,
            None,
            True,
        )
    ),
    *((fields.LongText, value) for value in ("a\x00b", "a\x07b", "a\x7fb", "\udfff", "x" * 10_001)),
    *((fields.Slug, value) for value in ("", "-a", "a-", "A", "a_b", "a" * 64, "é")),
    *(
        (fields.EmailAddress, value)
        for value in (
            "",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "ann@example",
            "ann@example.invalid",
            "a b@example.com",
            "ann@example.com, bob@example.com",
            "Ann <ann@example.com>",
            "ann@exam\x00ple.com",
            "ann\r\nBcc: bob@example.com",
            "x" * 64 + "@" + "y" * 190 + ".com",
            "ann@[127.0.0.1]",
        )
    ),
    *(
        (fields.PhoneNumber, value)
        for value in ("", "call me", "123", "+", "(((((", "1" * 18, "١٢٣٤٥٦")
    ),
    *(
        (fields.Instant, value)
        for value in (
            "",
            "2026-11-23",
            "2026-11-23T09:00:00",
            "2026-11-23 09:00:00Z",
            "2026-11-23T09:00Z",
            "2026-11-23T09:00:00 01:00",
            "2026-11-23T09:00:00+0100",
            "2026-11-23T24:00:00Z",
            "2026-11-23T23:59:60Z",
            "2026-02-30T09:00:00Z",
            "2026-11-23T09:00:00+24:00",
            "2026-11-23T09:00:00+01:60",
            "2026-11-23T09:00:00123Z",
            "2026-11-23T09:00:00.Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
            "1969-12-31T23:59:59Z",
            "2201-01-01T00:00:00Z",
            "1970-01-01T00:00:00+00:01",
            "\uff12026-11-23T09:00:00Z",
            "1700000000",
            1_700_000_000,
            1.5,
            True,
            None,
            datetime(2026, 1, 1),  # noqa: DTZ001 - an instant without offset.
        )
    ),
    *(
        (fields.LocalDate, value)
        for value in ("2026-1-1", "20261123", "2026-W01-1", "2026-02-30", "1969-12-31", 20261123)
    ),
    *(
        (fields.WallTime, value)
        for value in ("9:00", "09:00:00", "24:01", "25:00", "09:60", "09.00", "09:00\n")
    ),
    *(
        (fields.ZoneName, value)
        for value in (
            "europe/berlin",
            "Berlin",
            "+01:00",
            "",
            "../etc/passwd",
            "Factory",
            "Europe/Berlin ",
            1,
        )
    ),
    *((fields.Locale, value) for value in ("", "EN", "en_US", "english", "en-", "e")),
    *((fields.Currency, value) for value in ("eur", "EURO", "XXX", "BTC", "", 978)),
    *(
        (fields.Money, value)
        for value in (
            "",
            "-1",
            "+1",
            "1e3",
            "NaN",
            "Infinity",
            "1.234",
            "100000000",
            ".5",
            "1.",
            "1,50",
            " 1",
            "\uff11",
            1.5,
            True,
            -1,
            100_000_000,
            None,
        )
    ),
    *((fields.Minutes, value) for value in (True, 1.0, "1", -1, 2**31, None)),
    *((fields.DayOfWeek, value) for value in (-1, 7, "0")),
    *(
        (fields.UuidId, value)
        for value in (
            "",
            "1",
            "01936b2e7c5a7d3f8a415f0c2b9d6e17",
            "{01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17}",
            "urn:uuid:01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17",
            5,
            "01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e1\x00",
        )
    ),
    *(
        (fields.JsonValue, value)
        for value in (
            [NESTED_20],
            "a\x00",
            {"a\x00": 1},
            "\ud800",
            {"\ud800": 1},
            float("nan"),
            float("inf"),
            2**63,
            -(2**63),
            ["x" * 70_000],
        )
    ),
    (fields.JsonObject, []),
    (fields.JsonObject, "{}"),
    (fields.JsonObject, None),
    (fields.JsonObject, {"a": "\x00"}),
    *(
        (fields.WebAddress, value)
        for value in (
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "javascript:alert(1)",
            "https://user:pw@example.com",
            "https://example.com:99999",
            "https://a b.com",
            "https://[::1",
            "https://example.com/" + "x" * 2000,
        )
    ),
    *((fields.Latitude, value) for value in (90.1, float("nan"), "52", True)),
]


@pytest.mark.parametrize(("kind", "given", "kept"), TAKEN)
def test_good_values_are_taken_and_normalised(kind: Any, given: Any, kept: Any) -> None:
    found = TypeAdapter(kind).validate_python(given)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(("kind", "given"), REFUSED)
def test_bad_values_are_refused(kind: Any, given: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind, config={"strict": True}).validate_python(given)


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        (fields.Instant, "2026-11-23T10:00:00+01:00", '"2026-11-23T09:00:00Z"'),
        (fields.Instant, "2026-11-23T09:00:00.25Z", '"2026-11-23T09:00:00.250000Z"'),
        (fields.Money, "5", '"5.00"'),
        (fields.Money, Decimal("1E+2"), '"100.00"'),
        (fields.LocalDate, "2026-11-23", '"2026-11-23"'),
    ],
)
def test_values_are_written_in_one_way(kind: Any, value: Any, written: str) -> None:
    adapter = TypeAdapter(kind)
    assert adapter.dump_json(adapter.validate_python(value)).decode() == written
