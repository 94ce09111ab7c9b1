"""What becomes of a series: cancelled or moved, from one appointment on or all, by whoever may."""

from typing import Any

import pytest
from tests.api_clients import Apis, Clock, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .bookings import NINE, act, actions_on, change_settings, kinds, messages, path_of, set_status
from .people import Post, accept, register_proven
from .test_series import SERIES, appointments_of, book_series

DAILY = "FREQ=DAILY;COUNT=4"


def of_series(series: Any, action: str) -> str:
    return f"{SERIES}/{series['id']}/{action}"


def cancel(shop: Shop, series: Any, **body: Any) -> list[tuple[str, str | None]]:
    """The status of each that was to be cancelled, and the rule that refused it."""
    told = shop.booking.post(of_series(series, "cancel"), body, status=200)
    return [(each["status"], each["rule"]) for each in told["cancellations"]]


def move(shop: Shop, series: Any, start: str, **body: Any) -> list[Any]:
    moved = shop.booking.post(of_series(series, "reschedule"), {"startTime": start} | body)
    return list(moved["moves"])


def standing(shop: Shop, series: Any) -> list[str]:
    found = appointments_of(shop, series, status=["SCHEDULED", "CONFIRMED"])
    return [each["startTime"] for each in found]


@pytest.fixture
def series(shop: Shop) -> Any:
    """Four days from the 23rd on, at nine; an hour of the clock is skipped after the 27th."""
    return book_series(shop, DAILY)


def test_all_are_cancelled_and_told_of_once(
    shop: Shop, series: Any, apis_database: DatabaseUrls
) -> None:
    assert cancel(shop, series, reason="Ill") == [("CANCELLED", None)] * 4
    first, *others = appointments_of(shop, series)
    assert {each["cancellationReason"] for each in (first, *others)} == {"Ill"}
    assert kinds(shop, first) == ["BOOKED", "CANCELLED"]
    assert [kinds(shop, each) for each in others] == [[]] * 3
    assert actions_on(apis_database, first) == ["appointment.booked", "appointment.cancelled"]
    assert shop.starts("2027-03-23")[0] == NINE
    assert cancel(shop, series) == []


@pytest.mark.parametrize("by", ["id", "startTime"])
def test_following_are_cancelled(shop: Shop, series: Any, by: str) -> None:
    third = appointments_of(shop, series)[2]
    assert cancel(shop, series, **{"from": third[by]}) == [("CANCELLED", None)] * 2
    statuses = [each["status"] for each in appointments_of(shop, series)]
    assert statuses == ["SCHEDULED"] * 2 + ["CANCELLED"] * 2


def test_what_is_over_or_under_way_stays(
    shop: Shop, series: Any, clock: Clock, apis_database: DatabaseUrls
) -> None:
    first, second, *_ = appointments_of(shop, series)
    set_status(apis_database, second, "IN_PROGRESS")
    done = [("IN_PROGRESS", "invalid_transition"), ("CANCELLED", None), ("CANCELLED", None)]
    clock.now = clock.now.replace(day=23, hour=12)
    assert cancel(shop, series) == done
    assert shop.booking.get(path_of(first))["status"] == "SCHEDULED"
    everything = {"from": "2027-01-01T00:00:00Z"}
    again = [("CANCELLED", None), ("IN_PROGRESS", "invalid_transition")]
    assert cancel(shop, series, **everything) == again


def test_requests_are_declined(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True})
    series = book_series(shop, DAILY)
    first, second, *_ = appointments_of(shop, series)
    act(shop.booking, second, "confirm")
    cancel(shop, series)
    assert kinds(shop, first) == ["REQUESTED", "DECLINED"]
    assert kinds(shop, second) == ["CONFIRMED", "CANCELLED"]


def test_from_must_be_of_the_series(shop: Shop, series: Any) -> None:
    other = shop.book("2027-04-01T09:00:00+02:00")
    for action, body in (("cancel", {}), ("reschedule", {"startTime": NINE})):
        path = of_series(series, action)
        shop.booking.refused("POST", path, 404, "not_found", json=body | {"from": other["id"]})
        refused = shop.booking.refused(
            "POST", path, 422, "validation_failed", json=body | {"from": "soon"}
        )
        assert [error["pointer"] for error in refused["errors"]] == ["/from"]


def test_all_are_moved_by_wall_time(shop: Shop) -> None:
    series = book_series(shop, "FREQ=WEEKLY;COUNT=2")
    before = appointments_of(shop, series)
    moves = move(shop, series, "2027-03-24T10:00:00+01:00")
    assert [each["localTime"] for each in moves] == ["2027-03-24T10:00:00", "2027-03-31T10:00:00"]
    assert standing(shop, series) == ["2027-03-24T09:00:00Z", "2027-03-31T08:00:00Z"]
    for old, each in zip(before, moves, strict=True):
        now = shop.booking.get(path_of(old))
        assert (now["status"], now["rescheduledToId"]) == (
            "RESCHEDULED",
            each["rescheduledToId"],
        )
    new = {"id": moves[0]["rescheduledToId"]}
    assert kinds(shop, new) == ["RESCHEDULED"]
    assert messages(shop, {"id": moves[1]["rescheduledToId"]}) == []


@pytest.mark.parametrize("start", ["2027-03-24T09:00:00+01:00", "2027-03-22T09:00:00+01:00"])
def test_own_old_times_stand_in_nobodys_way(shop: Shop, series: Any, start: str) -> None:
    moves = move(shop, series, start)
    assert [each["rule"] for each in moves] == [None] * 4
    assert len(standing(shop, series)) == 4
    assert standing(shop, series)[0] == moves[0]["startTime"]


def test_rejected_move_changes_nothing(shop: Shop, series: Any) -> None:
    before = appointments_of(shop, series)
    shop.book("2027-03-25T10:00:00+01:00")
    problem = shop.booking.refused(
        "POST",
        of_series(series, "reschedule"),
        409,
        "series_conflict",
        json={"startTime": "2027-03-23T10:00:00+01:00"},
    )
    assert [each["appointmentId"] for each in problem["occurrences"]] == [before[2]["id"]]
    assert appointments_of(shop, series) == before


def test_skipped_move_stays_where_it_is(shop: Shop, series: Any) -> None:
    shop.book("2027-03-25T10:00:00+01:00")
    start = "2027-03-23T10:00:00+01:00"
    moves = move(shop, series, start, onConflict="skip")
    assert [each["rule"] for each in moves] == [None, None, "slot_unavailable", None]
    assert moves[2]["rescheduledToId"] is None
    hours = ["09", "09", "08", "09"]
    assert [each[11:13] for each in standing(shop, series)] == hours
    assert shop.booking.get(path_of({"id": moves[2]["appointmentId"]}))["status"] == "SCHEDULED"


def test_move_that_moves_nothing_is_refused(shop: Shop, series: Any) -> None:
    """The last finds no room a day later, so that none before it does."""
    shop.add_override(shop.provider, date="2027-03-27", type="SICK")
    body = {"startTime": "2027-03-24T09:00:00+01:00", "onConflict": "skip"}
    path = of_series(series, "reschedule")
    problem = shop.booking.refused("POST", path, 409, "series_conflict", json=body)
    rules = [each["rule"] for each in problem["occurrences"]]
    assert rules == ["slot_unavailable"] * 3 + ["outside_availability"]
    cancel(shop, series)
    shop.booking.refused("POST", path, 409, "nothing_to_move", json=body)


def test_following_go_to_another_provider(shop: Shop, series: Any) -> None:
    other = shop.add_provider(shop.location)
    third = appointments_of(shop, series)[2]
    start = "2027-03-25T09:00:00+01:00"
    moves = move(shop, series, start, providerId=other["id"], **{"from": third["id"]})
    assert len(moves) == 2
    found = appointments_of(shop, series, status="SCHEDULED")
    providers = [shop.provider["id"]] * 2 + [other["id"]] * 2
    assert [each["providerId"] for each in found] == providers


def test_nothing_is_moved_out_of_time(shop: Shop, series: Any) -> None:
    """What no later read would take is refused, whatever staff may ignore."""
    body = {"startTime": "2200-12-30T09:00:00Z", "ignoreAvailability": True}
    path = of_series(series, "reschedule")
    problem = shop.booking.refused("POST", path, 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == ["/startTime"]


def test_customers_cancel_until_their_cutoff(shop: Shop, apis: Apis, post: Post) -> None:
    user, mine = register_proven(apis, post, shop)
    own = {"serviceId": shop.service["id"], "rule": DAILY, "startTime": NINE}
    series = mine.post(SERIES, own)
    change_settings(shop, cancellationCutoffHours=36)
    told = mine.post(of_series(series, "cancel"), status=200)["cancellations"]
    assert [each["rule"] for each in told] == ["too_late", None, None, None]
    assert told[0]["status"] == "SCHEDULED"
    assert user["email"]


def test_provider_changes_only_their_own(shop: Shop, apis: Apis, post: Post) -> None:
    other = shop.add_provider(shop.location)
    series = book_series(shop, DAILY)
    third = appointments_of(shop, series)[2]
    to_other = {"providerId": other["id"], "from": third["id"]}
    move(shop, series, "2027-03-25T09:00:00+01:00", **to_other)
    _, theirs = accept(apis.booking, post, other["user"]["email"])
    told = theirs.post(of_series(series, "cancel"), status=200)["cancellations"]
    assert [each["status"] for each in told] == ["CANCELLED"] * 2
    assert len(standing(shop, series)) == 2
