"""Files as answers of forms: each answers one appointment, and follows it when it is moved."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true, update

from sloty_booking.forms.answers import PARAMETERS
from sloty_booking.forms.rules import FileRules
from sloty_shared.errors import Conflict, FieldError
from sloty_shared.models import (
    Appointment,
    File,
    FileStatus,
    ParameterType,
    ServiceParameter,
)
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.problems import field_error
from sloty_shared.web.work import Work


class FileTaken(Conflict):
    """Another booking has just taken a file that this one names."""

    code = "file_taken"
    title = "File taken"


def file_faults(
    work: Work, form: Sequence[ServiceParameter], answers: Mapping[str, Any]
) -> list[FieldError]:
    """What is wrong with the files that are named, by name of their parameters."""
    named = dict(_named(form, answers))
    if not named:
        return []
    query = _attachable(work, set(named.values()))
    found = {file.id: file for file in work.session.scalars(query)}
    fields = {field.name: field for field in form}
    return [
        field_error({"loc": (*PARAMETERS, name), "type": "file", "msg": said})
        for name, file_id in named.items()
        for said in _unfit(fields[name], found.get(file_id))
    ]


def attach_files(
    work: Work,
    appointment: Appointment,
    form: Sequence[ServiceParameter],
    answers: Mapping[str, Any],
) -> None:
    """From here on they are the appointment's. Raises FileTaken."""
    wanted = {file_id for _, file_id in _named(form, answers)}
    if not wanted:
        return
    locked = _attachable(work, wanted).order_by(File.id).with_for_update()
    files = work.session.scalars(locked.execution_options(populate_existing=True)).all()
    if len(files) < len(wanted):
        raise FileTaken
    for file in files:
        file.attach(appointment.id)
    work.session.flush()
    for file in files:
        work.record("file.attached", file)


def move_files(work: Work, old: Appointment, new: Appointment) -> None:
    work.session.execute(
        update(File)
        .where(File.tenant_id == old.tenant_id, File.appointment_id == old.id)
        .values(appointment_id=new.id)
        .execution_options(synchronize_session=False)
    )


def _named(
    form: Sequence[ServiceParameter], answers: Mapping[str, Any]
) -> Iterator[tuple[str, UUID]]:
    """By field: the file that answers it. What is no id at all is told by the form's own check."""
    for field in form:
        answer = answers.get(field.name)
        if field.type is ParameterType.FILE and isinstance(answer, str):
            try:
                yield field.name, UUID(answer)
            except ValueError:
                continue


def _attachable(work: Work, ids: set[UUID]) -> Select[File]:
    return select(File).where(
        File.tenant_id == work.tenant.id,
        File.id.in_(ids),
        File.status == FileStatus.STORED,
        File.appointment_id.is_(None),
        File.expires_at > work.now,
        _offered_to(work),
    )


def _offered_to(work: Work) -> ColumnElement[bool]:
    """Whose upload the caller may answer with: who could attach another's could then read it."""
    caller = work.caller_or_none
    if caller is None:
        return File.is_public.is_(True)
    if caller.reach(Permission.APPOINTMENTS_WRITE) is Reach.ALL:
        return true()
    return or_(File.is_public, File.uploaded_by == caller.person.id)


def _unfit(field: ServiceParameter, file: File | None) -> Iterator[str]:
    if file is None:
        yield "There is no such file that answers nothing yet"
        return
    rules = FileRules.model_validate(field.validation or {})
    if rules.max_bytes is not None and file.size > rules.max_bytes:
        yield f"This has more than {rules.max_bytes} bytes"
    if rules.content_types is not None and not _is_one_of(file.content_type, rules.content_types):
        yield f"This is none of {', '.join(rules.content_types)}"


def _is_one_of(content_type: str, allowed: Sequence[str]) -> bool:
    family = content_type.partition("/")[0]
    return content_type in allowed or f"{family}/*" in allowed
