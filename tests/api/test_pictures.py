"""Pictures that are sent: what is taken, what is kept of it, and what a file that lies about itself may cost."""

import io
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from api.pictures import BadPhoto, picture_from, signature_from
from inventory.pictures import LARGEST_KEPT


def encoded(image: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def photo(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Red at the left, blue at the right, so that one sees how it is turned."""
    image = Image.new("RGB", (width, height), (220, 30, 30))
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=(30, 30, 220))
    return image.convert(mode)


def kept(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture_from(data).content))


def png_of(width: int, height: int, *, bits: int = 8, colour: int = 2, zeros: int = 50_000_000) -> bytes:
    """A PNG that says it is this large, with this many zero bytes in it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content) & 0xFFFFFFFF)
        )

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = zlib.compress(b"\0" * zeros, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def signature(mode: str = "RGBA", size: tuple[int, int] = (900, 300)) -> bytes:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(40, 200), (300, 40), (600, 240), (860, 60)], fill=(20, 20, 60, 255), width=8)
    return encoded(image.convert(mode), "PNG")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1", "LA", "I;16"])
def test_every_sort_of_pixel_becomes_a_small_jpeg(kind: str, mode: str) -> None:
    if (kind, mode) in {("JPEG", "RGBA"), ("JPEG", "P"), ("JPEG", "LA"), ("JPEG", "I;16"), ("PNG", "CMYK")}:
        mode = "RGB"
    if kind == "WEBP" and mode in {"I;16", "1", "LA", "P"}:
        mode = "RGBA"
    image = photo(mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.frombytes("I;16", (64, 48), struct.pack("<H", 40000) * (64 * 48))
    ready = picture_from(encoded(image, kind))
    assert ready.media_type == "image/jpeg"
    assert len(ready.content) <= LARGEST_KEPT
    assert (ready.width, ready.height) == image.size == Image.open(io.BytesIO(ready.content)).size


def test_a_sixteen_bit_grey_keeps_its_brightness() -> None:
    grey = Image.frombytes("I;16", (64, 48), struct.pack("<H", 40000) * (64 * 48))
    assert abs(kept(encoded(grey, "PNG")).convert("L").getpixel((9, 9)) - 156) <= 3  # type: ignore[operator]


def test_what_can_be_seen_through_is_white() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert kept(encoded(clear, "PNG")).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(turned: int) -> None:
    upright = photo()
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[turned]
    exif = Image.Exif()
    exif[0x0112] = turned
    taken = upright if back is None else upright.transpose(back)
    seen = kept(encoded(taken, exif=exif))
    assert seen.size == upright.size
    pixels: Any = seen.load()
    left, right = pixels[100, 240], pixels[540, 240]
    assert left[0] > 180 > left[2] and right[2] > 180 > right[0]


def test_nothing_that_the_camera_said_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKER"
    exif.get_ifd(0x8825)[2] = (36.0, 23.0, 20.0)
    sent = encoded(photo(), exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETPROFILE" * 20, dpi=(300, 300))
    assert b"SECRETMAKER" in sent and b"SECRETCOMMENT" in sent and b"SECRETPROFILE" in sent
    content = picture_from(sent + b"SECRETTAIL").content
    assert b"SECRET" not in content
    seen = Image.open(io.BytesIO(content))
    assert not seen.getexif() and not {"comment", "icc_profile", "exif", "xmp"} & set(seen.info)
    # No segment besides those that the pixels need: no application data but JFIF, no comment.
    assert {marker for marker in _markers(content) if 0xE1 <= marker <= 0xEF or marker == 0xFE} == set()


def test_a_png_loses_its_texts() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Comment", "SECRET")
    assert b"SECRET" not in picture_from(encoded(photo(), "PNG", pnginfo=told)).content
    assert b"SECRET" not in signature_from(encoded(Image.open(io.BytesIO(signature())), "PNG", pnginfo=told)).content


def test_a_large_photo_is_made_smaller_and_a_noisy_one_still_fits() -> None:
    ready = picture_from(encoded(photo(4000, 3000)))
    assert (ready.width, ready.height) == (2000, 1500)
    noise = Image.effect_noise((2400, 1800), 120).convert("RGB")
    assert len(picture_from(encoded(noise, quality=95)).content) <= LARGEST_KEPT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"<!doctype html><script>alert(1)</script>",
        b"RIFF\0\0\0\0WAVE",
    ],
    ids=["empty", "gif", "svg", "pdf", "html", "wave"],
)
def test_other_formats_are_refused_by_their_content(data: bytes) -> None:
    for make in (picture_from, signature_from):
        with pytest.raises(BadPhoto) as refusal:
            make(data)
        assert (refusal.value.code, refusal.value.status) == ("bad-photo", 415)


def test_a_broken_picture_is_refused() -> None:
    whole = encoded(photo())
    for data in (whole[: len(whole) // 2], whole[:30], b"\xff\xd8\xff" + b"\0" * 50, b"\x89PNG\r\n\x1a\n" + b"x" * 50):
        with pytest.raises(BadPhoto) as refusal:
            picture_from(data, "scan")
        assert refusal.value.status == 422
        assert refusal.value.facts["errors"][0]["field"] == "scan"


def test_every_cut_and_every_changed_byte_is_a_picture_or_a_refusal() -> None:
    """A file that somebody made by hand never leaves by another way."""
    for kind in ("JPEG", "PNG", "WEBP"):
        data = encoded(photo(48, 32), kind)
        for at in range(0, len(data), max(1, len(data) // 60)):
            for changed in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
                with suppress(BadPhoto):
                    assert len(picture_from(changed).content) <= LARGEST_KEPT


_MEASURE = """
import sys
from pathlib import Path
from api.pictures import BadPhoto, picture_from
def peak(name):
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
picture_from(Path(sys.argv[1]).read_bytes())
data = Path(sys.argv[2]).read_bytes()
Path("/proc/self/clear_refs").write_text("5")
before = peak("VmRSS")
try:
    picture_from(data)
    said = "taken"
except BadPhoto as refusal:
    said = str(refusal.status)
print(said, peak("VmHWM") - before)
"""


def cost(data: bytes, folder: Path) -> tuple[str, float]:
    """What the door said to a file, and by how many MiB the program grew over it; in a process of its own."""
    (folder / "warm.jpg").write_bytes(encoded(photo()))
    (folder / "sent").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(folder / "warm.jpg"), str(folder / "sent")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    said, grew = done.stdout.split()
    return said, int(grew) / 1024


def bombs() -> dict[str, bytes]:
    return {
        "png": png_of(20_000, 20_000),
        "png beyond every limit": png_of(100_000, 100_000),
        "png just too large": png_of(4_200, 4_200, zeros=4_200 * (4_200 * 3 + 1)),
        "jpeg that says 65500": encoded(photo(16, 16)).replace(
            struct.pack(">HH", 16, 16), struct.pack(">HH", 65_500, 65_500)
        ),
        "grey of 16 bits": png_of(30_000, 30_000, bits=16, colour=0),
    }


@pytest.mark.parametrize("name", list(bombs()))
def test_a_bomb_is_refused_before_it_is_decoded(name: str, tmp_path: Path) -> None:
    data = bombs()[name]
    said, grew = cost(data, tmp_path)
    assert said == "422"
    assert grew < 64, f"{grew} MiB"


def test_a_picture_of_48_megapixels_is_taken_without_its_pixels_in_memory(tmp_path: Path) -> None:
    large = encoded(photo(8000, 6000))
    said, grew = cost(large, tmp_path)
    assert said == "taken"
    # All of its pixels would be 137 MiB.
    assert grew < 96, f"{grew} MiB"


def test_a_signature_is_a_small_grey_picture_of_the_strokes() -> None:
    for mode in ("RGBA", "RGB", "LA", "P"):
        ready = signature_from(signature(mode) if mode != "RGB" else encoded(_on_white(), "PNG"))
        seen = Image.open(io.BytesIO(ready.content))
        assert (ready.media_type, seen.mode, seen.format) == ("image/png", "L", "PNG")
        assert seen.getpixel((5, 5)) == 255, mode
        darkest: Any = seen.getextrema()[0]
        assert darkest < 80
        assert len(ready.content) < 60_000
        # Cut to the strokes, with a little white around them.
        assert 820 < ready.width < 880 and 210 < ready.height < 250, mode
    large = signature_from(signature(size=(3600, 1200)))
    assert large.width <= 1200 and large.height <= 600


def test_an_empty_signature_is_none() -> None:
    for empty in (
        Image.new("RGBA", (600, 200), (0, 0, 0, 0)),
        Image.new("L", (600, 200), 255),
        Image.new("RGB", (600, 200), "black"),
    ):
        with pytest.raises(BadPhoto) as refusal:
            signature_from(encoded(empty, "PNG"))
        assert refusal.value.status == 422


def _on_white() -> Image.Image:
    sheet = Image.new("RGB", (900, 300), "white")
    drawn = Image.open(io.BytesIO(signature()))
    sheet.paste(drawn, mask=drawn.getchannel("A"))
    return sheet


def _markers(jpeg: bytes) -> list[int]:
    """The markers before the pixels (ISO/IEC 10918-1, B.1.1)."""
    found, at = [], 2
    while jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
    return found
