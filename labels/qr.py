"""QR codes (ISO/IEC 18004) as rows of modules, and the link that they carry. Draws nothing.

QRコード is a registered trademark of DENSO WAVE; the notice stands on the printing page.
"""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import ALPHA_NUM

from labels.errors import LinkTooLong, LinkUnusable, NumberMalformed

QUIET = 4
"""Clear modules on every side (ISO/IEC 18004, 9.1)."""

# All eight masks are legal and carry their own number. Choosing the prettiest costs four fifths of the time; 0 is a
# fine checkerboard, which breaks up the long runs that the mask is there to avoid.
_MASK = 0
_LEVELS = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q, "H": ERROR_CORRECT_H}


@dataclass(frozen=True)
class QrCode:
    """``rows[y][x]`` is ``"1"`` for a dark module; no quiet zone. ``level`` is M, Q or H."""

    rows: tuple[str, ...]
    version: int
    level: str

    @property
    def size(self) -> int:
        """Modules on one side, without the quiet zone."""
        return len(self.rows)


def is_number(number: str) -> bool:
    """True for eight ASCII digits."""
    return len(number) == 8 and number.isascii() and number.isdigit()


def label_url(public_url: str, number: str) -> str:
    """The link on a label: ``HTTPS://HOST[:PORT]/T/12345678``.

    Scheme and host are upper-cased (both are case-blind, RFC 3986, 6.2.2.1), so that the QR code can use its
    alphanumeric mode and needs fewer modules. ``public_url`` is an http or https origin; a host outside ASCII is
    written as IDNA. Raises ``LinkUnusable`` for anything else, ``NumberMalformed`` unless ``number`` is eight digits.
    """
    if not is_number(number):
        raise NumberMalformed(number)
    try:
        parts = urlsplit(public_url.strip())
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as unreadable:
        raise LinkUnusable(public_url) from unreadable
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
    if (
        parts.scheme not in ("http", "https")
        or extra
        or not host
        or not set(host.upper()) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.")
    ):
        raise LinkUnusable(public_url)
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}/t/{number}".upper()


@lru_cache(maxsize=256)
def _version_and_level(length: int, alphanumeric: bool) -> tuple[int, str]:
    """Smallest version at level M for a text of this length, and the strongest level that version still holds."""
    probe = b"A" * length if alphanumeric else b"a" * length
    version = 0
    best = "M"
    for level, constant in _LEVELS.items():
        code = QRCode(
            version=version or None,
            error_correction=constant,
            border=0,
            mask_pattern=_MASK,
        )
        code.add_data(probe, optimize=0)
        fitted = code.best_fit()
        version = version or fitted
        if fitted == version:
            best = level
    return version, best


def encode(text: str) -> QrCode:
    """The QR code of ``text``: error correction at least M, stronger where it costs no module.

    Raises ``LinkTooLong`` beyond the largest version (40).
    """
    data = text.encode("utf-8")
    try:
        version, level = _version_and_level(len(data), all(byte in ALPHA_NUM for byte in data))
    except (DataOverflowError, ValueError) as overflow:
        raise LinkTooLong(text) from overflow
    code = QRCode(version=version, error_correction=_LEVELS[level], border=0, mask_pattern=_MASK)
    code.add_data(data, optimize=0)
    code.make(fit=False)
    return QrCode(
        tuple("".join("1" if dark else "0" for dark in row) for row in code.modules),
        version,
        level,
    )
