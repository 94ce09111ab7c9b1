"""Access to PostgreSQL: one engine a process, one short transaction a piece of work.

This is the only file that commits.
"""

import select
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.orm import Session

from sloty_shared.hot_statements import Asker, HotStatement

CONNECT_TIMEOUT_SECONDS = 5
# Bounds on what a lost client or a lock can cost the others; all far above any honest request.
SERVER_OPTIONS = {
    "TimeZone": "UTC",
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}

_ENTER_TENANT = HotStatement(text("SELECT set_config('app.tenant_id', :tenant_id, true)"))
_ROLE_POWERS = text(
    """
    SELECT bool_or(r.rolsuper) AS rolsuper, bool_or(r.rolbypassrls) AS rolbypassrls,
           EXISTS (SELECT FROM pg_class c
                   WHERE pg_has_role(c.relowner, 'MEMBER') AND c.relkind IN ('r', 'p')
                     AND c.relnamespace = 'public'::regnamespace) AS owns_tables
    FROM pg_roles r WHERE pg_has_role(r.oid, 'MEMBER')
    """
)


class UnsafeRole(Exception):
    """The services' database role could see past row-level security."""


class Database:
    """Connections of one process as one role. Made after any fork, closed with `dispose`."""

    def __init__(self, url: str, *, pool_size: int = 16, application: str = "sloty") -> None:
        self._pool_size = pool_size
        options = " ".join(f"-c {name}={value}" for name, value in SERVER_OPTIONS.items())
        self._connect_args = {
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": application,
            "options": options,
        }
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=CONNECT_TIMEOUT_SECONDS,
            pool_use_lifo=True,
            # What failed to be stored stays out of the logs.
            hide_parameters=True,
            connect_args=self._connect_args,
        )
        event.listen(self.engine, "checkout", _refuse_dead_connection)
        self._each_by_itself = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def transaction(self, tenant_id: UUID | None = None) -> Iterator[Session]:
        """A session in one transaction, inside one tenant if given, committed at the end.

        Rows of other tenants do not exist in it; with no tenant none do, until `enter_tenant`.
        An exception rolls everything back.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            if tenant_id is not None:
                enter_tenant(session, tenant_id)
            yield session

    @contextmanager
    def connection(self, tenant_id: UUID | None = None) -> Iterator[Connection]:
        """A transaction likewise, for statements alone: a session costs as much as two of them."""
        with self.engine.begin() as connection:
            if tenant_id is not None:
                enter_tenant(connection, tenant_id)
            yield connection

    @contextmanager
    def single_statements(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction of its own: it need not be begun."""
        with self._each_by_itself.connect() as connection:
            yield connection

    async def connect_aside(self) -> psycopg.AsyncConnection:
        """One connection more, outside of the pool, for one event loop; each statement is by itself."""
        _, where = self.engine.dialect.create_connect_args(self.engine.url)
        options = {**where, **self._connect_args}
        return await psycopg.AsyncConnection.connect(autocommit=True, **options)

    def refuse_unsafe_role(self) -> None:
        """Raise UnsafeRole if this role, or one it is a member of, can see past the policies."""
        with self.engine.connect() as connection:
            role = connection.execute(_ROLE_POWERS).one()
        if role.rolsuper or role.rolbypassrls or role.owns_tables:
            raise UnsafeRole(
                "SLOTY_APP_DATABASE_URL: the role must be unprivileged, but it "
                + ("is a superuser" if role.rolsuper else "")
                + ("bypasses row-level security" if role.rolbypassrls and not role.rolsuper else "")
                + ("owns tables" if not (role.rolsuper or role.rolbypassrls) else "")
            )

    def warm_up(self) -> None:
        """Open the pool's connections now, so that the first burst of requests finds them open."""
        with ExitStack() as opened:
            for _ in range(self._pool_size):
                opened.enter_context(self.engine.connect())

    def dispose(self) -> None:
        self.engine.dispose()


def session_of(connection: Connection) -> Session:
    """A session in the connection's transaction, which whoever began it flushes it into and ends."""
    return Session(connection, expire_on_commit=False)


def enter_tenant(asker: Asker, tenant_id: UUID) -> None:
    """Let the rest of the transaction act inside this tenant."""
    _ENTER_TENANT.run(asker, {"tenant_id": str(tenant_id)})


@contextmanager
def translating(refusals: Mapping[str, type[Exception]]) -> Iterator[None]:
    """Raise the named exception where the body breaks the constraint of that name."""
    try:
        yield
    except IntegrityError as problem:
        name = (
            problem.orig.diag.constraint_name if isinstance(problem.orig, psycopg.Error) else None
        )
        if name is not None and name in refusals:
            raise refusals[name] from problem
        raise


def _refuse_dead_connection(connection: Any, _record: Any, _proxy: Any) -> None:
    """See without a round trip whether the server hung up: an idle connection has nothing to say.

    The pool then opens a new one, so that a restart of PostgreSQL fails no request after it.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    if poll.poll(0):
        raise DisconnectionError("The server closed this connection.")
