"""What a camera sees: labels as printed, held at a distance and an angle, in a tray, in a photo and in a film.

The camera is a pinhole whose picture is 60° wide. Lengths on paper are mm, in pictures px, angles degrees.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from labels.face import Label
from labels.qr import label_url
from labels.sheet import sheet_pdf
from labels.stock import sheet
from tests.labels.reading import crop, pages

TABLE = (176, 164, 148)  # The table a label is held over.
PAPER = sheet("72224")
HALF_FIELD = math.tan(math.radians(30))
FRAME = (1280, 720)
FILM = (960, 540)

Point = tuple[float, float]


def label_of(public_url: str, asset_number: str, number: str) -> Label:
    return Label(
        url=label_url(public_url, number),
        number=number,
        asset_number=asset_number,
        call_number=int(asset_number[-2:]),
        title="前橋市 講座用スマートフォン",
        phone="027-000-1234",
    )


def faces(labels: Sequence[Label]) -> list[Image.Image]:
    """Each label as printed, at 300 dots per inch."""
    cut = []
    for page, first in zip(pages(sheet_pdf(labels).pdf), range(0, len(labels), PAPER.faces), strict=True):
        for place in range(1, min(PAPER.faces, len(labels) - first) + 1):
            left, top = PAPER.corner(place)
            cut.append(crop(page, left, top, PAPER.face_width, PAPER.face_height).convert("RGB"))
    return cut


def photo(labels: Sequence[Label]) -> bytes:
    """A JPEG of a sheet of these labels, as a telephone takes it of the sheet on a table."""
    [page] = pages(sheet_pdf(labels).pdf, 200)
    table = Image.new("RGB", (page.width + 120, page.height + 120), TABLE)
    table.paste(page.convert("RGB"), (60, 60))
    return jpeg(table.rotate(1.5, resample=Image.Resampling.BICUBIC, fillcolor=TABLE))


# ---- A label before the camera ----


@dataclass(frozen=True)
class Pose:
    """How a label is held: its middle in the picture, its width there, turned in the picture's plane, tilted out of it.

    ``axis`` is the direction, in the label's plane, of the line about which it is tilted: 0 tips top or bottom away,
    90 turns the left or right side away.
    """

    at: Point = (640, 360)
    width: float = 640
    turn: float = 0
    tilt: float = 0
    axis: float = 90


def hold(picture: Image.Image, card: Image.Image, pose: Pose) -> None:
    """Draw a card into the picture as the camera sees it, each pixel the mean of four: a sensor's pixel has an area."""
    fine = 2
    corners = [(x * fine, y * fine) for x, y in _corners(picture, card, pose)]
    left, top = (math.floor(min(axis)) // fine * fine for axis in zip(*corners, strict=True))
    right, bottom = (math.ceil(max(axis) / fine + 1) * fine for axis in zip(*corners, strict=True))
    size = (right - left, bottom - top)
    # The warp looks at single pixels, so what it takes them from is no finer than what it makes.
    ratio = min(1.0, pose.width * fine / card.width)
    source = card.resize((round(card.width * ratio), round(card.height * ratio)), Image.Resampling.BOX, reducing_gap=2)
    edges = [(0, 0), (source.width, 0), (source.width, source.height), (0, source.height)]
    data = _homography([(x - left, y - top) for x, y in corners], edges)
    warp = (size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BILINEAR)
    seen = source.transform(*warp).reduce(fine)
    mask = Image.new("L", source.size, 255).transform(*warp).reduce(fine)
    picture.paste(seen, (left // fine, top // fine), mask)


def _corners(picture: Image.Image, card: Image.Image, pose: Pose) -> list[Point]:
    focal = picture.width / 2 / HALF_FIELD
    distance = focal * card.width / pose.width
    turn, tilt, axis = (math.radians(angle) for angle in (pose.turn, pose.tilt, pose.axis))
    found = []
    for right, down in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        x, y = right * card.width, down * card.height
        along = x * math.cos(axis) + y * math.sin(axis)
        across = -x * math.sin(axis) + y * math.cos(axis)
        depth, across = across * math.sin(tilt), across * math.cos(tilt)
        x, y = along * math.cos(axis) - across * math.sin(axis), along * math.sin(axis) + across * math.cos(axis)
        x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        scale = focal / (distance + depth)
        found.append((pose.at[0] + x * scale, pose.at[1] + y * scale))
    return found


def _homography(seen: Sequence[Point], source: Sequence[Point]) -> list[float]:
    """The eight numbers by which Pillow finds the source of each point: Gauss on eight equations."""
    rows = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for at in range(8):
        best = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for row in range(8):
            if row != at:
                factor = rows[row][at]
                rows[row] = [value - factor * own for value, own in zip(rows[row], rows[at], strict=True)]
    return [row[8] for row in rows]


# ---- What a camera does to it ----


def soften(picture: Image.Image, module: float) -> Image.Image:
    """Out of focus until the finest bars, one module dark and one light, keep half of their contrast.

    ``module`` is their width in px. A Gaussian of deviation σ keeps exp(-2π²σ²f²) of frequency f; with f = 1 / (2
    modules) half is left at σ = 0.375 modules.
    """
    return picture.filter(ImageFilter.GaussianBlur(math.sqrt(2 * math.log(2)) / math.pi * module))


def darken(picture: Image.Image, random: Random, *, light: float = 0.06, noise: float = 9) -> Image.Image:
    """A dim room: ``light`` of the light of a well-lit picture reaches the sensor, in one direction only half of that.

    The camera raises it eightfold and its noise with it, to a deviation of ``noise`` of 256 steps.
    """
    shade = Image.linear_gradient("L").resize(picture.size).rotate(random.choice((0, 180)))
    shade = shade.point([128 + level // 2 for level in range(256)])
    dim = ImageChops.multiply(picture, Image.merge("RGB", (shade,) * 3))
    # Rounded to the sensor's steps before it is raised: what the dark has swallowed does not come back.
    raised = dim.point([min(255, round(level * light) * 8) for level in range(256)] * 3)
    return _grained(raised, noise)


def _grained(picture: Image.Image, deviation: float) -> Image.Image:
    grain = Image.effect_noise(picture.size, deviation)
    return ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), 1, -128)


# ---- A tray ----


def tray(labels: Sequence[Label], random: Random, *, size: tuple[int, int] = (1920, 1080)) -> bytes:
    """A JPEG of 16 telephones face down in a tray, a label on the back of each, taken from the tray's front edge.

    They lie in four rows of four, each a little askew and with its head left or right; the tray is 684 mm wide and
    fills the picture, so that a module of a QR code is 1.6 px wide at its middle.
    """
    step, dots = (168, 90), 5  # mm from one telephone to the next, px per mm of the drawing
    flat = Image.new("RGB", (round((4 * step[0] + 12) * dots), round((4 * step[1] + 12) * dots)), (92, 96, 98))
    for place, face in enumerate(faces(labels)):
        phone = Image.new("RGB", (152 * dots, 72 * dots), random.choice(_CASES))
        ImageDraw.Draw(phone).ellipse((5 * dots, 5 * dots, 17 * dots, 17 * dots), fill=(18, 20, 24))
        printed = face.resize((round(PAPER.face_width * dots), round(PAPER.face_height * dots)), Image.Resampling.BOX)
        phone.paste(printed, (76 * dots, 19 * dots))
        at = [
            (6 + (where + 0.5) * length + random.uniform(-3, 3)) * dots
            for where, length in zip((place % 4, place // 4), step, strict=True)
        ]
        askew = phone.convert("RGBA").rotate(
            random.uniform(-5, 5) + random.choice((0, 180)), Image.Resampling.BICUBIC, expand=True
        )
        flat.paste(askew, (round(at[0] - askew.width / 2), round(at[1] - askew.height / 2)), askew)
    picture = Image.new("RGB", size, (60, 58, 56))
    hold(picture, flat, Pose((size[0] / 2, size[1] / 2), size[0] * 0.95, turn=random.uniform(-1, 1), tilt=-12, axis=0))
    # A lens and a sensor at their best: half a pixel out of focus, a little noise.
    seen = picture.filter(ImageFilter.GaussianBlur(0.5))
    return jpeg(_grained(seen, 4), quality=90)


_CASES = ((38, 42, 48), (204, 206, 210), (44, 62, 92), (70, 72, 70))


# ---- Films ----


def video(file: Path, label: Label, *, shown: int, away: int) -> None:
    """Motion JPEG for Chromium's fake camera, 30 frames a second: the label is there for some frames, then away."""
    [face] = faces([label])
    empty = Image.new("RGB", (640, 480), TABLE)
    held = empty.copy()
    hold(held, face, Pose((320, 240), 520, turn=-4))
    file.write_bytes(jpeg(held) * shown + jpeg(empty) * away)


def parade(file: Path, labels: Sequence[Label], random: Random, *, lead: int = 45) -> float:
    """A film of one label after the other brought before the camera, held, and taken away; how many seconds it lasts.

    Each label takes 30 frames, one second: 8 coming, smeared by the movement, 10 held in a hand that shakes, 6 going,
    6 of the bare table. The hand brings each at another angle and distance. ``lead`` frames of table go before.
    """
    empty = Image.new("RGB", FILM, TABLE)
    bare = jpeg(empty)
    film = [bare] * lead
    for face in faces(labels):
        held = Pose(
            (FILM[0] / 2 + random.uniform(-60, 60), FILM[1] / 2 + random.uniform(-30, 30)),
            random.uniform(360, 465),
            turn=random.uniform(-12, 12),
            tilt=random.uniform(0, 20),
            axis=random.uniform(0, 180),
        )
        for pose, moved in _movement(held, random):
            frame = empty.copy()
            hold(frame, face, pose)
            if moved:
                frame = frame.filter(ImageFilter.BoxBlur((moved, 0)))
            film += [jpeg(frame)] * 2  # A telephone's camera in a hall gives 15 different pictures a second.
        film += [bare] * 6
    file.write_bytes(b"".join(film))
    return len(film) / 30


def _movement(held: Pose, random: Random) -> Iterator[tuple[Pose, float]]:
    """Twelve positions, and by how many px to either side each is smeared."""
    for away in (570, 350, 165, 45):
        yield replace(held, at=(held.at[0] + away, held.at[1] + away / 6)), away / 30
    for _ in range(5):
        shaken = (held.at[0] + random.uniform(-3, 3), held.at[1] + random.uniform(-3, 3))
        yield replace(held, at=shaken, turn=held.turn + random.uniform(-1, 1)), random.choice((0, 1))
    for away in (90, 300, 570):
        yield replace(held, at=(held.at[0] - away, held.at[1])), away / 30


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()
