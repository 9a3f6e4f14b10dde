"""A sealed secret opens with its ledger's key at its own place, and nowhere else."""

import pytest

from inventory.keys import Keys
from inventory.sealing import NotOpened, seal, unseal

KEYS = Keys(b"the secret of the tests, 32 bytes at least")


def test_a_secret_comes_back_and_no_two_seals_are_alike() -> None:
    first, second = (seal(KEYS, "wifi", "access_point 1", "ひみつ-1234") for _ in range(2))
    assert first != second
    assert (
        unseal(KEYS, "wifi", "access_point 1", first) == "ひみつ-1234" == unseal(KEYS, "wifi", "access_point 1", second)
    )
    assert b"1234" not in first and "ひみつ".encode() not in first


@pytest.mark.parametrize(
    ("keys", "use", "place"),
    [(Keys.fresh(), "wifi", "access_point 1"), (KEYS, "mail", "access_point 1"), (KEYS, "wifi", "access_point 2")],
)
def test_another_key_use_or_place_opens_nothing(keys: Keys, use: str, place: str) -> None:
    sealed = seal(KEYS, "wifi", "access_point 1", "secret-1234")
    with pytest.raises(NotOpened):
        unseal(keys, use, place, sealed)


def test_a_changed_byte_opens_nothing() -> None:
    sealed = seal(KEYS, "wifi", "place", "secret-1234")
    for at in range(len(sealed)):
        with pytest.raises(NotOpened):
            unseal(KEYS, "wifi", "place", sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
    with pytest.raises(NotOpened):
        unseal(KEYS, "wifi", "place", b"")
    with pytest.raises(ValueError, match="too long"):
        seal(KEYS, "wifi", "place", "x" * 401)
