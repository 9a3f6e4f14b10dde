"""What a form about an agreement sent, as the rule book's orders and the pictures that go with them."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile

from api.pictures import BadPhoto, picture_from, signature_from
from api.uploads import LARGEST_SIGNATURE, made_from, received
from inventory.agreements import AttachScan, FilePaper, Sign
from inventory.pictures import Ready
from inventory.text import tag_number_in

_DRAWN = "data:image/png;base64,"


async def sign_order(fields: Mapping[str, Any], file: UploadFile | None) -> tuple[Sign, Ready | None]:
    """An order to sign, and the drawing as it will be kept.

    Raises:
        ValidationError, Problem: a field is wrong, the drawing is none, or it is empty.
    """
    digest, ready = await received(file, signature_from, "signature", LARGEST_SIGNATURE)
    return Sign.model_validate({**fields, **({"signature": digest} if digest else {})}), ready


async def drawn_order(fields: Mapping[str, Any], drawing: str) -> tuple[Sign, Ready | None]:
    """An order to sign from a page, which sends its drawing as text, so that a refused form can show it again."""
    digest, ready = await made_from(drawn(drawing), signature_from, "signature")
    return Sign.model_validate({**fields, **({"signature": digest} if digest else {})}), ready


async def paper_order(fields: Mapping[str, Any], file: UploadFile | None) -> tuple[FilePaper, Ready | None]:
    """An order to file a paper, and the scan where one came along."""
    digest, ready = await received(file, picture_from, "scan")
    written = dict(fields)
    if written.get("paper"):
        # A number is read in any width and grouping; what is none is left for the shape to refuse.
        written["paper"] = tag_number_in(written["paper"]) or written["paper"]
    return FilePaper.model_validate({**written, **({"scan": digest} if digest else {})}), ready


async def scan_order(file: UploadFile | None) -> tuple[AttachScan, Ready]:
    """Raises BadPhoto when no file came."""
    digest, ready = await received(file, picture_from, "scan")
    if digest is None or ready is None:
        raise BadPhoto("紙の写真か、スキャンした画像を選んでください。", status=422, field="scan")
    return AttachScan(scan=digest), ready


def drawn(text: str) -> bytes | None:
    """The PNG that a page drew and sent as a data address; None where nobody drew.

    Raises:
        BadPhoto: it is not what our page sends.
    """
    if not text:
        return None
    try:
        if text.startswith(_DRAWN):
            return base64.b64decode(text.removeprefix(_DRAWN), validate=True)
    except binascii.Error:
        pass
    raise BadPhoto("署名を読み取れませんでした。もう一度書いてください。", status=422, field="signature")
