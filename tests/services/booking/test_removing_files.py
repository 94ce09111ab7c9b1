"""What nobody attached goes, object and row; nothing else does, whatever is cut off on the way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api_clients import NOW, Apis, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_notifications.remove_files import TRIED_AGAIN_AFTER, remove_files
from sloty_shared.database import Database

from .people import Post
from .uploads import NINE, add_scan, upload

LATER = NOW + timedelta(hours=25)


@pytest.fixture
def shop(apis: Apis) -> Shop:
    made = open_shop(apis)
    add_scan(made)
    return made


class Sweeper:
    """The worker's part, over the APIs' database."""

    def __init__(self, database: Database, shop: Shop, post: Post, folder: Path) -> None:
        self.database, self.post = database, post
        self.folder = folder
        self.objects = folder / shop.tenant["id"]

    def run(self, now: datetime = LATER, url: str | None = None) -> int:
        return remove_files(self.database, url or self.folder.as_uri(), now=now)

    def has(self, file: Any) -> tuple[bool, bool]:
        """Whether there is a row, and an object."""
        rows = self.post.rows("SELECT FROM files WHERE id = %s", file["id"])
        return bool(rows), (self.objects / file["id"]).exists()


@pytest.fixture
def sweeper(
    apis_database: DatabaseUrls, shop: Shop, post: Post, files_folder: Path
) -> Iterator[Sweeper]:
    # Files of other tests would be counted with those of this one.
    post.change("DELETE FROM files WHERE tenant_id <> %s", shop.tenant["id"])
    database = Database(apis_database.app_url, pool_size=2)
    yield Sweeper(database, shop, post, files_folder)
    database.dispose()


def test_only_what_nobody_attached_is_removed(shop: Shop, sweeper: Sweeper) -> None:
    loose, attached, deleted = (upload(shop.booking) for _ in range(3))
    shop.book(NINE, parameters={"scan": attached["id"]})
    shop.booking.send("DELETE", f"/v1/files/{deleted['id']}")
    assert sweeper.run(NOW) == 1
    assert [sweeper.has(each) for each in (loose, attached, deleted)] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    assert sweeper.run(LATER) == 1
    assert sweeper.has(loose) == (False, False)
    assert sweeper.run(LATER) == 0
    assert shop.booking.send("GET", f"/v1/files/{attached['id']}/content").status_code == 200


def test_erased_files_are_removed(shop: Shop, sweeper: Sweeper) -> None:
    file = upload(shop.booking)
    booked = shop.book(NINE, parameters={"scan": file["id"]})
    erase = f"/v1/customers/{booked['customerId']}/erase"
    shop.booking.post(erase, {"cancelAppointments": True}, status=200)
    assert sweeper.run(NOW) == 1
    assert sweeper.has(file) == (False, False)


def test_row_stays_until_the_object_is_gone(shop: Shop, sweeper: Sweeper, tmp_path: Path) -> None:
    """A store out of reach keeps the row, which nobody can attach any more, for a later run."""
    file = upload(shop.booking)
    unusable = tmp_path / "no-folder"
    unusable.write_text("")
    assert sweeper.run(LATER, unusable.as_uri()) == 0
    # As far as a run gets that is killed between the object and the row.
    (sweeper.objects / file["id"]).unlink()
    assert sweeper.has(file) == (True, False)
    assert sweeper.run(LATER) == 0
    assert sweeper.run(LATER + TRIED_AGAIN_AFTER) == 1
    assert sweeper.has(file) == (False, False)


def test_doomed_file_is_attached_by_nobody(shop: Shop, sweeper: Sweeper) -> None:
    """Also not by a process whose clock is behind: the row says it, and not the time."""
    file = upload(shop.booking)
    sweeper.post.change(
        "UPDATE files SET status = 'DOOMED' WHERE id = %s AND expires_at > %s", file["id"], NOW
    )
    shop.refused(NINE, 422, "validation_failed", parameters={"scan": file["id"]})


def test_upload_that_was_cut_off_leaves_nothing(shop: Shop, sweeper: Sweeper) -> None:
    """Killed while it wrote: a row that is not finished, and half a file beside its place."""
    file = upload(shop.booking)
    sweeper.post.change(
        "UPDATE files SET status = 'PENDING', expires_at = %s WHERE id = %s", NOW, file["id"]
    )
    place = sweeper.objects / file["id"]
    half = place.with_name(f"{place.name}#1")
    half.write_bytes(place.read_bytes()[:3])
    place.unlink()
    assert shop.booking.send("GET", f"/v1/files/{file['id']}").status_code == 404
    assert sweeper.run(NOW) == 1
    assert not half.exists()
    assert sweeper.has(file) == (False, False)


def test_installation_without_a_store_has_nothing_to_remove(sweeper: Sweeper) -> None:
    assert remove_files(sweeper.database, None, now=LATER) == 0
