"""Passphrases of wifi: what one may be, making one, keeping it sealed, and opening it for those who may see it.

A clear passphrase stands in no card, no answer, no journal entry and no row. It comes in with an order, is sealed in
the same act, and goes out through ``passphrases_of`` alone: to the page for IT and to the poster.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer, SecretStr
from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from inventory import journal
from inventory.access_point_lists import ACCESS_POINT, AccessPointCard, access_point_card
from inventory.calendar import today
from inventory.errors import Invalid, NotFound
from inventory.journal import By
from inventory.keys import Keys
from inventory.sealing import NotOpened, seal, unseal
from inventory.shapes import BlankIsNone, Card, Identifier, OptionalDay, Shape, row_id
from inventory.tables import WifiAuth

_USE = "wifi passphrase"
_ROWS = select(ACCESS_POINT.c.id, ACCESS_POINT.c.auth, ACCESS_POINT.c.removed_on, ACCESS_POINT.c.revision).where(
    ACCESS_POINT.c.id.in_(bindparam("points", expanding=True))
)
_SEALED = select(ACCESS_POINT.c.id, ACCESS_POINT.c.passphrase).where(ACCESS_POINT.c.passphrase.is_not(None))
# Two letters that anybody who reads Japanese can say; no l and no digit 0 or 1, so that none is taken for another.
_SYLLABLES = (
    "ka ki ku ke ko sa su se so ta te to na ni nu ne no ha hi he ho ma mi mu me mo "
    "ya yu yo ra ri ru re ro wa ga gi gu ge go za zu ze zo ba bi bu be bo pa pi pu pe po"
).split()
_DIGITS = "23456789"
# Words that nobody wants on the wall of a hall.
_UNWELCOME = frozenset({"baka", "boke", "buta", "busu", "gomi", "hage", "hebo", "kusa", "kuso", "mara", "yaku", "zako"})


def _allowed(secret: SecretStr) -> SecretStr:
    """IEEE Std 802.11-2020, annex J.4: 8 to 63 characters of ASCII 32 to 126; here none of them a blank at an end."""
    words = secret.get_secret_value()
    if not 8 <= len(words) <= 63 or any(not " " <= character <= "~" for character in words):
        raise ValueError("パスワードは、半角の英数字と記号で、8文字から63文字にしてください")
    if words != words.strip():
        raise ValueError("パスワードの始めと終わりに、空白は入れられません")
    return secret


def _content(secret: SecretStr) -> str:
    return secret.get_secret_value()


# The keyed MAC of a request has to tell one passphrase from another; no other part of the program dumps an order.
Passphrase = Annotated[
    SecretStr,
    AfterValidator(_allowed),
    PlainSerializer(_content, return_type=str, when_used="json"),
    Field(
        description="WPA passphrase: 8 to 63 printable ASCII characters. Write-only.",
        json_schema_extra={"writeOnly": True},
    ),
]
OptionalPassphrase = Annotated[Passphrase | None, BlankIsNone]


class NewPassphrase(Shape):
    """``until`` is the day on which the passphrase changes next."""

    passphrase: Passphrase
    until: OptionalDay = None


class PassphraseOf(Shape):
    access_point: Identifier
    passphrase: Passphrase


class NewPassphrases(Shape):
    """New passphrases of many access points at once, and the day on which they change next."""

    changes: Annotated[list[PassphraseOf], Field(min_length=1, max_length=4000)]
    until: OptionalDay = None


class PassphrasesChanged(Card):
    access_points: list[str]


@dataclass(frozen=True)
class Opened:
    """``passphrase`` is None where there is none, and where the ledger's key does not open it (``opened`` false)."""

    passphrase: str | None = field(default=None, repr=False)
    opened: bool = True


def make_passphrase() -> str:
    """Such as kamo-sube-tani-4738: about 46 bits, to be said aloud, read off a wall and typed on a phone."""
    groups: list[str] = []
    while len(groups) < 3:
        group = secrets.choice(_SYLLABLES) + secrets.choice(_SYLLABLES)
        if group not in _UNWELCOME:
            groups.append(group)
    return "-".join([*groups, "".join(secrets.choice(_DIGITS) for _ in range(4))])


def put(session: Session, keys: Keys, access_point: int, passphrase: SecretStr) -> None:
    """Seal a passphrase onto its row, which has to be there: it opens nowhere else."""
    sealed = seal(keys, _USE, f"access_point {access_point}", passphrase.get_secret_value())
    session.connection().execute(
        update(ACCESS_POINT).where(ACCESS_POINT.c.id == access_point).values(passphrase=sealed)
    )


def change_passphrase(
    session: Session,
    order: NewPassphrase,
    *,
    venue: str,
    access_point: str,
    keys: Keys,
    by: By,
    now: datetime,
    op_id: str,
) -> AccessPointCard:
    """Raises NotFound, and Invalid where the access point takes no passphrase, was taken down, or the day is past."""
    point = access_point_card(session, access_point, venue).id
    many = NewPassphrases(changes=[PassphraseOf(access_point=point, passphrase=order.passphrase)], until=order.until)
    change_passphrases(session, many, keys=keys, by=by, now=now, op_id=op_id)
    return access_point_card(session, point)


def change_passphrases(
    session: Session, order: NewPassphrases, *, keys: Keys, by: By, now: datetime, op_id: str
) -> PassphrasesChanged:
    """Give many access points new passphrases in one act, or none of them.

    Raises:
        NotFound: an access point does not exist.
        Invalid: one takes no passphrase, was taken down, or is named twice, or the day of the next change is past.
    """
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    must_be_ahead(order.until, now, "until")
    wanted = {row_id(change.access_point): change for change in order.changes}
    if len(wanted) < len(order.changes):
        raise Invalid.field("changes", "同じアクセスポイントが2度書かれています。1つにしてください。")
    rows = {row.id: row for row in session.connection().execute(_ROWS, {"points": list(wanted)})}
    for point, change in wanted.items():
        row = rows.get(point)
        if row is None:
            raise NotFound("そのアクセスポイントは見つかりません。画面を開き直してください。")
        if row.removed_on is not None:
            raise Invalid.field("passphrase", "外したアクセスポイントのパスワードは変えられません。")
        if row.auth is not WifiAuth.PASSPHRASE:
            raise Invalid.field(
                "passphrase", "パスワードで入るアクセスポイントではありません。先に認証を変えてください。"
            )
        put(session, keys, point, change.passphrase)
        session.connection().execute(
            update(ACCESS_POINT)
            .where(ACCESS_POINT.c.id == point)
            .values(passphrase_until=order.until, revision=row.revision + 1)
        )
    changed = [str(point) for point in wanted]
    until = order.until.isoformat() if order.until else None
    journal.note(session, "change_passphrase", access_points=changed, until=until)
    return PassphrasesChanged(access_points=changed)


def must_be_ahead(until: date | None, now: datetime, name: str) -> None:
    """Raises Invalid when the day of the next change is over."""
    if until is not None and until < today(now):
        raise Invalid.field(name, "つぎに変わる日が過ぎています。今日からあとの日を書いてください。")


def passphrases_of(session: Session, keys: Keys, access_points: Collection[str]) -> dict[str, Opened]:
    """The clear passphrases of these access points, by id, for the page of IT and for the poster: nothing else."""
    found = {point: Opened() for point in access_points}
    query = _SEALED.where(ACCESS_POINT.c.id.in_([row_id(point) for point in access_points]))
    for row in session.connection().execute(query):
        found[str(row.id)] = _opened(keys, row)
    return found


def _opened(keys: Keys, row: Any) -> Opened:
    try:
        return Opened(unseal(keys, _USE, f"access_point {row.id}", row.passphrase))
    except NotOpened:
        # The ledger was restored without the file of its key, or with another.
        return Opened(opened=False)
