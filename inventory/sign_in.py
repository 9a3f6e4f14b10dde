"""Signing in: passwords, sessions, tokens, and the count of failed tries."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, insert, null, select, update
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import today
from inventory.errors import NotFound
from inventory.journal import By
from inventory.keys import Keys
from inventory.shapes import Card, Name, Shape
from inventory.staff import STAFF, STAFF_ROLE, STAFF_SESSION
from inventory.tables import Role

FAILED = SQLModel.metadata.tables["failed_sign_in"]
TOKEN = SQLModel.metadata.tables["api_token"]

# OWASP's floor for argon2id (Password Storage Cheat Sheet): 25 ms here, so that two desks can sign in at once.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Verified when the account does not exist, so that the time tells nothing.
_NOBODY = HASHER.hash(secrets.token_hex(16))

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 5
TRIES_PER_CLIENT = 30
SESSION_LASTS = timedelta(hours=12)


@dataclass(frozen=True)
class SignedIn:
    """Who the bearer of a session or token is."""

    staff_id: int
    username: str
    name: str
    section: str | None
    roles: frozenset[Role]
    session_id: int | None = None

    @property
    def by(self) -> By:
        return By(self.staff_id, self.roles)


def hash_password(password: str) -> str:
    """argon2id, m=19456 KiB, t=2, p=1. Takes about 25 ms: call it outside the writer's turn."""
    return HASHER.hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes the same time for an account that is not there."""
    try:
        HASHER.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def stored_password(session: Session, username: str, now: datetime) -> tuple[int, str | None] | None:
    """Row number and hash of an account that may sign in today; None otherwise."""
    row = (
        session.connection()
        .execute(select(STAFF).where(STAFF.c.username == username.lower(), STAFF.c.disabled_at.is_(None)))
        .first()
    )
    if row is None or (row.appointed_until is not None and row.appointed_until < today(now)):
        return None
    return row.id, row.password_hash


def wait_before_next_try(session: Session, account: str, client: str, now: datetime) -> int:
    """Seconds until the next try is heard; 0 when it is heard now. Spells lapse, nobody is locked out for good."""
    wait = 0
    for column, key, tries in (
        (FAILED.c.account, account, TRIES_PER_ACCOUNT),
        (FAILED.c.client, client, TRIES_PER_CLIENT),
    ):
        query = select(FAILED.c.at).where(column == key, FAILED.c.at > now - WINDOW).order_by(FAILED.c.at.desc())
        times = list(session.connection().execute(query.limit(tries)).scalars())
        if len(times) >= tries:
            wait = max(wait, int((times[-1] + WINDOW - now).total_seconds()) + 1)
    return wait


def count_failure(session: Session, account: str, client: str, now: datetime) -> None:
    """Count a failed try. It commits by itself, before the refusal; no journal entry, because nothing was done."""
    session.connection().execute(delete(FAILED).where(FAILED.c.at < now - WINDOW))
    session.connection().execute(insert(FAILED).values(account=account, client=client, at=now))


def begin_session(session: Session, staff: int, *, now: datetime, op_id: str) -> str:
    """Open a session and give its token (256 bits); only the hash is kept."""
    journal.open_entry(session, by=By(staff), now=now, op_id=op_id)
    token = secrets.token_urlsafe(32)
    session.connection().execute(
        insert(STAFF_SESSION).values(
            token_hash=token_hash(token), staff_id=staff, created_at=now, expires_at=now + SESSION_LASTS
        )
    )
    journal.note(session, "sign_in", staff=staff)
    return token


def forget_failures(session: Session, account: str) -> None:
    session.connection().execute(delete(FAILED).where(FAILED.c.account == account))


def end_session(session: Session, session_id: int, *, by: By, now: datetime, op_id: str) -> None:
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    session.connection().execute(update(STAFF_SESSION).where(STAFF_SESSION.c.id == session_id).values(revoked_at=now))
    journal.note(session, "sign_out", staff=by.staff_id)


# One row per role of the account, so that who knocks costs one statement; every account has a role.
_OF_SESSION = (
    select(STAFF, STAFF_ROLE.c.role, STAFF_SESSION.c.id.label("session_id"))
    .join(STAFF_SESSION, STAFF_SESSION.c.staff_id == STAFF.c.id)
    .join(STAFF_ROLE, STAFF_ROLE.c.staff_id == STAFF.c.id)
    .where(
        STAFF_SESSION.c.token_hash == bindparam("hash"),
        STAFF_SESSION.c.revoked_at.is_(None),
        STAFF_SESSION.c.expires_at > bindparam("now"),
    )
)
_OF_TOKEN = (
    select(STAFF, STAFF_ROLE.c.role, null().label("session_id"))
    .join(TOKEN, TOKEN.c.staff_id == STAFF.c.id)
    .join(STAFF_ROLE, STAFF_ROLE.c.staff_id == STAFF.c.id)
    .where(TOKEN.c.token_hash == bindparam("hash"), TOKEN.c.revoked_at.is_(None))
)


def who_has_session(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Whose session a token is; None when it is unknown, over, revoked, or its account may no longer sign in."""
    rows = session.connection().execute(_OF_SESSION, {"hash": token_hash(token), "now": now}).all()
    return _signed_in(rows, now)


def who_has_token(session: Session, token: str, now: datetime) -> SignedIn | None:
    return _signed_in(session.connection().execute(_OF_TOKEN, {"hash": token_hash(token)}).all(), now)


class NewToken(Shape):
    label: Name


class TokenCard(Card):
    """``token`` is shown this once; the ledger keeps its hash."""

    id: str
    label: str
    token: str


def add_token(session: Session, order: NewToken, *, staff: int, by: By, now: datetime, op_id: str) -> TokenCard:
    """Make an API token for an account. It may do what the account may do."""
    journal.open_entry(session, by=by, now=now, op_id=op_id)
    if session.connection().execute(select(STAFF.c.id).where(STAFF.c.id == staff)).first() is None:
        raise NotFound("その職員は見つかりません。一覧から選んでください。")
    token = "tsunagu_" + secrets.token_urlsafe(32)
    row = session.connection().execute(
        insert(TOKEN).values(token_hash=token_hash(token), staff_id=staff, label=order.label, created_at=now)
    )
    assert row.inserted_primary_key is not None
    journal.note(session, "add_token", token=row.inserted_primary_key[0], staff=staff)
    return TokenCard(id=str(row.inserted_primary_key[0]), label=order.label, token=token)


def token_hash(token: str) -> str:
    """SHA-256 is enough for a token of 256 random bits; a slow hash is for what people choose."""
    return hashlib.sha256(token.encode()).hexdigest()


def client_key(keys: Keys, kind: str, value: str) -> str:
    """The keyed hash under which an account or a client address is counted, so that the table names nobody."""
    return keys.sign("throttle", f"{kind}\0{value}".encode())


def _signed_in(rows: Sequence[Any], now: datetime) -> SignedIn | None:
    if not rows or rows[0].disabled_at is not None:
        return None
    row = rows[0]
    if row.appointed_until is not None and row.appointed_until < today(now):
        return None
    return SignedIn(
        staff_id=row.id,
        username=row.username,
        name=row.name,
        section=row.section,
        roles=frozenset(each.role for each in rows),
        session_id=row.session_id,
    )
