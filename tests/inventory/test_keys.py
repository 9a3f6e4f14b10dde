"""The ledger's secret: made once, readable by its owner alone, and a key of its own for every use."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inventory.keys import Keys


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret"
    made = Keys.load(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(bytes.fromhex(file.read_text())) == 32
    again = Keys.load(file)
    assert (again.id, again.sign("journal", b"x")) == (made.id, made.sign("journal", b"x"))
    assert [found.name for found in file.parent.iterdir()] == ["secret"]
    assert Keys.load(tmp_path / "other").id != made.id


def test_programs_that_start_at_once_agree_on_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    first = Keys.load(file)
    # The second program looked before the first had linked its file into place.
    with monkeypatch.context() as early:
        early.setattr(Path, "exists", lambda _: False)
        assert Keys.load(file).id == first.id
    assert [found.name for found in tmp_path.iterdir()] == ["secret"]
    with ThreadPoolExecutor(8) as threads:
        assert {keys.id for keys in threads.map(Keys.load, [file] * 8)} == {first.id}


@pytest.mark.parametrize("content", ["", "ab" * 31, "not hex at all", "ab" * 31 + "a"])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    with pytest.raises(ValueError, match=r".+"):
        Keys.load(file)
    assert file.read_text() == content


def test_each_use_has_a_key_of_its_own() -> None:
    keys, other = Keys(b"k" * 32), Keys(b"o" * 32)
    signatures = {
        keys.sign("journal", b"x"),
        keys.sign("throttle", b"x"),
        keys.sign("journal", b"y"),
        other.sign("journal", b"x"),
    }
    assert len(signatures) == 4 and all(len(one) == 64 for one in signatures)
    assert keys.sign("journal", b"x") == Keys(b"k" * 32).sign("journal", b"x")
    assert len(keys.id) == 16 and (b"k" * 32).hex() not in keys.id
    assert Keys.fresh().id != Keys.fresh().id
