"""Pictures of devices, and every picture's own address."""

from typing import Annotated

from fastapi import Path, Request, Response

from api.files import JPEG, inline
from api.json_doors import json_router
from api.pictures import BadPhoto, picture_from
from api.problems import problems
from api.transactions import ActOnce, Look
from api.uploads import PHOTO, fields_of, file_of, multipart, received
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.errors import NotAllowed
from inventory.pictures import AddPicture, PictureCard, add_picture, pictures_of_device, shown
from inventory.shapes import Card

json = json_router("pictures")
Device = Annotated[str, Path(alias="asset_number", max_length=60)]


class Pictures(Card):
    items: list[PictureCard]
    next: None = None
    total: int


@json.get("/api/devices/{asset_number}/pictures", dependencies=[READERS])
async def device_pictures(device: Device, look: Look) -> Pictures:
    """The newest pictures of a device."""
    items = await look.read(pictures_of_device, device)
    return Pictures(items=items, total=len(items))


@json.post(
    "/api/devices/{asset_number}/pictures",
    status_code=201,
    dependencies=[DESK],
    responses={**problems("missing-op-id", "not-found", "op-id-reused", "bad-photo"), **PHOTO},
    openapi_extra=multipart(
        ["picture"],
        picture={"type": "string", "format": "binary", "description": "JPEG, PNG or WebP of at most 15 MB."},
        operation={"type": "string", "maxLength": 255, "description": "The op_id of the act it belongs to."},
    ),
)
async def add_device_picture(request: Request, device: Device, act: ActOnce) -> PictureCard:
    """Keep a picture of a device, such as of damage on its return."""
    form = await request.form(max_files=1, max_fields=20)
    digest, ready = await received(file_of(form, "picture"), picture_from, "picture")
    if digest is None or ready is None:
        raise BadPhoto("写真を選んでください。", status=422, field="picture")
    order = AddPicture.model_validate({**fields_of(form), "picture": digest})
    return await act(add_picture, order, status=201, device=device, ready=ready)


@json.get(
    "/api/pictures/{picture}",
    dependencies=[READERS],
    response_class=Response,
    responses={**problems("not-found"), 200: JPEG},
)
async def picture(picture: Annotated[str, Path(max_length=20)], look: Look, visitor: Staff) -> Response:
    """A picture's bytes. Scans of agreements show telephone numbers, so viewers do not get them."""
    kept = await look.read(shown, picture)
    if kept.personal and not sees_contacts(visitor):
        raise NotAllowed("この写真を見る役割がありません。管理者に役割を確かめてください。")
    # Whatever a browser makes of these bytes, it is not a page of ours.
    headers = inline(f"picture-{picture}.jpg", f"写真-{picture}.jpg")
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return Response(kept.content, media_type=kept.media_type, headers=headers)
