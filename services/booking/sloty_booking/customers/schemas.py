"""The JSON of customers."""

import datetime as dt
from uuid import UUID

from pydantic import Field

from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import (
    AnyDate,
    EmailAddress,
    JsonObject,
    Locale,
    PhoneNumber,
    ShortText,
    ZoneName,
)
from sloty_shared.web.schemas import ApiModel, Resource


class NewCustomer(ApiModel):
    first_name: ShortText = Field(examples=["Grace"])
    last_name: ShortText = Field(examples=["Hopper"])
    email: EmailAddress = Field(examples=["grace@example.com"])
    phone: PhoneNumber | None = None
    date_of_birth: AnyDate | None = None
    gender: ShortText | None = None
    address: JsonObject | None = None
    timezone: ZoneName = "UTC"
    locale: Locale = "en"
    preferences: JsonObject = Field(default_factory=dict)


class CustomerChange(ApiModel):
    """`""` empties a field that may be empty; objects are replaced as a whole."""

    first_name: ShortText | None = Field(None, examples=["Grace"])
    last_name: ShortText | None = Field(None, examples=["Hopper"])
    email: EmailAddress | None = Field(None, examples=["grace@example.com"])
    phone: Clearable[PhoneNumber] = Field(None, examples=["+49 30 1234567"])
    date_of_birth: Clearable[AnyDate] = None
    gender: Clearable[ShortText] = None
    address: Clearable[JsonObject] = None
    timezone: ZoneName | None = None
    locale: Locale | None = Field(None, examples=["de"])
    preferences: JsonObject | None = None


class CustomerView(Resource):
    id: UUID
    first_name: str
    last_name: str
    email: str
    phone: str | None
    date_of_birth: dt.date | None
    gender: str | None
    address: JsonObject | None
    timezone: str
    locale: str
    preferences: JsonObject
    created_at: dt.datetime
    updated_at: dt.datetime
