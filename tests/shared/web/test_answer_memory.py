"""Looks that begin with a request's first bytes: for addresses of which lists are kept, and used once."""

import asyncio
from datetime import UTC, datetime

import pytest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope
from tests.counted_looks import CountedLooks

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.snapshots import Snapshots
from sloty_shared.web.answer import unchanged
from sloty_shared.web.answer_memory import AnswerMemory, Made, second_of

KEPT: Scope = {"raw_path": b"/lists", "query_string": b"a=1", "headers": []}
NOW = datetime(2027, 3, 23, 12, tzinfo=UTC)
ASKED = b"GET /lists?a=1 HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("arriving", "is_foreseen"),
    [
        (ASKED, True),
        # Whatever else is asked for there: it may be another caller's, or another query.
        (b"GET /lists?b=2 HTTP/1.1\r\nAuthorization: Bearer another", True),
        (b"GET /lists?", True),
        (b"GET /lists HTTP/1.1\r\n", False),
        (b"POST /lists?a=1 HTTP/1.1\r\n", False),
        (b"GET /other?a=1 HTTP/1.1\r\n", False),
        (b"GET /li", False),
        (b"", False),
        (b"\x16\x03\x01?", False),
        (b"GET /" + b"a" * 65536 + b"?", False),
    ],
)
def test_look_begins_for_addresses_of_which_lists_are_kept(
    empty_database: DatabaseUrls, arriving: bytes, *, is_foreseen: bool
) -> None:
    async def foresee() -> bool:
        snapshots = CountedLooks(Database(empty_database.app_url))
        memory = AnswerMemory(snapshots, 100_000)
        assert memory.foresee(arriving) is None
        await keep(memory, snapshots)
        begun = memory.foresee(arriving)
        memory.close()
        return begun is not None

    assert asyncio.run(foresee()) is is_foreseen


def test_foreseen_look_is_the_only_one(empty_database: DatabaseUrls) -> None:
    async def recall() -> int:
        snapshots = CountedLooks(Database(empty_database.app_url))
        memory = AnswerMemory(snapshots, 100_000)
        await keep(memory, snapshots)
        before = snapshots.looks
        foreseen = memory.foresee(ASKED)
        await memory.recall(memory.key(KEPT), NOW, foreseen)
        memory.close()
        return snapshots.looks - before

    assert asyncio.run(recall()) == 1


async def keep(memory: AnswerMemory, snapshots: Snapshots) -> None:
    """Let the memory have an answer that is exact."""
    snapshot = await snapshots.seen(snapshots.look())
    assert snapshot is not None
    made = Made(
        snapshot=snapshot,
        second=second_of(NOW),
        route=Route("/lists", print),
        etag='"a"',
        unchanged=unchanged('"a"'),
        whole=Response(b"[]"),
    )
    memory.keep(KEPT, memory.key(KEPT), made)
