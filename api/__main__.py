"""``python -m api`` serves the ledger."""

import logging
import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import uvicorn
from sqlmodel import Session

from api.app import create_app
from inventory import schema
from inventory.database import Database, reading, writing
from inventory.journal import By
from inventory.settings import BadSetting, Settings, open_ledger
from inventory.sign_in import hash_password, token_hash
from inventory.staff import NewStaff, any_staff, first_admin
from inventory.tables import Role, Setting

SETUP_CODE_LASTS = timedelta(minutes=30)


def main() -> int:
    """Open the ledger, migrate it, see to the first account, serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = Settings.from_environment(os.environ)
        database = open_ledger(settings)
        schema.migrate(database)
    except (BadSetting, schema.UnknownSchema) as error:
        print(f"tsunagu: {error}", file=sys.stderr)
        return 1
    print(f"つなぐ台帳  {settings.public_url}", flush=True)
    _first_account(database, settings)
    app = create_app(settings, database)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_cert_file,
        ssl_keyfile=settings.tls_key_file,
        # Stock uvicorn believes X-Forwarded-For from this machine; here a proxy counts only when it is named.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=10,
        log_level="warning",
    )
    return 0


def _first_account(database: Database, settings: Settings) -> None:
    """An empty ledger has no account. ADMIN_PASSWORD makes one; otherwise a set-up code is printed, once."""
    with reading(database) as session:
        if any_staff(session):
            return
    now = datetime.now(UTC)
    if settings.admin_password:
        order = NewStaff(username="admin", name="管理者", roles=[Role.ADMIN])
        hashed = hash_password(settings.admin_password)
        with writing(database) as session:
            if not any_staff(session):
                first_admin(session, order, password_hash=hashed, by=By(), now=now, op_id=str(uuid4()))
        return
    code = secrets.token_hex(16)
    with writing(database) as session:
        keep_setup_code(session, code, now + SETUP_CODE_LASTS)
    spaced = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
    print(f"はじめの設定: {settings.public_url}/setup  設定コード: {spaced}（30分間有効）", flush=True)


def keep_setup_code(session: Session, code: str, until: datetime) -> None:
    """Keep the hash of the only valid set-up code and the time it lapses."""
    session.merge(Setting(name="setup_code", value=f"{token_hash(code)} {int(until.timestamp())}"))


if __name__ == "__main__":
    sys.exit(main())
