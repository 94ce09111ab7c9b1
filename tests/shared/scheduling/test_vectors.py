"""The named vectors of `vectors.json`, worked out by hand from the contract."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sloty_shared.scheduling import (
    Calendar,
    Held,
    Offering,
    Override,
    WeeklyRule,
    judge,
    list_slots,
    parse_wall_time,
)

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_slots_are_those_of_vector(vector: Mapping[str, Any]) -> None:
    slots = list_slots(
        calendar_of(vector),
        offering_of(vector),
        held_of(vector),
        start=instant(vector["from"]),
        end=instant(vector["to"]),
        now=now_of(vector),
    )
    zone = ZoneInfo(vector["timezone"])
    assert [datetime.fromtimestamp(slot, zone).isoformat() for slot in slots] == vector["slots"]


@pytest.mark.parametrize(
    ("vector", "start", "code"),
    [
        pytest.param(vector, start, code, id=f"{vector['name']} {start}")
        for vector in VECTORS
        for start, code in {
            **dict.fromkeys(vector["slots"]),
            **vector.get("refused", {}),
        }.items()
    ],
)
def test_start_is_judged_as_in_vector(
    vector: Mapping[str, Any], start: str, code: str | None
) -> None:
    refusal = judge(
        calendar_of(vector),
        offering_of(vector),
        held_of(vector),
        instant(start),
        now=now_of(vector),
    )
    assert (refusal and refusal.code) == code


def calendar_of(vector: Mapping[str, Any]) -> Calendar:
    return Calendar(
        zone=vector["timezone"],
        rules=tuple(map(rule_of, vector["rules"])),
        overrides=tuple(map(override_of, vector.get("overrides", ()))),
        business_hours={
            day: [(parse_wall_time(start), parse_wall_time(end)) for start, end in spans]
            for day, spans in vector.get("businessHours", {}).items()
        },
        is_active=vector.get("isActive", True),
    )


def rule_of(fields: Mapping[str, Any]) -> WeeklyRule:
    return WeeklyRule(
        day_of_week=fields["dayOfWeek"],
        start=parse_wall_time(fields["startTime"]),
        end=parse_wall_time(fields["endTime"]),
        valid_from=optional_date(fields.get("validFrom")),
        valid_to=optional_date(fields.get("validTo")),
        is_active=fields.get("isActive", True),
    )


def override_of(fields: Mapping[str, Any]) -> Override:
    day, kind = date.fromisoformat(fields["date"]), fields["type"]
    if "startTime" not in fields:
        return Override(day, kind)
    return Override(
        day, kind, parse_wall_time(fields["startTime"]), parse_wall_time(fields["endTime"])
    )


def offering_of(vector: Mapping[str, Any]) -> Offering:
    service = vector["service"]
    return Offering(
        duration=service["duration"],
        buffer=service.get("bufferTime", 0),
        interval=vector.get("slotInterval", service["duration"]),
        min_advance=service.get("minAdvanceBooking", 0),
        max_advance=service.get("maxAdvanceBooking"),
        is_active=service.get("isActive", True),
    )


def held_of(vector: Mapping[str, Any]) -> list[Held]:
    return [Held(instant(start), instant(end)) for start, end in vector.get("held", ())]


def now_of(vector: Mapping[str, Any]) -> int:
    return instant(vector.get("now", vector["from"]))


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp())


def optional_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
