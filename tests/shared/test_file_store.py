"""Stores of files: a folder, and a server that speaks as clouds do; what is wrong is Unavailable."""

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from sloty_deploy.listening import free_port
from sloty_shared.errors import Unavailable
from sloty_shared.file_store import FileStore, object_key

KEY = object_key(UUID(int=1), UUID(int=2))


class _Bucket(BaseHTTPRequestHandler):
    """As much of a cloud's object store as it takes to put, read and delete."""

    server: "_Cloud"

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        self.server.objects[self.path] = self.rfile.read(size)
        self._answer(200, b"")

    def do_GET(self) -> None:
        found = self.server.objects.get(self.path)
        self._answer(404 if found is None else 200, found or b"")

    def do_POST(self) -> None:
        """Deletion: a request of its own names the keys, and the answer each that is gone."""
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        keys = re.findall("<Key>(.*?)</Key>", asked)
        for key in keys:
            self.server.objects.pop(f"/bucket/{key}", None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"one"')
        self.send_header("Last-Modified", "Mon, 22 Mar 2027 07:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Cloud(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Bucket)
        self.objects: dict[str, bytes] = {}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Cloud]:
    with _Cloud() as server:
        reach(monkeypatch, server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def reach(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """As an operator says where a cloud of their own is."""
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "here",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }.items():
        monkeypatch.setenv(name, value)


def go_round(store: FileStore) -> None:
    store.put(KEY, b"content")
    assert store.read(KEY, 7) == b"content"
    store.put(KEY, b"more content")
    assert store.read(KEY, 12) == b"more content"
    with pytest.raises(Unavailable):
        store.read(KEY, 7)
    for _ in range(2):
        store.delete(KEY)
    with pytest.raises(Unavailable):
        store.read(KEY, 12)


def test_folder_is_a_store(tmp_path: Path) -> None:
    folder = tmp_path / "to be made" / "f\u00fcr Dateien"
    go_round(FileStore(folder.as_uri()))
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_cloud_is_a_store(cloud: _Cloud) -> None:
    go_round(FileStore("s3://bucket/prefix"))
    assert cloud.objects == {}
    FileStore("s3://bucket/prefix").put(KEY, b"x")
    assert list(cloud.objects) == [f"/bucket/prefix/{KEY}"]


def test_store_out_of_reach_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    reach(monkeypatch, free_port())
    store = FileStore("s3://bucket")
    began = time.monotonic()
    for attempt in (
        lambda: store.put(KEY, b"x"),
        lambda: store.read(KEY, 1),
        lambda: store.delete(KEY),
    ):
        with pytest.raises(Unavailable):
            attempt()
    assert time.monotonic() - began < 30


def test_store_that_is_not_set_up_is_out_of_reach(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        FileStore("az://container/prefix")
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        FileStore((tmp_path / "file" / "below").as_uri())


def test_folder_that_cannot_be_written_is_out_of_reach(tmp_path: Path) -> None:
    store = FileStore((tmp_path / "files").as_uri())
    (tmp_path / "files").rmdir()
    (tmp_path / "files").touch()
    with pytest.raises(Unavailable):
        store.put(KEY, b"x")
