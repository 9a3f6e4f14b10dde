"""Secrets that the ledger must be able to show again: encrypted with a key of the ledger, bound to where they stand.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; the key comes from the ledger's one secret file, so a
backup without that file holds no passphrase that anybody could read.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from inventory.keys import Keys

_VERSION = b"\x01"
_NONCE = 12
_LONGEST = 400


class NotOpened(ValueError):
    """The sealed bytes were made with another key, for another place, or were changed."""


def seal(keys: Keys, use: str, place: str, secret: str) -> bytes:
    """``secret`` encrypted under the key of ``use``, so that it opens at ``place`` alone (a table and a row, say).

    Raises:
        ValueError: the secret is longer than 400 bytes of UTF-8.
    """
    content = secret.encode()
    if len(content) > _LONGEST:
        raise ValueError("the secret is too long to be one")
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + AESGCM(keys.derive(use)).encrypt(nonce, content, _bound(use, place))


def unseal(keys: Keys, use: str, place: str, sealed: bytes) -> str:
    """The secret.

    Raises:
        NotOpened: it cannot be opened with this ledger's key, or was sealed for another place.
    """
    head, nonce, content = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    if head != _VERSION:
        raise NotOpened("not sealed by this program")
    try:
        return AESGCM(keys.derive(use)).decrypt(nonce, content, _bound(use, place)).decode()
    except (InvalidTag, ValueError) as error:
        raise NotOpened("the ledger's key does not open this") from error


def _bound(use: str, place: str) -> bytes:
    return f"{use}\0{place}".encode()
