"""Files of appointments: what they may answer, who sees them, and when they go."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api_clients import Apis, Client, Clock, Shop, answered, customer, open_shop

from .people import Post, accept, join
from .uploads import ELEVEN, NINE, PDF, PNG, TEN, add_scan, public_path, upload


@pytest.fixture
def shop(apis: Apis) -> Shop:
    """Its form asks for a file named `scan`."""
    made = open_shop(apis)
    add_scan(made, required=True)
    return made


def book(shop: Shop, file: Any, start: str = NINE, **changes: Any) -> Any:
    return shop.book(start, parameters={"scan": file["id"]}, **changes)


def download(client: Client, file: Any) -> httpx2.Response:
    return client.send("GET", f"/v1/files/{file['id']}/content")


def faults(shop: Shop, **scan: Any) -> Any:
    problem = shop.refused(NINE, 422, "validation_failed", parameters=scan)
    return [(error["pointer"], error["detail"]) for error in problem["errors"]]


UNKNOWN = [("/parameters/scan", "There is no such file that answers nothing yet")]


def test_file_answers_one_appointment(shop: Shop) -> None:
    file = upload(shop.booking)
    booked = book(shop, file)
    attached = shop.booking.get(f"/v1/files/{file['id']}")
    assert (attached["appointmentId"], attached["expiresAt"]) == (booked["id"], None)
    assert faults(shop, scan=file["id"]) == UNKNOWN
    shop.booking.refused("DELETE", f"/v1/files/{file['id']}", 409, "file_in_use")
    other = open_shop_of_another(shop)
    assert faults(shop, scan=other["id"]) == UNKNOWN


def open_shop_of_another(shop: Shop) -> Any:
    """A file of another business."""
    stranger = Apis(shop.booking.with_token(None), shop.availability.with_token(None)).sign_up()
    return upload(stranger.booking)


def test_faults_of_files_are_named_with_all_others(shop: Shop) -> None:
    add_scan(shop, name="photo", validation={"contentTypes": ["image/*"], "maxBytes": 10})
    add_scan(shop, name="any")
    age = {"name": "age", "label": "Age", "type": "NUMBER"}
    shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", age)
    file = upload(shop.booking)
    found = faults(shop, photo=file["id"], age="seven", any="no id")
    assert sorted(found) == [
        ("/parameters/age", "This must be a number"),
        ("/parameters/any", dict(found)["/parameters/any"]),
        ("/parameters/photo", "This has more than 10 bytes"),
        ("/parameters/photo", "This is none of image/*"),
        ("/parameters/scan", "This is required"),
    ]
    photo = upload(shop.booking, PNG[:10])
    shop.book(NINE, parameters={"scan": file["id"], "photo": photo["id"]})


def test_refused_booking_leaves_the_file_free(shop: Shop) -> None:
    file, other = upload(shop.booking), upload(shop.booking)
    book(shop, other)
    shop.refused(NINE, 409, "slot_unavailable", parameters={"scan": file["id"]})
    book(shop, file, TEN)


def test_content_is_only_an_attachment(shop: Shop) -> None:
    answer = download(shop.booking, upload(shop.booking))
    assert answer.content == PDF
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["content-disposition"].startswith('attachment; filename="scan.pdf"')
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def test_only_those_of_the_appointment_see_its_file(apis: Apis, shop: Shop, post: Post) -> None:
    _, staff = join(shop, post, "STAFF")
    _, provider = accept(apis.booking, post, shop.provider["user"]["email"])
    colleague = shop.add_provider(shop.location)
    _, other_provider = accept(apis.booking, post, colleague["user"]["email"])
    file = upload(staff)
    # Until it is booked with, it is its uploader's, and everybody's with a reach over all.
    assert download(provider, file).status_code == 404
    book(shop, file)
    for client, status in ((staff, 200), (provider, 200), (other_provider, 404)):
        assert download(client, file).status_code == status
    assert download(apis.booking, file).status_code == 401
    # What a provider uploads is nobody's to attach who could not see it.
    own = upload(provider)
    assert download(provider, own).status_code == 200
    assert download(other_provider, own).status_code == 404
    answer = other_provider.send(
        "POST",
        "/v1/appointments",
        json=shop.request(TEN, providerId=colleague["id"], parameters={"scan": own["id"]}),
    )
    assert answered(answer, 422)["errors"][0]["pointer"] == "/parameters/scan"


def test_public_books_with_a_file(apis: Apis, shop: Shop) -> None:
    path, public = public_path(shop), apis.booking
    file = upload(public, path=path)
    assert "appointmentId" not in file
    wanted = {
        "serviceId": shop.service["id"],
        "providerId": shop.provider["id"],
        "startTime": NINE,
        "customer": customer(),
        "parameters": {"scan": upload(shop.booking)["id"]},
    }
    booking = f"/v1/public/{shop.tenant['slug']}/appointments"
    # Of the business's own: whoever could attach it could read it.
    public.refused("POST", booking, 422, "validation_failed", json=wanted)
    booked = public.post(booking, wanted | {"parameters": {"scan": file["id"]}})
    by_code = f"/v1/public/appointments/{booked['confirmationCode']}/files"
    assert public.send("GET", f"{by_code}/{file['id']}/content").content == PDF
    other = upload(shop.booking)
    public.refused("GET", f"{by_code}/{other['id']}/content", 404, "not_found")
    assert download(shop.booking, file).content == PDF


def test_file_follows_an_appointment_that_is_moved(apis: Apis, shop: Shop) -> None:
    file = upload(shop.booking)
    booked = book(shop, file)
    move = f"/v1/appointments/{booked['id']}/reschedule"
    moved = shop.booking.post(move, {"startTime": ELEVEN})
    assert shop.booking.get(f"/v1/files/{file['id']}")["appointmentId"] == moved["id"]
    # The old code leads to where the file is now.
    path = f"/v1/public/appointments/{booked['confirmationCode']}/files/{file['id']}/content"
    assert apis.booking.send("GET", path).content == PDF


def test_unattached_file_expires(shop: Shop, clock: Clock) -> None:
    file = upload(shop.booking)
    clock.pass_by(timedelta(hours=24))
    assert download(shop.booking, file).status_code == 404
    assert faults(shop, scan=file["id"]) == UNKNOWN


def test_deleted_file_is_gone_at_once(shop: Shop) -> None:
    file = upload(shop.booking)
    path = f"/v1/files/{file['id']}"
    stale = {"If-Match": '"999"'}
    shop.booking.refused("DELETE", path, 412, "version_conflict", headers=stale)
    assert shop.booking.send("DELETE", path).status_code == 204
    assert shop.booking.send("DELETE", path).status_code == 404
    assert download(shop.booking, file).status_code == 404


def test_files_are_exported_and_erased_with_their_person(
    shop: Shop, post: Post, files_folder: Path
) -> None:
    file = upload(shop.booking, name="grace-hopper.pdf")
    booked = book(shop, file)
    customer_path = f"/v1/customers/{booked['customerId']}"
    exported = shop.booking.get(f"{customer_path}/export")
    assert [each["name"] for each in exported["files"]] == ["grace-hopper.pdf"]
    wish = {"cancelAppointments": True}
    shop.booking.post(f"{customer_path}/erase", wish, status=200)
    assert download(shop.booking, file).status_code == 404
    [row] = post.rows("SELECT status, name, appointment_id FROM files WHERE id = %s", file["id"])
    assert row == {"status": "DOOMED", "name": "Erased", "appointment_id": None}
    told = post.rows("SELECT before, after FROM audit_events WHERE entity_id = %s", file["id"])
    assert len(told) == 2
    assert "grace-hopper" not in str(told)
    assert (files_folder / shop.tenant["id"] / file["id"]).exists()


def test_two_bookings_of_one_file_race(shop: Shop) -> None:
    shop.add_provider(shop.location)
    file = upload(shop.booking)

    def attempt(start: str) -> httpx2.Response:
        request = shop.request(start, parameters={"scan": file["id"]})
        return shop.booking.send("POST", "/v1/appointments", json=request)

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(attempt, (NINE, TEN, ELEVEN)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201
    assert set(statuses[1:]) <= {409, 422}
    listed = shop.booking.get("/v1/appointments")["items"]
    assert len(listed) == 1
