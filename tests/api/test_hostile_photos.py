"""Hostile photos: what is taken of each, what never is, and how little memory a bomb gets."""

import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inventory.pictures import LARGEST_KEPT
from tests.api.hostile_photos import BROKEN, HOSTILE, TAKEN

ROOT = Path(__file__).resolve().parents[2]
# MiB that a refused picture may cost this process, and its decoder where there is one.
MOST = 64


@cache
def met(name: str) -> dict[str, Any]:
    """What a fresh process makes of this picture."""
    command = [sys.executable, "-m", "tests.api.hostile_photos"]
    done = subprocess.run(command, input=HOSTILE[name].make(), capture_output=True, check=True, cwd=ROOT)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_photo_is_made_harmless_or_refused_within_little_memory(name: str) -> None:
    hostile, said = HOSTILE[name], met(name)
    assert said["outcome"] == hostile.outcome
    if said["outcome"] == TAKEN:
        content = bytes.fromhex(said["kept"])
        assert len(content) <= LARGEST_KEPT
        assert not [word for word in hostile.never if word in content]
        kept = Image.open(io.BytesIO(content))
        assert kept.format == "JPEG" and kept.mode == "RGB" and not kept.getexif()
        assert hostile.size is None or kept.size == hostile.size
    else:
        assert said["mib"] <= MOST and said["decoder_mib"] <= MOST


@pytest.mark.parametrize("name", ["second-picture-mpo", "animated-webp", "animated-png", "turned", "gps-heic"])
def test_the_picture_that_is_kept_is_the_one_that_was_seen(name: str) -> None:
    kept = Image.open(io.BytesIO(bytes.fromhex(met(name)["kept"])))
    left, right = kept.getpixel((40, 120)), kept.getpixel((280, 120))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[0] > 150 > left[2] and right[2] > 150 > right[0]


@pytest.mark.bench
def test_the_table_of_hostile_photos() -> None:
    rows = [
        f"| {'picture':26} | bytes sent | outcome | seconds | MiB here | MiB decoder |",
        "|---|---|---|---|---|---|",
    ]
    slow = []
    for name, hostile in HOSTILE.items():
        said, sent = met(name), len(hostile.make())
        if said["outcome"] == BROKEN and said["seconds"] > 1:
            slow.append(name)
        rows.append(
            f"| {name:26} | {sent:10,} | {said['outcome']:7} | {said['seconds']:7.2f} | {said['mib']:8.1f}"
            f" | {said['decoder_mib']:11.1f} |"
        )
    print("\n" + "\n".join(rows))
    assert slow == []
