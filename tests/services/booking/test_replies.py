"""What participants say for themselves by the link in their mails."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.api_clients import SECRET_KEY, Apis, Client, Clock, Shop, answered

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.encryption import Encryption
from sloty_shared.invitation import PATH, InvitationLink
from sloty_shared.models import Channel
from sloty_shared.unsubscribing import Unsubscription

from .bookings import NINE, TEN, act, actions_on, messages, move, path_of

ENCRYPTION = Encryption(SECRET_KEY)
ALAN = {"name": "Alan <b>", "email": "alan@people.example"}


@pytest.fixture
def booked(shop: Shop) -> Any:
    return shop.book(NINE, participants=[ALAN])


@pytest.fixture
def public(apis: Apis) -> Client:
    return apis.booking


def participants(shop: Shop, booked: Any) -> Any:
    return shop.booking.get(path_of(booked, "participants"))["items"]


def link_of(shop: Shop, participant: Any) -> str:
    link = InvitationLink(UUID(shop.tenant["id"]), UUID(participant["id"]))
    return f"{PATH}/{link.token(ENCRYPTION)}"


def test_participant_confirms_and_declines(
    shop: Shop, booked: Any, public: Client, apis_database: DatabaseUrls
) -> None:
    [alan] = participants(shop, booked)
    link = link_of(shop, alan)
    shown = public.get(link)
    assert (shown["status"], shown["appointmentStatus"]) == ("INVITED", "SCHEDULED")
    assert (shown["service"], shown["business"]) == ("Massage", shop.tenant["name"])
    assert booked["confirmationCode"] not in str(shown)
    # Said twice, it is said once.
    for _ in range(2):
        assert public.post(f"{link}/confirm", status=200)["status"] == "CONFIRMED"
    assert public.post(f"{link}/decline", status=200)["status"] == "DECLINED"
    assert participants(shop, booked)[0]["status"] == "DECLINED"
    assert public.post(f"{link}/confirm", status=200)["status"] == "CONFIRMED"
    assert actions_on(apis_database, alan) == ["participant.replied"] * 3


def test_who_declined_by_the_link_is_told_no_more(shop: Shop, booked: Any, public: Client) -> None:
    [alan] = participants(shop, booked)
    public.post(f"{link_of(shop, alan)}/decline", status=200)
    act(shop.booking, booked, "cancel")
    told = [(each["kind"], each["recipient"]) for each in messages(shop, booked)]
    assert ("BOOKED", ALAN["email"]) in told
    assert ("CANCELLED", ALAN["email"]) not in told


def test_page_asks_and_takes_each_answer(shop: Shop, booked: Any, public: Client) -> None:
    [alan] = participants(shop, booked)
    page = f"{link_of(shop, alan)}/reply"
    shown = public.send("GET", page)
    assert shown.status_code == 200
    assert "Alan &lt;b&gt;: Massage at" in shown.text
    assert "2027-03-23 09:00 (Europe/Berlin)" in shown.text
    assert "form-action 'self'" in shown.headers["content-security-policy"]
    assert participants(shop, booked)[0]["status"] == "INVITED"
    for said, field, value in (
        ("confirm", "status", "CONFIRMED"),
        ("decline", "status", "DECLINED"),
        ("unsubscribe", "wantsReminders", False),
    ):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = public.send("POST", page, params={"to": said}, headers=form, content=b"")
        assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")
        assert participants(shop, booked)[0][field] == value
    public.refused("POST", page, 422, "validation_failed", params={"to": "dance"})


def test_one_click_ends_reminders(shop: Shop, booked: Any, public: Client) -> None:
    """As mail programs send it: a form to the very address in the header."""
    [alan] = participants(shop, booked)
    link = InvitationLink(UUID(shop.tenant["id"]), UUID(alan["id"]))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = link.unsubscribe_path(ENCRYPTION)
    answer = public.send("POST", path, headers=form, content=b"List-Unsubscribe=One-Click")
    assert answer.status_code == 200
    [alan] = participants(shop, booked)
    assert (alan["wantsReminders"], alan["status"]) == (False, "INVITED")
    moved = move(shop.booking, booked, TEN)
    [alan] = participants(shop, moved)
    assert alan["wantsReminders"] is False


def test_nobody_answers_what_is_over(shop: Shop, booked: Any, public: Client, clock: Clock) -> None:
    [alan] = participants(shop, booked)
    link = link_of(shop, alan)
    clock.pass_by(timedelta(days=1, hours=1))
    public.refused("POST", f"{link}/confirm", 409, "appointment_over")
    clock.now = Clock.now
    act(shop.booking, booked, "cancel")
    public.refused("POST", f"{link}/decline", 409, "appointment_over")
    assert public.get(link)["appointmentStatus"] == "CANCELLED"
    # No more reminders can be wanted at any time.
    assert public.send("POST", f"{link}/reply?to=unsubscribe").status_code == 200


def test_who_came_is_for_staff_to_say(shop: Shop, booked: Any, public: Client) -> None:
    [alan] = participants(shop, booked)
    path = path_of(booked, f"participants/{alan['id']}")
    answered(shop.booking.send("PATCH", path, json={"status": "ATTENDED"}), 200)
    public.refused("POST", f"{link_of(shop, alan)}/decline", 409, "appointment_over")


def test_removed_participant_has_no_link(shop: Shop, booked: Any, public: Client) -> None:
    [alan] = participants(shop, booked)
    shop.booking.send("DELETE", path_of(booked, f"participants/{alan['id']}"))
    for method, path in (("GET", ""), ("POST", "/confirm"), ("GET", "/reply")):
        public.refused(method, link_of(shop, alan) + path, 404, "not_found")


def test_nobody_guesses_a_link(shop: Shop, booked: Any, public: Client) -> None:
    [alan] = participants(shop, booked)
    genuine = link_of(shop, alan).removeprefix(f"{PATH}/")
    ids, _, proof = genuine.partition(".")
    tenant_id, participant_id = UUID(shop.tenant["id"]), UUID(alan["id"])
    other = InvitationLink(tenant_id, uuid4()).token(ENCRYPTION)
    foreign = InvitationLink(uuid4(), participant_id).token(ENCRYPTION)
    unsubscribing = Unsubscription(tenant_id, participant_id, Channel.EMAIL).token(ENCRYPTION)
    forged = InvitationLink(tenant_id, participant_id).token(Encryption("another key of ours"))
    for token in (
        *(ids, f"{ids}.", f"{ids}.{proof[:-1]}", f"{ids}.{proof}x", f".{proof}", "x", "%00"),
        *("\u00e9" * 50, "x" * 5000, other, foreign, forged, unsubscribing.partition(".")[2]),
        f"{other.partition('.')[0]}.{proof}",
    ):
        public.refused("GET", f"{PATH}/{token}", 404, "not_found")
        public.refused("POST", f"{PATH}/{token}/confirm", 404, "not_found")
    assert participants(shop, booked)[0]["status"] == "INVITED"
