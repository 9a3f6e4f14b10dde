"""A small city for the tests of the rule book: everything in it is made by the verb that staff would use."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from inventory.calendar import TOKYO
from inventory.courses import CourseCard, NewCourse, create_course
from inventory.database import Database, reading, writing
from inventory.devices import DeviceCard, device_card
from inventory.errors import Invalid
from inventory.journal import By
from inventory.lending import CheckOut, check_out
from inventory.loans import LoanCard, loan_card
from inventory.officers import NewOfficer, OfficerCard, add_officer
from inventory.people import AssociationCard, NewAssociation, create_association
from inventory.pools import NewPool, PoolCard, create_pool
from inventory.programmes import NewProgramme, create_programme
from inventory.returning import Returned, TakeBack, take_back
from inventory.staff import NewStaff, add_staff
from inventory.stock import (
    HoldOpened,
    NewDevice,
    OpenHold,
    ReleaseHold,
    Retire,
    create_device,
    open_hold,
    release_hold,
    retire,
)
from inventory.tables import HoldReason, PoolKind, Role
from inventory.venues import NewVenue, VenueCard, create_venue

Answer = TypeVar("Answer")

PROGRAM = By()
NOON = datetime(2026, 11, 24, 12, tzinfo=TOKYO)


def later(**parts: float) -> datetime:
    """Noon of 24 November 2026 in Japan and this much more."""
    return NOON + timedelta(**parts)


def act(
    database: Database,
    verb: Callable[..., Answer],
    *orders: Any,
    by: By = PROGRAM,
    now: datetime = NOON,
    op_id: str | None = None,
    **more: Any,
) -> Answer:
    """One act in a transaction of its own, as a door does it."""
    with writing(database) as session:
        return verb(session, *orders, by=by, now=now, op_id=op_id or str(uuid.uuid4()), **more)


def look(database: Database, read: Callable[..., Answer], *what: Any, **more: Any) -> Answer:
    with reading(database) as session:
        return read(session, *what, **more)


def rows(database: Database, table: str) -> list[Any]:
    """Every row of a table, in the order of its key: what the ledger holds, past every card."""
    model = SQLModel.metadata.tables[table]
    with reading(database) as session:
        return list(session.connection().execute(select(model).order_by(*model.primary_key)))


def refused_fields(refusal: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [error["field"] for error in refusal.value.errors]


def tablets(database: Database, **rules: Any) -> PoolCard:
    return act(database, create_pool, NewPool(id="tablets", name="自治会長タブレット", kind=PoolKind.TABLET, **rules))


def phones(database: Database, **rules: Any) -> PoolCard:
    return act(
        database, create_pool, NewPool(id="phones", name="講座用スマートフォン", kind=PoolKind.SMARTPHONE, **rules)
    )


def device(database: Database, asset_number: str, *, pool: str = "tablets", **fields: Any) -> DeviceCard:
    order = NewDevice(pool=pool, asset_number=asset_number, **{"model": "LAVIE Tab T9", **fields})
    return act(database, create_device, order)


def devices(database: Database, *asset_numbers: str, pool: str = "tablets") -> None:
    for asset_number in asset_numbers:
        device(database, asset_number, pool=pool)


def association(database: Database, name: str = "堀越町自治会", **fields: Any) -> AssociationCard:
    return act(database, create_association, NewAssociation(name=name, **fields))


def head(
    database: Database,
    of: str,
    *,
    name: str = "金井 康男",
    since: date = date(2026, 4, 1),
    until: date | None = None,
    **fields: Any,
) -> OfficerCard:
    order = NewOfficer.model_validate({"name": name, "from": since, "until": until, **fields})
    return act(database, add_officer, order, association=of)


def led_association(database: Database, name: str = "堀越町自治会", until: date | None = None) -> AssociationCard:
    """An association whose head took office in April 2026."""
    made = association(database, name)
    head(database, made.id, until=until)
    return made


def venue(database: Database, code: str = "ohgo", **fields: Any) -> VenueCard:
    order = NewVenue(code=code, **{"kind": "kominkan", "name": "大胡公民館", **fields})
    return act(database, create_venue, order)


def course(
    database: Database,
    *,
    title: str = "スマホ入門",
    starts_at: datetime = NOON,
    ends_at: datetime | None = None,
    **fields: Any,
) -> CourseCard:
    """A course of two hours under a programme of its own."""
    programme = act(
        database, create_programme, NewProgramme(code=uuid.uuid4().hex[:12], fiscal_year=2026, name="スマホ講座")
    )
    order = NewCourse(
        programme=programme.id,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at or starts_at + timedelta(hours=2),
        **fields,
    )
    return act(database, create_course, order)


def member(database: Database, username: str, *roles: Role) -> By:
    """A member of staff, as a door hands them to a verb."""
    card = act(
        database, add_staff, NewStaff(username=username, name=f"{username} さん", roles=list(roles)), password_hash=None
    )
    return By(int(card.id), frozenset(roles))


def lend(
    database: Database,
    borrower: dict[str, str],
    *asset_numbers: str,
    by: By = PROGRAM,
    now: datetime = NOON,
    op_id: str | None = None,
    **fields: Any,
) -> LoanCard:
    order = CheckOut.model_validate({"borrower": borrower, "devices": list(asset_numbers), **fields})
    return act(database, check_out, order, by=by, now=now, op_id=op_id)


def bring_back(
    database: Database,
    *codes: str,
    by: By = PROGRAM,
    now: datetime = NOON,
    op_id: str | None = None,
    **fields: Any,
) -> Returned:
    order = TakeBack.model_validate({"devices": list(codes), **fields})
    return act(database, take_back, order, by=by, now=now, op_id=op_id)


def stop(database: Database, asset_number: str, reason: str, note: str | None = None, **more: Any) -> HoldOpened:
    order = OpenHold(reason=HoldReason(reason), note=note)
    return act(database, open_hold, order, device=asset_number, **more)


def release(database: Database, asset_number: str, reason: str, note: str | None = None, **more: Any) -> DeviceCard:
    """Close the open hold with this reason."""
    hold = next(hold for hold in seen(database, asset_number).holds if hold.reason == reason)
    return act(database, release_hold, ReleaseHold(note=note), device=asset_number, hold=hold.id, **more)


def retired(database: Database, asset_number: str, **more: Any) -> DeviceCard:
    return act(database, retire, Retire(reason="画面が割れて直せない"), device=asset_number, **more)


def seen(database: Database, asset_number: str) -> DeviceCard:
    return look(database, device_card, asset_number)


def loan(database: Database, number: str, now: datetime = NOON) -> LoanCard:
    return look(database, loan_card, number, now=now)
