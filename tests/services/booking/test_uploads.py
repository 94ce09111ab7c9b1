"""Uploading files: what is taken, what it is named, and what is refused."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.api_clients import Apis, Business, answered, app_of, in_process, settings_of

from sloty_booking.files.content_types import ALLOWED
from sloty_booking.files.names import attachment, clean_name
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import Post
from .uploads import JPEG, PDF, PNG, public_path, send, upload

BOUNDARY = "a-boundary"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
PART = b'Content-Disposition: form-data; name="file"; filename="scan.pdf"\r\n'


@pytest.fixture(scope="module")
def business(running_apis: Apis) -> Business:
    """It only uploads: one is enough for all."""
    return running_apis.sign_up()


def body(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    """A form of parts, each with its headers."""
    line = f"--{BOUNDARY}".encode()
    return b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + end


WHOLE = PART + b"\r\n" + PDF


def test_file_is_what_its_content_is(business: Business) -> None:
    """The client's own type and ending do not count."""
    for content, kind, name in (
        (PDF, "application/pdf", "page.html.pdf"),
        (PNG, "image/png", "page.html.png"),
        (JPEG, "image/jpeg", "page.html.jpg"),
        (b"GIF89a" + b"\0" * 20, "image/gif", "page.html.gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", "page.html.webp"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 20, "image/heic", "page.html.heic"),
    ):
        file = upload(business.booking, content, "page.html", kind="text/html")
        assert (file["contentType"], file["name"]) == (kind, name)
        assert file["size"] == len(content)


def test_file_is_found_where_its_location_says(business: Business) -> None:
    answer = send(business.booking)
    file = answered(answer, 201)
    again = business.booking.send("GET", answer.headers["Location"])
    assert again.json() == file
    assert again.headers["ETag"] == answer.headers["ETag"]
    assert file["uploadedBy"] == business.user["id"]
    assert file["expiresAt"] == "2027-03-23T07:00:00Z"


POLYGLOTS = {
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "an archive": b"PK\x03\x04" + b"\0" * 40,
    "a program": b"\x7fELF" + b"\0" * 40,
    "a script": b"#!/bin/sh\nrm -rf /\n",
    "text": b"Hello",
    "a page that goes on as a PDF": b"<html>\n" + PDF,
    "an archive that goes on as a picture": b"PK\x03\x04" + PNG,
    "less than a signature": b"%PD",
}


@pytest.mark.parametrize("content", POLYGLOTS.values(), ids=POLYGLOTS)
def test_what_could_be_run_is_refused(business: Business, content: bytes) -> None:
    problem = answered(send(business.booking, content, kind="application/pdf"), 422)
    assert [error["pointer"] for error in problem["errors"]] == ["/file"]


BROKEN: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 422),
    "no part": (body(), 422),
    "two files": (body(WHOLE, WHOLE), 422),
    "a field beside it": (
        body(WHOLE, b'Content-Disposition: form-data; name="more"\r\n\r\n1'),
        422,
    ),
    "another name": (body(WHOLE.replace(b'"file"', b'"scan"')), 422),
    "no file name": (body(b'Content-Disposition: form-data; name="file"\r\n\r\n' + PDF), 422),
    "no disposition": (body(b"Content-Type: application/pdf\r\n\r\n" + PDF), 422),
    "an empty file": (body(PART + b"\r\n"), 422),
    "a huge header": (body(b"X: " + b"x" * 10_000 + b"\r\n" + WHOLE), 422),
    "many headers": (body(b"X: y\r\n" * 100 + WHOLE), 422),
    "cut in the headers": (body(WHOLE)[:60], 422),
    "cut in the file": (body(WHOLE)[:120], 422),
    "cut before the end": (body(WHOLE, end=b""), 422),
    "another boundary": (body(WHOLE).replace(BOUNDARY.encode(), b"other"), 422),
    "no form": (PDF, 422),
    "too large": (body(PART + b"\r\n" + PDF + b"\0" * 5 * 1024 * 1024), 413),
    "far too large": (body(PART + b"\r\n" + PDF + b"\0" * 6 * 1024 * 1024), 413),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_form_is_refused(business: Business, case: str) -> None:
    content, status = BROKEN[case]
    problem = answered(
        business.booking.send("POST", "/v1/files", content=content, headers=FORM), status
    )
    if status == 422:
        assert [error["pointer"] for error in problem["errors"]] == ["/file"]


def test_largest_file_is_taken(business: Business) -> None:
    most = 5 * 1024 * 1024
    assert upload(business.booking, PDF.ljust(most, b"\0"))["size"] == most


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/mixed"],
)
def test_what_is_no_form_is_refused(business: Business, kind: str) -> None:
    headers = {"Content-Type": kind}
    business.booking.refused(
        "POST", "/v1/files", 415, "unsupported_media_type", content=body(WHOLE), headers=headers
    )


@pytest.mark.parametrize(
    "boundary", ["", "; boundary=", f"; boundary={'x' * 5000}", "; boundary=\xff"]
)
def test_form_without_a_boundary_is_refused(business: Business, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data{boundary}".encode("latin-1")}
    answer = business.booking.send("POST", "/v1/files", content=body(WHOLE), headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Windows\\scan.PDF", "scan.PDF"),
        ("..", "file.pdf"),
        ("", "file.pdf"),
        (".pdf", "file.pdf"),
        (" . scan .pdf", "scan.pdf"),
        ("a\x00b\r\nX-Evil: 1.pdf", "abX-Evil 1.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("\ud800.pdf", "file.pdf"),
        ('"quoted".pdf', "quoted.pdf"),
        ("R\u00f6ntgen \U0001fa7b.pdf", "R\u00f6ntgen \U0001fa7b.pdf"),
        ("x" * 5000 + ".pdf", "x" * 200 + ".pdf"),
    ],
)
def test_name_is_only_a_name(given: str, kept: str) -> None:
    assert clean_name(given, ALLOWED[0]) == kept


def test_name_survives_the_way_there_and_back(business: Business) -> None:
    file = upload(business.booking, PDF, "R\u00f6ntgen \u2013 100%.pdf")
    assert file["name"] == "R\u00f6ntgen \u2013 100%.pdf"
    answer = business.booking.send("GET", f"/v1/files/{file['id']}/content")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Rontgen  100.pdf\"; filename*=UTF-8''R%C3%B6ntgen%20%E2%80%93%20100%25.pdf"
    )


def test_disposition_is_one_header_whatever_the_name() -> None:
    assert attachment('a"b\\c%.pdf').startswith('attachment; filename="abc.pdf"; ')
    assert attachment("\u6587\u66f8.pdf").startswith('attachment; filename="file.pdf"; ')


def test_raw_names_of_a_form_break_nothing(business: Business) -> None:
    for name in (b"a\0b.pdf", b"\xff\xfe.pdf", b"\xed\xa0\x80.pdf", b"../../x.pdf", b"x" * 3000):
        content = body(PART.replace(b"scan.pdf", name) + b"\r\n" + PDF)
        answer = business.booking.send("POST", "/v1/files", content=content, headers=FORM)
        file = answered(answer, 201)
        assert not set("\0/\\") & set(file["name"])
        assert answered(business.booking.send("GET", f"/v1/files/{file['id']}"), 200) == file


def test_caller_without_a_right_is_told_nothing_of_the_file(apis: Apis) -> None:
    """Neither that it is too large nor that it is broken."""
    for content, _ in BROKEN.values():
        answer = apis.booking.send("POST", "/v1/files", content=content, headers=FORM)
        assert answer.status_code == 401


def test_tenant_may_take_less(business: Business) -> None:
    business.booking.send("PATCH", "/v1/tenant", json={"settings": {"maxFileBytes": len(PDF)}})
    upload(business.booking, PDF)
    problem = answered(send(business.booking, PDF + b"\0"), 413)
    assert problem["maxBytes"] == len(PDF)


def test_same_key_stores_one_file(business: Business) -> None:
    """The boundary of the form differs each time, the file does not."""
    headers = {"Idempotency-Key": "one"}
    first, again = (send(business.booking, headers=headers) for _ in range(2))
    assert answered(first, 201) == answered(again, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = answered(send(business.booking, PDF + b"\0", headers=headers), 422)
    assert other["code"] == "idempotency_mismatch"


def test_quota_is_never_exceeded(
    database: DatabaseUrls, apis_broker: ScratchBroker, files_folder: Path
) -> None:
    url = files_folder.as_uri()
    settings = settings_of(
        database.app_url, apis_broker.url, files_url=url, files_quota_bytes=4 * len(PDF)
    )
    with in_process(settings) as apis:
        business = apis.sign_up()
        upload(apis.booking, path=public_path(business))
        refused = answered(send(apis.booking, path=public_path(business)), 402)
        assert refused["code"] == "file_quota"
        mine = [upload(business.booking) for _ in range(3)]
        assert answered(send(business.booking), 402)["code"] == "file_quota"
        business.booking.send("DELETE", f"/v1/files/{mine[0]['id']}")
        upload(business.booking)


def test_store_out_of_reach_is_said_and_nothing_stays(
    database: DatabaseUrls, apis_broker: ScratchBroker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store") / "files"
    post = Post(database)
    with in_process(
        settings_of(database.app_url, apis_broker.url, files_url=folder.as_uri())
    ) as apis:
        business = apis.sign_up()
        file = upload(business.booking)
        folder.rename(folder.with_name("gone"))
        folder.write_text("no folder")
        problem = answered(send(business.booking), 503)
        assert problem["code"] == "unavailable"
        business.booking.refused("GET", f"/v1/files/{file['id']}/content", 503, "unavailable")
        assert business.booking.get(f"/v1/files/{file['id']}") == file
        folder.unlink()
        folder.with_name("gone").rename(folder)
        assert business.booking.send("GET", f"/v1/files/{file['id']}/content").content == PDF
    states = [row["status"] for row in post.rows("SELECT status FROM files ORDER BY id")]
    assert states == ["STORED", "PENDING"]


def test_installation_without_a_store_says_so(
    database: DatabaseUrls, apis_broker: ScratchBroker
) -> None:
    with in_process(settings_of(database.app_url, apis_broker.url)) as apis:
        business = apis.sign_up()
        assert answered(send(business.booking), 503)["code"] == "no_file_store"


def test_object_cut_short_is_not_served(business: Business, files_folder: Path) -> None:
    file = upload(business.booking)
    path = files_folder / business.tenant["id"] / file["id"]
    path.write_bytes(PDF[:5])
    business.booking.refused("GET", f"/v1/files/{file['id']}/content", 503, "unavailable")


def stored(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_client_that_leaves_stores_nothing(business: Business, files_folder: Path) -> None:
    """The body ends before it is whole: nobody waits for the answer, and there is no row."""
    sent, before = body(WHOLE), stored(files_folder)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": sent[:80], "more_body": True},
        {"type": "http.disconnect"},
    ]
    answered_with: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def note(message: Any) -> None:
        answered_with.append(message)

    token = f"Bearer {business.booking.token}".encode()
    headers = [(b"content-type", FORM["Content-Type"].encode()), (b"authorization", token)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/files",
        "raw_path": b"/v1/files",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "app": None,
    }
    asyncio.run(app_of(business.booking)(scope, receive, note))
    assert answered_with == []
    assert stored(files_folder) == before
