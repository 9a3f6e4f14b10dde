"""Every setting, in one list: its name in the environment, its default, and what it does.

Settings are read once, at the start, and a value that cannot be used stops the program with the variable's name and
what to write instead. An empty variable counts as unset, because compose files pass empty ones. ``TZ`` is not among
them: days are those of Asia/Tokyo wherever the machine stands.
"""

import ipaddress
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from inventory.database import Database, connect
from inventory.erasure_register import REGISTER_NAME
from inventory.keys import Keys

ANCHOR_NAME = "journal.head"
CITIES = {"102016": "前橋市"}


class Setting(NamedTuple):
    """``default`` is what stands when the variable is unset; None where the default depends on other settings."""

    name: str
    default: str | None
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("DATABASE_URL", "sqlite:///var/tsunagu.db", "The ledger: sqlite:///PATH or postgresql://USER@HOST/NAME."),
    Setting("HOST", "127.0.0.1", "Address the server listens on; 0.0.0.0 for every network card."),
    Setting("PORT", "8000", "TCP port the server listens on."),
    Setting(
        "PUBLIC_URL",
        None,
        "Address people reach the server at, without a path. It is printed in the labels' QR codes and never taken "
        "from a request. Default: http://HOST:PORT (https when TLS_CERT_FILE is set).",
    ),
    Setting(
        "SECRET_KEY_FILE",
        "var/secret.key",
        "The ledger's secret, made at the first start for its owner alone. Keep a copy apart from the backups.",
    ),
    Setting("ADMIN_PASSWORD", "", "First start only: opens the account admin with this password."),
    Setting("TLS_CERT_FILE", "", "Certificate chain (PEM) for serving https without a proxy; needs TLS_KEY_FILE."),
    Setting("TLS_KEY_FILE", "", "Private key (PEM) of TLS_CERT_FILE."),
    Setting(
        "TRUSTED_PROXIES",
        "",
        "Addresses or networks of proxies whose X-Forwarded-For counts, with commas between. Empty: none.",
    ),
    Setting(
        "PUBLIC_PAGES", "on", "off on a server the public cannot reach: no label pages, receipts or public reports."
    ),
    Setting("SMTP_URL", "", "Mail server: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://…:465. Empty: no mail."),
    Setting("MAIL_FROM", "", "Sender address of mails; needed with SMTP_URL."),
    Setting("OFFICE_NAME", "デジタルデバイド解消WG", "Name of the office on public pages, labels and papers."),
    Setting("OFFICE_PHONE", "", "Telephone number of the office."),
    Setting("OFFICE_HOURS", "", "When the office answers, for example 平日 8:30–17:15."),
    Setting("LOST_PHONE", "", "Number to ring about a lost device; OFFICE_PHONE where empty."),
    Setting("MUNICIPALITY_CODE", "102016", "全国地方公共団体コード, six digits with the check digit."),
    Setting("CITY_NAME", None, "Name of the city; needed only with a MUNICIPALITY_CODE other than 102016 (前橋市)."),
    Setting("TEST_POSTGRES_URL", "", "Tests only: a PostgreSQL server on which the tests may create databases."),
)


class BadSetting(ValueError):
    """A variable holds what cannot be used. ``name`` is the variable; the text says what to write."""

    def __init__(self, name: str, advice: str) -> None:
        super().__init__(f"{name}: {advice}")
        self.name = name


@dataclass(frozen=True)
class Settings:
    """The settings as the program uses them. Texts that are not set are empty, files that are not set are None."""

    database_url: str = field(repr=False)
    host: str
    port: int
    public_url: str
    secret_key_file: Path
    admin_password: str = field(repr=False)
    tls_cert_file: Path | None
    tls_key_file: Path | None
    trusted_proxies: tuple[str, ...]
    public_pages: bool
    smtp_url: str = field(repr=False)
    mail_from: str
    office_name: str
    office_phone: str
    office_hours: str
    lost_phone: str
    municipality_code: str
    city_name: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check every setting.

        Raises:
            BadSetting: names the first variable that cannot be used.
        """
        given = {setting.name: environ.get(setting.name, "").strip() or setting.default or "" for setting in SETTINGS}
        for name, value in given.items():
            # Lone surrogates are how bytes that are not UTF-8 arrive; they would fail much later, on a page.
            if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
                raise BadSetting(name, "write it in UTF-8 on one line, without control characters")
        host, port = given["HOST"], _port(given["PORT"])
        certificate, key = _tls(given["TLS_CERT_FILE"], given["TLS_KEY_FILE"])
        code = _municipality(given["MUNICIPALITY_CODE"])
        return cls(
            database_url=_database_url(given["DATABASE_URL"]),
            host=host,
            port=port,
            public_url=_public_url(given["PUBLIC_URL"] or _own_address(host, port, secure=certificate is not None)),
            secret_key_file=Path(given["SECRET_KEY_FILE"]),
            admin_password=environ.get("ADMIN_PASSWORD", ""),
            tls_cert_file=certificate,
            tls_key_file=key,
            trusted_proxies=_proxies(given["TRUSTED_PROXIES"]),
            public_pages=_on_or_off("PUBLIC_PAGES", given["PUBLIC_PAGES"]),
            smtp_url=_smtp_url(given["SMTP_URL"]),
            mail_from=_mail_from(given["MAIL_FROM"], wanted=bool(given["SMTP_URL"])),
            office_name=given["OFFICE_NAME"],
            office_phone=given["OFFICE_PHONE"],
            office_hours=given["OFFICE_HOURS"],
            lost_phone=given["LOST_PHONE"] or given["OFFICE_PHONE"],
            municipality_code=code,
            city_name=_city_name(code, given["CITY_NAME"]),
        )

    @property
    def anchor_file(self) -> Path:
        """The file beside the secret that holds the journal's newest head."""
        return self.secret_key_file.with_name(ANCHOR_NAME)

    @property
    def register_file(self) -> Path:
        """The file beside the secret that says what was erased, so that no old backup brings it back."""
        return self.secret_key_file.with_name(REGISTER_NAME)


def open_ledger(settings: Settings) -> Database:
    """Open the ledger with its secret and its anchor; the secret is made where there is none.

    Raises:
        BadSetting: the ledger's or the secret's file cannot be opened or made, or the secret holds something else.
    """
    if settings.database_url.startswith("sqlite:///"):
        file = Path(settings.database_url.removeprefix("sqlite:///"))
        try:
            # The ledger holds personal data, so what is made here is the owner's alone; SQLite's log follows the file.
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise BadSetting("DATABASE_URL", f"{file} cannot be opened or made: {error.strerror}") from error
    return connect(settings.database_url, keys=load_keys(settings), anchor=settings.anchor_file)


def load_keys(settings: Settings) -> Keys:
    """The ledger's secret, made where there is none.

    Raises:
        BadSetting: the file cannot be read or made, or holds something else.
    """
    file = settings.secret_key_file
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Keys.load(file)
    except OSError as error:
        raise BadSetting("SECRET_KEY_FILE", f"{file} cannot be read or made: {error.strerror}") from error
    except ValueError as error:
        raise BadSetting(
            "SECRET_KEY_FILE",
            f"{file} does not hold a ledger's secret (64 hexadecimal digits); name the right file",
        ) from error


def _database_url(text: str) -> str:
    advice = "write sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadSetting("DATABASE_URL", advice) from None
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:" or url.query:
            raise BadSetting("DATABASE_URL", "a ledger in SQLite is a file: write sqlite:///PATH")
    elif url.drivername not in ("postgres", "postgresql", "postgresql+psycopg") or not url.database:
        raise BadSetting("DATABASE_URL", advice)
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise BadSetting("PORT", "write a number from 1 to 65535")
    return int(text)


def _own_address(host: str, port: int, *, secure: bool) -> str:
    # Nobody can open 0.0.0.0; whoever listens on every network card sets PUBLIC_URL before printing labels.
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not bound
    bracketed = f"[{reachable}]" if ":" in reachable else reachable
    return f"{'https' if secure else 'http'}://{bracketed}:{port}"


def _public_url(text: str) -> str:
    advice = (
        "write the address people type, such as https://daicho.example.lg.jp — http or https, a host in ASCII letters, "
        "a port if it needs one, and no path"
    )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadSetting("PUBLIC_URL", advice) from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*", host)
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or text.endswith(("?", "#"))
    ):
        raise BadSetting("PUBLIC_URL", advice)
    bracketed = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{bracketed}" + (f":{port}" if port not in (None, standard) else "")


def _tls(certificate: str, key: str) -> tuple[Path | None, Path | None]:
    if bool(certificate) != bool(key):
        missing, present = ("TLS_KEY_FILE", "TLS_CERT_FILE") if certificate else ("TLS_CERT_FILE", "TLS_KEY_FILE")
        raise BadSetting(missing, f"{present} is set, so set this too; https needs both files")
    return (Path(certificate), Path(key)) if certificate else (None, None)


def _proxies(text: str) -> tuple[str, ...]:
    proxies = tuple(part.strip() for part in text.split(",") if part.strip())
    for proxy in proxies:
        try:
            ipaddress.ip_network(proxy)
        except ValueError:
            raise BadSetting(
                "TRUSTED_PROXIES", f"{proxy!r} is no address or network; write for example 127.0.0.1,172.18.0.0/16"
            ) from None
    return proxies


def _on_or_off(name: str, text: str) -> bool:
    if text not in ("on", "off"):
        raise BadSetting(name, "write on or off")
    return text == "on"


def _smtp_url(text: str) -> str:
    if text:
        advice = "write smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"
        try:
            parts = urlsplit(text)
            fits = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fits = False
        if not fits:
            raise BadSetting("SMTP_URL", advice)
    return text


def _mail_from(text: str, *, wanted: bool) -> str:
    if (wanted or text) and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", text):
        raise BadSetting("MAIL_FROM", "write the sender's address, such as daicho@example.lg.jp")
    return text


def _municipality(text: str) -> str:
    """Six digits, the last of which is 総務省's check digit: 11 minus (6a+5b+4c+3d+2e) mod 11, its last digit."""
    if not (text.isascii() and text.isdecimal() and len(text) == 6) or text[5] != _check_digit(text[:5]):
        raise BadSetting("MUNICIPALITY_CODE", "write the six digits with the check digit, such as 102016 for 前橋市")
    return text


def _check_digit(five: str) -> str:
    weighted = sum(int(digit) * weight for digit, weight in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - weighted % 11) % 10)


def _city_name(code: str, given: str) -> str:
    name = given or CITIES.get(code, "")
    if not name:
        raise BadSetting("CITY_NAME", f"no name is known for MUNICIPALITY_CODE {code}; write the city's name")
    return name
