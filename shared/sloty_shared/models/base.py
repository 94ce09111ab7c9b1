"""The declarative base, the columns that most tables share, and how enums and references are declared."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import FetchedValue

NAMING_CONVENTION = {
    "ix": "idx_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class-level constant.
        str: Text(),
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
    }
    # The database fills ids, defaults and triggers' values; the INSERT or UPDATE brings them back.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - as above.


class Identified:
    """A UUIDv7 primary key made by the database: unique everywhere and ordered by creation."""

    id: Mapped[UUID] = mapped_column(
        primary_key=True, server_default=text("uuidv7()"), sort_order=-2
    )


class Stamped:
    """When a row was made and last changed, and how often: a trigger moves the last two."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), server_onupdate=FetchedValue(), sort_order=1
    )
    version: Mapped[int] = mapped_column(
        server_default=text("1"), server_onupdate=FetchedValue(), sort_order=1
    )


class TenantOwned:
    """A row that belongs to one tenant; row-level security shows it to no other."""

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.id", ondelete="CASCADE"), sort_order=-1
    )


def addressable() -> UniqueConstraint:
    """The key that composite references of other tenant-owned tables point to."""
    return UniqueConstraint("tenant_id", "id")


def same_tenant(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A reference that cannot leave the tenant: foreign-key checks bypass row-level security."""
    if ondelete == "SET NULL":
        ondelete = f"SET NULL ({column})"
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )


def one_of(enum: type[StrEnum]) -> Enum:
    """Text with a CHECK: unlike a PostgreSQL enum it can lose a value and be migrated back."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=_snake(enum.__name__),
        values_callable=lambda members: [member.value for member in members],
    )


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
