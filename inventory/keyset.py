"""Lists by keyset: a page starts after the last row of the page before, so page 400 costs what page 1 costs."""

import base64
import json
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlmodel import Session

from inventory.errors import Invalid
from inventory.shapes import LARGEST

# Beyond this a total is not counted unless somebody asks: no reader of a list needs it exact.
COUNTED = 1000


def cursor_of(*keys: str | int) -> str:
    """The opaque cursor after the row with these sort keys."""
    return base64.urlsafe_b64encode(json.dumps(keys, ensure_ascii=False).encode()).decode().rstrip("=")


def after(cursor: str, *kinds: type) -> list[Any]:
    """The sort keys in a cursor.

    Raises:
        Invalid: the cursor was not made by ``cursor_of`` for this list.
    """
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        fits = isinstance(keys, list) and len(keys) == len(kinds)
        if fits and all(_is_key(key, kind) for key, kind in zip(keys, kinds, strict=True)):
            return list(keys)
    except (ValueError, RecursionError):
        # Neither base64, nor UTF-8, nor JSON, or JSON so deep that nobody but an attacker made it.
        pass
    raise Invalid.field("cursor", "一覧の続きが見つかりません。一覧をはじめから開いてください。")


def _is_key(key: Any, kind: type) -> bool:
    """Whether a database can compare with it. Text with a lone surrogate raises UnicodeEncodeError, a ValueError."""
    if type(key) is not kind:
        return False
    return b"\x00" not in key.encode() if isinstance(key, str) else isinstance(key, int) and abs(key) <= LARGEST


def beyond(columns: list[Any], keys: list[Any]) -> Any:
    """Rows after ``keys`` in the ascending order of ``columns`` (the row-value comparison, spelled out)."""
    return or_(
        *(
            and_(*(earlier == key for earlier, key in zip(columns[:at], keys, strict=False)), columns[at] > keys[at])
            for at in range(len(columns))
        )
    )


def total(session: Session, query: Select[Any], *, exact: bool = False) -> int | None:
    """Rows of a query: exact up to ``COUNTED``, then None unless ``exact``."""
    narrow = query.with_only_columns(select(1).scalar_subquery().label("one"), maintain_column_froms=True).order_by(
        None
    )
    if not exact:
        narrow = narrow.limit(COUNTED + 1)
    found = session.connection().execute(select(func.count()).select_from(narrow.subquery())).scalar_one()
    return found if exact or found <= COUNTED else None
