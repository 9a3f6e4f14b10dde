"""Pictures that are sent to us: checked before they are decoded, and made anew.

Nothing of the sent file is kept. A picture is recognised by its content, its size is looked at in the header before a
pixel is decoded, and what is kept is drawn again: upright, at most 400 kB, without the metadata of the camera (Exif
with its place and time, JPEG comments, colour profiles, second pictures). All of it happens before the ledger's gate.
"""

import io
import subprocess
import sys

from PIL import Image, ImageOps

from api import heic
from api.codes import Problem
from inventory.pictures import LARGEST_KEPT, Ready

# Bytes of decoded pixels. A baseline JPEG is decoded at a fraction of its size, so only its header can be too large.
_ROOM = 48 * 1024 * 1024
_MOST_PIXELS = 60_000_000
_MOST_PROGRESSIVE = 16_000_000
# A telephone of 24 million pixels is taken; it is decoded in a process of its own.
_MOST_HEIC = 26_000_000
_HEIC_SECONDS = 30
# Longest side of what is kept, in pixels: a page of A4 is still read at this size.
_LONG = 2000
_SIGNATURE = (1200, 600)
_QUALITIES = (82, 72, 60, 45, 30)

_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
# What stands in the ``ftyp`` box of the container (ISO/IEC 23008-12, annex B); AVIF has other brands.
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_BANDS = {"1": 1, "L": 1, "P": 4, "LA": 2, "I;16": 2, "I": 4, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3}


class BadPhoto(Problem):
    """A file that is no picture we take; ``field`` is the form's field."""

    def __init__(self, detail: str, *, status: int, field: str) -> None:
        errors = [{"field": field, "message": detail}]
        super().__init__("bad-photo", detail, status=status, errors=errors)
        self.status = status


_FORMATS = "写真の形式を確かめてください。JPEG、PNG、WebP、HEICの写真を送れます。"
_BROKEN = "写真を読み取れませんでした。撮り直すか、別の写真を選んでください。"
_HUGE = "写真の画素が多すぎます。小さくしてから送ってください。"
_BLANK = "署名が空です。わくの中に、指かペンで名前を書いてください。"


def picture_from(data: bytes, field: str = "picture") -> Ready:
    """A photo or a scan as it will be kept: a JPEG of at most 400 kB, upright.

    Raises:
        BadPhoto: 415 for anything that is not JPEG, PNG, WebP or HEIC, 422 for a broken or far too large one.
    """
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        data = _from_heic(data, field)
    with _opened(data, field) as image:
        # Whole fractions of the size are decoded at once, without the pixels in between.
        fraction = max(image.size) // _LONG
        if fraction > 1:
            image.draft("RGB", (image.width // fraction, image.height // fraction))
        flat = _flat(_decoded(image, field, (_LONG, _LONG)))
    while True:
        for quality in _QUALITIES:
            kept = io.BytesIO()
            flat.save(kept, "JPEG", quality=quality, optimize=True)
            if kept.tell() <= LARGEST_KEPT:
                return Ready(kept.getvalue(), "image/jpeg", flat.width, flat.height)
        flat = flat.resize((max(1, flat.width * 3 // 4), max(1, flat.height * 3 // 4)), Image.Resampling.LANCZOS)


def signature_from(data: bytes, field: str = "signature") -> Ready:
    """A drawn signature as it will be kept: a small grey PNG, black on white.

    Raises:
        BadPhoto: 415 for anything but PNG, 422 for a broken, far too large or empty one.
    """
    if not data.startswith(b"\x89PNG"):
        raise BadPhoto("署名はPNGで送ってください。", status=415, field=field)
    with _opened(data, field) as image:
        grey = _flat(_decoded(image, field, _SIGNATURE)).convert("L")
    darkest, lightest = grey.getextrema()
    if lightest - darkest < 64:  # type: ignore[operator]
        raise BadPhoto(_BLANK, status=422, field=field)
    grey = _cropped(grey)
    kept = io.BytesIO()
    grey.save(kept, "PNG", optimize=True)
    if kept.tell() > LARGEST_KEPT:
        raise BadPhoto(_BROKEN, status=422, field=field)
    return Ready(kept.getvalue(), "image/png", grey.width, grey.height)


def _cropped(grey: Image.Image, margin: int = 12) -> Image.Image:
    """The strokes and a little white around them: on paper a signature is as large as its box allows."""
    strokes = grey.point(lambda value: 255 if value < 192 else 0).getbbox() or (0, 0, *grey.size)
    left, top = max(0, strokes[0] - margin), max(0, strokes[1] - margin)
    return grey.crop((left, top, min(grey.width, strokes[2] + margin), min(grey.height, strokes[3] + margin)))


def _from_heic(data: bytes, field: str) -> bytes:
    """A HEIC photo as a JPEG of the size that is kept, upright and without metadata. See ``heic``."""
    command = [sys.executable, "-I", heic.__file__, str(_MOST_HEIC), str(_LONG)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_HEIC_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as late:
        raise BadPhoto(_HUGE, status=422, field=field) from late
    if done.returncode != 0:
        raise BadPhoto(_HUGE if done.returncode == heic.HUGE else _BROKEN, status=422, field=field)
    return done.stdout


def _opened(data: bytes, field: str) -> Image.Image:
    """The picture with its header read and judged; no pixel is decoded yet."""
    kind = next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "WEBP"
    if kind is None:
        raise BadPhoto(_FORMATS, status=415, field=field)
    try:
        image = Image.open(io.BytesIO(data), formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPhoto(_HUGE, status=422, field=field) from error
    except Exception as error:
        raise BadPhoto(_BROKEN, status=422, field=field) from error
    pixels = image.width * image.height
    if kind == "JPEG":
        most = _MOST_PROGRESSIVE if image.info.get("progressive") else _MOST_PIXELS
    else:
        most = _ROOM // _BANDS.get(image.mode, 4)
    if pixels > most:
        raise BadPhoto(_HUGE, status=422, field=field)
    return image


def _decoded(image: Image.Image, field: str, most: tuple[int, int]) -> Image.Image:
    """The pixels, made smaller before anything copies them, turned as the camera was held."""
    try:
        image.load()
        if image.mode.startswith("I"):
            image = image.point(lambda value: value / 256).convert("L")
        elif image.mode in ("P", "PA", "1"):
            # Colours that stand in a table can only be mixed once they are spelled out.
            image = image.convert("RGBA" if "transparency" in image.info else "RGB")
        image.thumbnail(most, Image.Resampling.LANCZOS)
        return ImageOps.exif_transpose(image)
    except Exception as error:
        # The decoders raise whatever they like at a file that lies about itself.
        raise BadPhoto(_BROKEN, status=422, field=field) from error


def _flat(image: Image.Image) -> Image.Image:
    """The pixels alone on white: no transparency, and nothing that the file said besides."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        sheet = Image.new("RGB", image.size, "white")
        sheet.paste(clear, mask=clear.getchannel("A"))
        return sheet
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image.convert("RGB"))
    return sheet
