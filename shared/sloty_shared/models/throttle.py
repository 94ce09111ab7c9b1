"""Throttle: how often something was tried lately, by a name that is stored as a hash."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base


class Throttle(Base):
    __tablename__ = "throttles"

    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]
