"""The one secret of a ledger and the keys derived from it.

The file is made once, readable by its owner alone. Without it a restored ledger cannot prove its journal, so the
backup says so. Keys for different uses are derived by HMAC-SHA256 with a label (the expand step of RFC 5869), so
that a leak of one use does not open another.
"""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path


class Keys:
    """Derives a 32-byte key per use. ``id`` (16 hex digits) names the secret without showing it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("a ledger's secret has at least 32 bytes")
        self._secret = secret
        self.id = hashlib.sha256(b"tsunagu key id\0" + secret).hexdigest()[:16]
        self.derive = lru_cache(maxsize=32)(self._derive)

    def _derive(self, use: str) -> bytes:
        return hmac.new(self._secret, b"tsunagu\0" + use.encode(), hashlib.sha256).digest()

    def sign(self, use: str, content: bytes) -> str:
        """HMAC-SHA256 of ``content`` under the key of ``use``, as 64 hex digits."""
        return hmac.new(self.derive(use), content, hashlib.sha256).hexdigest()

    @classmethod
    def fresh(cls) -> "Keys":
        """A secret that lives as long as the process: for ledgers nobody will verify later."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Read the secret, or make it with mode 0600.

        Two processes that start at once agree: the file is written aside and linked into place, and whoever comes
        second reads what the first one linked.

        Raises:
            ValueError: the file holds fewer than 32 bytes of hex.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls(bytes.fromhex(path.read_text().strip()))
