"""Pages of a list on a real database: complete, in order, and still while rows come and go."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import DateTime, Index, create_engine, make_url, select, text
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.errors import Invalid
from sloty_shared.web.paging import Page, paginate

NINE = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


class Base(DeclarativeBase):
    pass


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    day: Mapped[date]
    name: Mapped[str]
    number: Mapped[int]

    __table_args__ = (Index("visits_by_time", "at", "id"),)


BY_TIME = (Visit.at, Visit.id)


def visit(number: int, *, minutes: int | None = None, name: str = "Zoë") -> Visit:
    at = NINE + timedelta(minutes=number if minutes is None else minutes)
    return Visit(id=UUID(int=number), at=at, day=at.date(), name=name, number=number)


@pytest.fixture
def session(empty_database: DatabaseUrls) -> Iterator[Session]:
    url = make_url(empty_database.owner_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def walk(
    session: Session,
    limit: int,
    *,
    by: tuple[InstrumentedAttribute[object], ...] = BY_TIME,
    descending: bool = False,
) -> list[list[int]]:
    """The numbers of the visits, page by page."""
    pages, cursor = [], None
    while True:
        rows, cursor = paginate(
            session, select(Visit), by=by, page=Page(limit, cursor), descending=descending
        )
        pages.append([row.number for row in rows])
        if cursor is None:
            return pages


def test_pages_hold_every_row_once_in_order(session: Session) -> None:
    session.add_all(visit(number) for number in range(7))
    assert walk(session, 3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert walk(session, 3, descending=True) == [[6, 5, 4], [3, 2, 1], [0]]


def test_full_last_page_has_no_cursor(session: Session) -> None:
    session.add_all(visit(number) for number in range(6))
    assert walk(session, 3) == [[0, 1, 2], [3, 4, 5]]
    assert walk(session, 200) == [[0, 1, 2, 3, 4, 5]]


def test_empty_list_is_one_empty_page(session: Session) -> None:
    assert walk(session, 50) == [[]]


def test_rows_of_one_moment_are_told_apart_by_id(session: Session) -> None:
    session.add_all(visit(number, minutes=0) for number in range(5))
    assert walk(session, 2) == [[0, 1], [2, 3], [4]]


def test_rows_added_between_pages_shift_nothing(session: Session) -> None:
    session.add_all(visit(number) for number in range(10, 16))
    query = select(Visit)
    first, cursor = paginate(session, query, by=BY_TIME, page=Page(3))
    session.add_all([visit(1), visit(2), visit(99)])
    session.delete(first[-1])
    second, _ = paginate(session, query, by=BY_TIME, page=Page(3, cursor))
    assert [row.number for row in second] == [13, 14, 15]


def test_filters_apply_to_every_page(session: Session) -> None:
    session.add_all(visit(number) for number in range(10))
    query = select(Visit).where(Visit.number % 2 == 0)
    first, cursor = paginate(session, query, by=BY_TIME, page=Page(3))
    second, end = paginate(session, query, by=BY_TIME, page=Page(3, cursor))
    assert [row.number for row in [*first, *second]] == [0, 2, 4, 6, 8]
    assert end is None


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.integers(-3, 3), st.text(st.characters(exclude_categories=["C"]), max_size=3)),
        max_size=12,
    ),
    limit=st.integers(1, 5),
    descending=st.booleans(),
)
def test_any_sort_key_leads_through_all_rows(
    session: Session, rows: list[tuple[int, str]], limit: int, *, descending: bool
) -> None:
    session.execute(text("TRUNCATE visits"))
    session.add_all(
        visit(number, minutes=minutes, name=name) for number, (minutes, name) in enumerate(rows)
    )
    for by in ((Visit.day, Visit.number, Visit.id), (Visit.name, Visit.id), BY_TIME, (Visit.id,)):
        pages = walk(session, limit, by=by, descending=descending)
        found = [number for page in pages for number in page]
        assert sorted(found) == list(range(len(rows)))
        columns = [column.desc() if descending else column.asc() for column in by]
        assert found == list(session.scalars(select(Visit.number).order_by(*columns)))


def test_next_page_is_found_by_index(session: Session) -> None:
    session.add_all(visit(number) for number in range(2000))
    session.flush()
    session.execute(text("ANALYZE visits"))
    plan = "\n".join(
        session.scalars(
            text(
                "EXPLAIN SELECT * FROM visits WHERE (at, id) > (:at, :id) ORDER BY at, id LIMIT 51"
            ),
            {"at": NINE + timedelta(minutes=1000), "id": UUID(int=1000)},
        )
    )
    assert "visits_by_time" in plan
    assert "Index Cond: (ROW(at, id) > ROW(" in plan


def encoded(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def foreign_cursors(mark: int) -> list[str]:
    moment, key = NINE.isoformat(), str(UUID(int=1))
    return [
        "",
        "x",
        "!!!!",
        "ä",
        "\ud800",
        "AAAA",
        "[]",
        "=" * 8,
        encoded(None),
        encoded([]),
        encoded({}),
        encoded("x"),
        encoded([[]]),
        encoded([mark]),
        encoded([mark, moment]),
        encoded([mark, moment, key, 1]),
        encoded([mark + 1, moment, key]),
        encoded([mark, key, moment]),
        encoded([mark, moment, "\x00"]),
        encoded([mark, 5, key]),
        encoded([mark, "9999-12-31T23:59:59-12:00", key]),
        encoded([mark, None, None]),
        encoded([str(mark), moment, key]),
        urlsafe_b64encode(b"[" * 50_000).decode(),
    ]


def test_foreign_cursor_is_refused(session: Session) -> None:
    session.add_all(visit(number) for number in range(3))
    _, cursor = paginate(session, select(Visit), by=BY_TIME, page=Page(1))
    assert cursor is not None
    _, by_name = paginate(session, select(Visit), by=(Visit.name, Visit.id), page=Page(1))
    _, backwards = paginate(session, select(Visit), by=BY_TIME, page=Page(1), descending=True)
    _, by_number = paginate(session, select(Visit), by=(Visit.number, Visit.id), page=Page(1))
    mark = json.loads(urlsafe_b64decode(cursor + "==="))[0]
    for bad in (
        *foreign_cursors(mark),
        by_name,
        backwards,
        by_number,
        cursor + "!",
        cursor + "AA",
        cursor[:-3],
        " " + cursor,
    ):
        with pytest.raises(Invalid) as refusal:
            paginate(session, select(Visit), by=BY_TIME, page=Page(1, bad))
        assert [error.pointer for error in refusal.value.errors] == ["query:cursor"]


def test_cursor_is_safe_in_an_address(session: Session) -> None:
    session.add_all(visit(number, name="ÿ" * number) for number in range(30))
    for limit in range(1, 29):
        _, cursor = paginate(session, select(Visit), by=(Visit.name, Visit.id), page=Page(limit))
        assert cursor is not None
        assert cursor.replace("-", "").replace("_", "").isalnum()
