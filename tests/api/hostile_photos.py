"""Photos that lie, swell, or carry what nobody asked for: made here, byte by byte, for the tests of what is taken.

Run as ``python -m tests.api.hostile_photos NAME`` it sends one of them through the door's code and says in JSON what
came of it, how long it took, and how far the memory of this process and of its decoder rose.
"""

import io
import json
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

TAKEN, WRONG_KIND, BROKEN = "taken", "415", "422"


@dataclass(frozen=True)
class Hostile:
    """``outcome`` is taken, 415 or 422; ``never`` must not stand in what is kept; ``size`` is what is kept."""

    make: Callable[[], bytes]
    outcome: str
    never: tuple[bytes, ...] = ()
    size: tuple[int, int] | None = None


def photo(width: int = 320, height: int = 240, mode: str = "RGB") -> Image.Image:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", (width, height), (220, 30, 30))
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=(30, 30, 220))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content) & 0xFFFFFFFF)


def _png(width: int, height: int, bits: int, colour: int, zeros: int) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    body = zlib.compressobj(9)
    packed = b"".join(body.compress(b"\0" * 1_000_000) for _ in range(zeros // 1_000_000)) + body.flush()
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _jpeg_that_says(width: int, height: int, **how: Any) -> bytes:
    """A small JPEG whose frame header names another size."""
    data = bytearray(encoded(photo(), **how))
    at = next(i for i in range(len(data)) if data[i] == 0xFF and data[i + 1] in (0xC0, 0xC2))
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _webp_that_says(width: int, height: int) -> bytes:
    """A lossless WebP of nothing but a header: 14 bits each of width and height (RFC 9649, 3.4)."""
    bits = (width - 1) | (height - 1) << 14
    content = b"\x2f" + struct.pack("<I", bits) + b"\0" * 64
    body = b"WEBPVP8L" + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp_canvas(width: int, height: int) -> bytes:
    """An animated WebP that wants this canvas for a frame of a few pixels."""
    data = bytearray(encoded(photo(16, 16), "WEBP", save_all=True, append_images=[photo(16, 16, "L").convert("RGB")]))
    at = data.index(b"VP8X") + 8
    data[at + 4 : at + 7] = struct.pack("<I", width - 1)[:3]
    data[at + 7 : at + 10] = struct.pack("<I", height - 1)[:3]
    return bytes(data)


def heic(width: int = 320, height: int = 240, **how: Any) -> bytes:
    from pillow_heif import from_pillow

    out = io.BytesIO()
    from_pillow(photo(width, height)).save(out, quality=60, **how)
    return out.getvalue()


def _heic_that_says(width: int, height: int) -> bytes:
    data = bytearray(heic(64, 64))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


def _with_gps() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (36.0, 23.0, 20.0)
    return exif


def _turned() -> bytes:
    exif = _with_gps()
    exif[0x0112] = 6
    return encoded(photo().transpose(Image.Transpose.ROTATE_90), exif=exif)


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("SECRETFILE.exe", "MZ")
    return out.getvalue()


def _second(kind: str) -> bytes:
    """A second picture in the same file, which nobody sees who looks at the first."""
    hidden = Image.new("RGB", (320, 240), (0, 255, 0))
    return encoded(photo(), kind, save_all=True, append_images=[hidden])


def _grey16() -> bytes:
    return encoded(Image.frombytes("I;16", (320, 240), struct.pack("<H", 40000) * (320 * 240)), "PNG")


def _clear_palette() -> bytes:
    return encoded(photo(mode="P"), "PNG", transparency=0)


_SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><rect width='9' height='9'/></svg>"
HOSTILE: dict[str, Hostile] = {
    "png-bomb-grey": Hostile(lambda: _png(50_000, 50_000, 8, 0, 100_000_000), BROKEN),
    "png-bomb-one-bit": Hostile(lambda: _png(100_000, 100_000, 1, 0, 100_000_000), BROKEN),
    "png-bomb-rgba-16": Hostile(lambda: _png(20_000, 20_000, 16, 6, 50_000_000), BROKEN),
    "png-more-data-than-size": Hostile(lambda: _png(320, 240, 8, 2, 200_000_000), TAKEN, size=(320, 240)),
    "jpeg-bomb": Hostile(lambda: _jpeg_that_says(65_500, 65_500), BROKEN),
    "jpeg-bomb-progressive": Hostile(lambda: _jpeg_that_says(9_000, 6_000, progressive=True), BROKEN),
    "webp-bomb": Hostile(lambda: _webp_that_says(16_383, 16_383), BROKEN),
    "webp-bomb-canvas": Hostile(lambda: _webp_canvas(16_383, 16_383), BROKEN),
    "heic-bomb": Hostile(lambda: _heic_that_says(60_000, 60_000), BROKEN),
    "heic-truncated": Hostile(lambda: heic()[:-200], BROKEN),
    "heic-header-only": Hostile(lambda: b"\0\0\0\x18ftypheic" + b"\0" * 100, BROKEN),
    "html-in-jpeg": Hostile(
        lambda: encoded(photo(), comment=b"<script>alert(1)</script>"), TAKEN, (b"<script", b"alert")
    ),
    "jpeg-then-zip": Hostile(lambda: encoded(photo()) + _zip(), TAKEN, (b"PK\x03\x04", b"SECRET")),
    "html-that-says-jpeg": Hostile(lambda: b"<!doctype html><script>alert(1)</script>" + encoded(photo()), WRONG_KIND),
    "svg": Hostile(lambda: _SVG, WRONG_KIND),
    "gif": Hostile(lambda: encoded(photo(), "GIF"), WRONG_KIND),
    "tiff": Hostile(lambda: encoded(photo(), "TIFF"), WRONG_KIND),
    "pdf": Hostile(lambda: encoded(photo(), "PDF"), WRONG_KIND),
    "avif-brand": Hostile(lambda: b"\0\0\0\x20ftypavif" + b"\0" * 100, WRONG_KIND),
    "empty": Hostile(lambda: b"", WRONG_KIND),
    "gps-jpeg": Hostile(lambda: encoded(photo(), exif=_with_gps()), TAKEN, (b"SECRET", b"Exif")),
    "gps-heic": Hostile(lambda: heic(exif=_with_gps().tobytes()), TAKEN, (b"SECRET", b"Exif"), (320, 240)),
    "turned": Hostile(_turned, TAKEN, (b"SECRET", b"Exif"), (320, 240)),
    "truncated-jpeg": Hostile(lambda: encoded(photo())[:1500], BROKEN),
    "one-pixel-wide": Hostile(lambda: encoded(Image.new("L", (1, 60_000)), "PNG"), TAKEN, size=(1, 2000)),
    "huge-but-honest": Hostile(lambda: encoded(Image.new("L", (7_000, 6_500)), "JPEG"), TAKEN),
    "second-picture-mpo": Hostile(lambda: _second("MPO"), TAKEN, (b"MPF",), (320, 240)),
    "animated-webp": Hostile(lambda: _second("WEBP"), TAKEN, size=(320, 240)),
    "animated-png": Hostile(lambda: _second("PNG"), TAKEN, (b"acTL",), (320, 240)),
    "sixteen-bit": Hostile(_grey16, TAKEN, size=(320, 240)),
    "cmyk": Hostile(lambda: encoded(photo(mode="CMYK")), TAKEN, size=(320, 240)),
    "clear-palette": Hostile(_clear_palette, TAKEN, size=(320, 240)),
}


def _status(name: str) -> int:
    """Kilobytes that /proc/self/status names (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def measure(data: bytes) -> dict[str, Any]:
    from api.pictures import BadPhoto, picture_from

    # A child is counted as no smaller than its parent was when it was born; what the decoder took stands above that.
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    born = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # The first picture of a process loads what every picture needs.
    picture_from(encoded(photo(8, 8)))
    before, begun = _status("VmRSS"), time.perf_counter()
    try:
        ready = picture_from(data)
        outcome, kept = TAKEN, ready.content.hex()
        size: tuple[int, int] | None = (ready.width, ready.height)
    except BadPhoto as refusal:
        outcome, kept, size = str(refusal.status), "", None
    seconds = time.perf_counter() - begun
    return {
        "outcome": outcome,
        "size": size,
        "seconds": seconds,
        "mib": max(0, _status("VmHWM") - before) / 1024,
        "decoder_mib": (resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - born) / 1024,
        "kept": kept,
    }


if __name__ == "__main__":
    # Making a bomb may take more memory than meeting it, so it is made elsewhere and read here.
    print(json.dumps(measure(sys.stdin.buffer.read())))
