"""Files to upload, and a shop whose form asks for one."""

from typing import Any

import httpx2
from tests.api_clients import Business, Client, Shop, answered

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32
NINE, TEN, ELEVEN = (f"2027-03-23T{hour}:00:00+01:00" for hour in ("09", "10", "11"))


def send(
    client: Client,
    content: bytes = PDF,
    name: str = "scan.pdf",
    *,
    path: str = "/v1/files",
    kind: str = "application/pdf",
    **request: Any,
) -> httpx2.Response:
    return client.send("POST", path, files={"file": (name, content, kind)}, **request)


def upload(client: Client, content: bytes = PDF, name: str = "scan.pdf", **more: Any) -> Any:
    """The file's JSON."""
    return answered(send(client, content, name, **more), 201)


def public_path(business: Business) -> str:
    return f"/v1/public/{business.tenant['slug']}/files"


def add_scan(shop: Shop, **changes: Any) -> None:
    """The shop's form asks for a file named `scan`."""
    field = {"name": "scan", "label": "Your scan", "type": "FILE"} | changes
    shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", field)
