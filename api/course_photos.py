"""Photos of a course, over JSON, as a page, and as a part of the course's page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from api.forms import Sent
from api.json_doors import json_router
from api.pages import render, see_other
from api.pictures import BadPhoto, picture_from
from api.problems import problems
from api.transactions import ActMaybeOnce, Look
from api.uploads import (
    PHOTO,
    Refused,
    SentFiles,
    fields_of,
    file_of,
    multipart,
    received,
    said_beside,
    said_status,
)
from api.visitors import DESK, READERS, Staff, sees_contacts
from inventory.course_photos import (
    AddCoursePhoto,
    ChangeCoursePhoto,
    CoursePhoto,
    CoursePhotos,
    add_course_photo,
    change_course_photo,
    erase_course_photo,
    list_course_photos,
)
from inventory.courses import CourseCard, course_card
from inventory.errors import NotFound

json = json_router("courses")
pages = APIRouter(include_in_schema=False)
Course = Annotated[str, Path(alias="course", max_length=60)]
Photo = Annotated[str, Path(alias="id", max_length=20)]


@json.get("/api/courses/{course}/photos", dependencies=[READERS], responses=problems("not-found"))
async def photos(course: Course, look: Look, visitor: Staff) -> CoursePhotos:
    """Photos that are kept, the newest first; viewers get those with consent. Bytes are at ``/api/pictures/{id}``."""
    return await look.read(list_course_photos, course, consented=not sees_contacts(visitor))


@json.post(
    "/api/courses/{course}/photos",
    status_code=201,
    dependencies=[DESK],
    responses={**problems("not-found", "bad-photo"), **PHOTO},
    openapi_extra=multipart(
        ["photo"],
        photo={"type": "string", "format": "binary", "description": "JPEG, PNG, WebP or HEIC of at most 15 MB."},
        caption={"type": "string", "maxLength": 200, "description": "What it shows; no names."},
        consent={"type": "boolean", "description": "Everybody on it agreed that it is printed. Default: false."},
    ),
)
async def add_photo(request: Request, course: Course, act: ActMaybeOnce) -> CoursePhoto:
    """Keep a photo, drawn anew without what the camera wrote into it."""
    form = await request.form(max_files=1, max_fields=20)
    digest, ready = await received(file_of(form, "photo"), picture_from, "photo")
    if digest is None or ready is None:
        raise _no_photo()
    order = AddCoursePhoto.model_validate({**fields_of(form), "photo": digest})
    return await act(add_course_photo, order, status=201, course=course, ready=ready)


@json.post("/api/courses/{course}/photos/{id}/change", dependencies=[DESK], responses=problems("not-found"))
async def change_photo(course: Course, photo: Photo, order: ChangeCoursePhoto, act: ActMaybeOnce) -> CoursePhoto:
    """Another caption, or consent that was given or taken back."""
    return await act(change_course_photo, order, course=course, picture=photo)


@json.post("/api/courses/{course}/photos/{id}/erase", dependencies=[DESK], responses=problems("not-found"))
async def erase_photo(course: Course, photo: Photo, act: ActMaybeOnce) -> CoursePhoto:
    """Take the bytes and the caption away for good; that it was there stays."""
    return await act(erase_course_photo, course=course, picture=photo)


@dataclass(frozen=True)
class _Loaded:
    card: CourseCard
    photos: list[CoursePhoto]


def _load(session: Session, course: str) -> _Loaded:
    return _Loaded(course_card(session, course), list_course_photos(session, course).items)


@pages.get("/courses/{course}/photos", dependencies=[DESK])
async def photo_page(request: Request, course: Course, look: Look) -> Response:
    return _page(request, await look.read(_load, course), {})


@pages.post("/courses/{course}/photos", dependencies=[DESK])
async def add_photo_by_form(request: Request, course: Course, sent: SentFiles, look: Look) -> Response:
    try:
        digest, ready = await received(sent.files.get("photo"), picture_from, "photo")
        if digest is None or ready is None:
            raise _no_photo()
        said = {**sent.given("caption"), "consent": "consent" in sent.values, "photo": digest}
        order = AddCoursePhoto.model_validate(said)
        await sent.act(add_course_photo, order, status=201, course=course, ready=ready)
    except NotFound:
        raise
    except Refused as error:
        return _page(request, await look.read(_load, course), sent.values, error)
    return see_other(f"/courses/{course}/photos", done="photo-added")


@pages.post("/courses/{course}/photos/{id}/change", dependencies=[DESK])
async def change_by_form(request: Request, course: Course, photo: Photo, sent: Sent, look: Look) -> Response:
    try:
        said = {"caption": sent.values.get("caption", ""), "consent": "consent" in sent.values}
        await sent.act(change_course_photo, ChangeCoursePhoto.model_validate(said), course=course, picture=photo)
    except NotFound:
        raise
    except Refused as error:
        return _page(request, await look.read(_load, course), {}, error, of=photo, typed=sent.values)
    return see_other(f"/courses/{course}/photos", done="changed")


@pages.post("/courses/{course}/photos/{id}/erase", dependencies=[DESK])
async def erase_by_form(course: Course, photo: Photo, sent: Sent) -> Response:
    await sent.act(erase_course_photo, course=course, picture=photo)
    return see_other(f"/courses/{course}/photos", done="photo-erased")


def _no_photo() -> BadPhoto:
    return BadPhoto("写真を選んでください。", status=422, field="photo")


def _page(
    request: Request,
    loaded: _Loaded,
    values: Mapping[str, str],
    error: Exception | None = None,
    *,
    of: str | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """``of``: the photo whose own form came back, with what was ``typed`` in it."""
    errors = said_beside(error) if error else {}
    return render(
        request,
        "courses/photos.html",
        nav="courses",
        status=said_status(error) if error else 200,
        card=loaded.card,
        photos=loaded.photos,
        values=values,
        of=of,
        typed=typed or {},
        # The fields of a photo's own form carry its number.
        errors={f"{name}-{of}" if of and name else name: said for name, said in errors.items()},
    )
