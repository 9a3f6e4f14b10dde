"""Open data: the published lists as files, and what is to be known of each before it is published."""

from functools import partial
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Path, Query, Request, Response

from api.json_doors import json_router
from api.open_data_checks import EventCheck, OpenDataCheck, checked, events_checked, publisher_of
from api.published_files import FileForm, Headers, LayoutCode, Published, file_name
from api.spreadsheets import Encoding, File, Table, csv_file
from api.table_files import XLSX
from api.transactions import Look, Now
from api.visitors import READERS
from inventory.calendar import today
from inventory.event_rows import EVENTS, published_events
from inventory.open_data import DATASET, published_rows
from inventory.open_data_layouts import Layout, layout

json = json_router("open_data")

LayoutAsked = Annotated[LayoutCode, Query(description="ods: 自治体標準, suishou: 推奨データセット (old).")]
HeadersAsked = Annotated[Headers, Query(description="Japanese headers, or the layout's physical names in ASCII.")]
EncodingAsked = Annotated[Encoding, Query(description="Of CSV. cp932 is what old Japanese software reads.")]
FormAsked = Annotated[FileForm, Query(description="The file that is checked.")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. X-Lost-Characters counts what cp932 cannot hold; each such character stands as 〓.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


_ANSWER: dict[str, Any] = {"dependencies": [READERS], "response_class": Response, "responses": _FILE}


@json.get("/api/exports/public_wireless_lan.{form}", **_ANSWER)
async def public_wireless_lan(
    request: Request,
    look: Look,
    now: Now,
    form: Annotated[FileForm, Path(description="csv, or xlsx for a spreadsheet.")],
    layout_code: Annotated[LayoutAsked, Query(alias="layout")] = "ods",
    encoding: EncodingAsked = "utf-8-sig",
    headers: HeadersAsked = "japanese",
) -> Response:
    """公衆無線LANアクセスポイント一覧: access points in place at venues in service, one row each."""
    publisher = publisher_of(request)
    published = Published(layout(DATASET, layout_code), headers, form, encoding)
    rows = await look.read(published_rows, on=today(now), publisher=publisher)
    made: File = await run_sync(published.file, rows)
    return _download(made, file_name(publisher, DATASET, form), form, encoding)


def _download(made: File, name: str, form: FileForm, encoding: Encoding) -> Response:
    charset = "windows-31j" if encoding == "cp932" else "utf-8"
    kind = XLSX if form == "xlsx" else f"text/csv; charset={charset}; header=present"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Lost-Characters": str(made.lost),
        "Content-Type": kind,
    }
    return Response(made.content, headers=headers)


@json.get("/api/open-data/public_wireless_lan/check", dependencies=[READERS])
async def check_public_wireless_lan(
    request: Request,
    look: Look,
    now: Now,
    layout_code: Annotated[LayoutAsked, Query(alias="layout")] = "ods",
    encoding: EncodingAsked = "utf-8-sig",
    headers: HeadersAsked = "japanese",
    form: FormAsked = "csv",
) -> OpenDataCheck:
    """What the file lacks: required cells, characters of the encoding, and rules of 機械可読性ルール that it breaks."""
    publisher = publisher_of(request)
    rows = await look.read(published_rows, on=today(now), publisher=publisher)
    published = Published(layout(DATASET, layout_code), headers, form, encoding)
    return await run_sync(partial(checked, published, rows, publisher))


@json.get("/api/open-data/public_wireless_lan/definition.csv", **_ANSWER)
async def definition(
    request: Request,
    layout_code: Annotated[LayoutAsked, Query(alias="layout")] = "ods",
    encoding: EncodingAsked = "utf-8-sig",
) -> Response:
    """The columns of a layout: what each is called, in Japanese and in ASCII, and what stands in it."""
    return await _definition(request, layout(DATASET, layout_code), encoding)


@json.get("/api/exports/event.{form}", **_ANSWER)
async def event(
    request: Request,
    look: Look,
    now: Now,
    form: Annotated[FileForm, Path(description="csv, or xlsx for a spreadsheet.")],
    layout_code: Annotated[LayoutAsked, Query(alias="layout")] = "ods",
    encoding: EncodingAsked = "utf-8-sig",
    headers: HeadersAsked = "japanese",
) -> Response:
    """イベント一覧: courses marked as published, of this fiscal year and later, one row each."""
    publisher = publisher_of(request)
    published = Published(layout(EVENTS, layout_code), headers, form, encoding)
    rows = await look.read(published_events, on=today(now), publisher=publisher)
    made: File = await run_sync(published.file, rows)
    return _download(made, file_name(publisher, EVENTS, form), form, encoding)


@json.get("/api/open-data/event/check", dependencies=[READERS])
async def check_event(
    request: Request,
    look: Look,
    now: Now,
    layout_code: Annotated[LayoutAsked, Query(alias="layout")] = "ods",
    encoding: EncodingAsked = "utf-8-sig",
    headers: HeadersAsked = "japanese",
    form: FormAsked = "csv",
) -> EventCheck:
    """What the list of events lacks, loses and withholds, and which rules of 機械可読性ルール its bytes break."""
    publisher = publisher_of(request)
    rows = await look.read(published_events, on=today(now), publisher=publisher)
    published = Published(layout(EVENTS, layout_code), headers, form, encoding)
    return await run_sync(partial(events_checked, published, rows, publisher))


@json.get("/api/open-data/event/definition.csv", **_ANSWER)
async def event_definition(
    request: Request,
    layout_code: Annotated[LayoutAsked, Query(alias="layout")] = "ods",
    encoding: EncodingAsked = "utf-8-sig",
) -> Response:
    """The columns of a layout of the list of events."""
    return await _definition(request, layout(EVENTS, layout_code), encoding)


async def _definition(request: Request, asked: Layout, encoding: Encoding) -> Response:
    made = await run_sync(csv_file, definition_table(asked), encoding)
    return _download(made, f"{publisher_of(request).code}_{asked.dataset}_definition.csv", "csv", encoding)


_REQUIRED = {"required": "必須", "recommended": "推奨", "optional": "任意"}
_PROOF = {"seen": "公開された資料で確認", "partly": "一部を確認", "unproved": "未確認"}
_CELL = {
    "text": "文字列",
    "id": "半角英数字",
    "code6": "6桁の半角数字",
    "corporate": "13桁の半角数字",
    "kana": "全角カタカナ",
    "address": "都道府県からの住所",
    "latitude": "度（小数6桁、世界測地系）",
    "longitude": "度（小数6桁、世界測地系）",
    "phone": "半角数字とハイフン",
    "email": "メールアドレス",
    "url": "URL",
    "postal": "7桁の半角数字",
    "ssid": "文字列（32バイトまで）",
    "poi": "4桁の半角数字",
    "weekdays": "月火水木金土日のうち",
    "time": "hh:mm",
    "day": "YYYY-MM-DD",
    "count": "整数",
    "yes_no": "有・無",
}


def definition_table(asked: Layout) -> Table:
    rows = [
        [
            str(number),
            column.name,
            _REQUIRED[column.required],
            _CELL[column.cell],
            column.physical,
            column.example or None,
            column.note or None,
            _PROOF[column.proof],
        ]
        for number, column in enumerate(asked.columns, start=1)
    ]
    names = ("項目No", "項目名", "区分", "形式", "物理名", "記入例", "説明", "列の確かさ")
    return Table(f"{asked.title}の定義", names, rows)
