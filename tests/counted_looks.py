"""Looks at PostgreSQL's snapshot that are counted as they are sent."""

from psycopg.pq.abc import PGconn

from sloty_shared.snapshots import Snapshots


class CountedLooks(Snapshots):
    looks = 0

    def _send(self, line: PGconn) -> None:
        self.looks += 1
        super()._send(line)
