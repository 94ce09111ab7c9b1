"""Looks at PostgreSQL's snapshot: shared, and yet none is older than the asking."""

import asyncio

import psycopg
from tests.counted_looks import CountedLooks

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.snapshots import Snapshots

ASKERS = 20
COMMITS = 300
ASSIGN = "SELECT pg_current_xact_id()::text"
SEES = "SELECT pg_visible_in_snapshot(%s::xid8, %s::pg_snapshot)"


def test_look_sees_what_was_committed_before_it_was_asked_for(empty_database: DatabaseUrls) -> None:
    """Others ask without a pause, so that there is always a look under way."""

    async def commit_and_look() -> list[str | None]:
        snapshots = Snapshots(Database(empty_database.app_url))
        askers = [asyncio.create_task(ask_on(snapshots)) for _ in range(ASKERS)]
        unseen = []
        for number in range(COMMITS):
            # At each stage of a look.
            for _ in range(number % 8):
                await asyncio.sleep(0)
            committed = connection.execute(ASSIGN).fetchone()
            latest = await snapshots.seen(snapshots.look())
            assert committed is not None
            if connection.execute(SEES, [committed[0], latest]).fetchone() != (True,):
                unseen.append(latest)
        for asker in askers:
            asker.cancel()
        snapshots.close()
        return unseen

    with psycopg.connect(empty_database.superuser_url, autocommit=True) as connection:
        assert asyncio.run(commit_and_look()) == []


async def ask_on(snapshots: Snapshots) -> None:
    while True:
        await snapshots.seen(snapshots.look())


def test_many_who_ask_at_once_share_a_look(empty_database: DatabaseUrls) -> None:
    async def ask() -> tuple[set[str | None], int]:
        snapshots = CountedLooks(Database(empty_database.app_url))
        told = await asyncio.gather(*(snapshots.seen(snapshots.look()) for _ in range(ASKERS)))
        snapshots.close()
        return set(told), snapshots.looks

    told, looks = asyncio.run(ask())
    assert None not in told
    assert looks == 1


def test_nobody_waits_for_a_database_that_is_not_there() -> None:
    async def ask() -> str | None:
        snapshots = Snapshots(Database("postgresql+psycopg://nobody@127.0.0.1:1/none"))
        told = await snapshots.seen(snapshots.look())
        snapshots.close()
        return told

    assert asyncio.run(ask()) is None
