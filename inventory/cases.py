"""Cases: what lies in one, what of it is here, and where a case's code leads."""

from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlmodel import Session, SQLModel

from inventory.devices import BINDING, DEVICE
from inventory.text import NotText, code_text, tag_number_in

_tables = SQLModel.metadata.tables
CASE = _tables["loan_case"]
MEMBER = _tables["loan_case_member"]

_OF_NUMBER = select(BINDING.c.case_id).where(BINDING.c.number == bindparam("number"), BINDING.c.unbound_at.is_(None))
_OF_CODE = select(CASE.c.id).where(CASE.c.code_key == bindparam("key"))
# Devices lie in a case in the order of their call numbers; those without one come last.
_ORDER = (DEVICE.c.call_number.is_(None), DEVICE.c.call_number, DEVICE.c.asset_key)
# A retired device has left its case, though nobody took it out.
_PRESENT = MEMBER.join(DEVICE, MEMBER.c.device_id == DEVICE.c.id)
_STANDS = and_(MEMBER.c.left_at.is_(None), DEVICE.c.retired_at.is_(None))
_MEMBERS = (
    select(DEVICE.c.id).select_from(_PRESENT).where(MEMBER.c.case_id == bindparam("case"), _STANDS).order_by(*_ORDER)
)


def members_of(session: Session, case_id: int) -> list[int]:
    """Row numbers of the devices that have their place in a case, by call number."""
    return [int(device) for device in session.connection().execute(_MEMBERS, {"case": case_id}).scalars()]


def case_by_code(session: Session, code: str) -> int | None:
    """Row number of the case with this label number, label URL or code, in any width and case; None without one."""
    connection = session.connection()
    number = tag_number_in(code)
    if number:
        bound = connection.execute(_OF_NUMBER, {"number": number}).scalar()
        if bound is not None:
            return int(bound)
    try:
        key = code_text(code)
    except NotText:
        return None
    found: Any = connection.execute(_OF_CODE, {"key": key}).scalar() if 0 < len(key) <= 32 else None
    return None if found is None else int(found)
