"""What is to be known of a published file before it is published: what it lacks, loses, and which rules it breaks."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from api.published_files import LayoutCode, LostCharacter, Published, file_name
from api.spreadsheets import Encoding
from inventory.event_rows import EventRow, MissingEventCell, WithheldCell, missing_event_cells, withheld_cells
from inventory.machine_files import read_csv, read_xlsx
from inventory.machine_rules import RuleResult, check_rules
from inventory.open_data import HasCells, MissingCell, PublishedRow, Publisher, missing_cells
from inventory.settings import Settings
from inventory.shapes import Card


class FileCheck(Card):
    """``lost``: characters. ``rules``: 機械可読性ルール by their numbers. Nothing of it keeps anybody from the file."""

    file_name: str
    layout: LayoutCode
    encoding: Encoding
    rows: int
    lost: list[LostCharacter]
    rules: list[RuleResult]


class OpenDataCheck(FileCheck):
    """Of the access points. ``missing``: cells that the layout wants."""

    missing: list[MissingCell]


class EventCheck(FileCheck):
    """Of the events. ``missing``: cells that the layout wants; ``withheld``: cells left empty for somebody's name."""

    missing: list[MissingEventCell]
    withheld: list[WithheldCell]


def publisher_of(request: Request) -> Publisher:
    settings: Settings = request.app.state.settings
    return Publisher(settings.municipality_code, settings.city_name)


def checked(published: Published, rows: list[PublishedRow], publisher: Publisher) -> OpenDataCheck:
    return OpenDataCheck(**_of_file(published, rows, publisher), missing=missing_cells(rows, published.layout))


def events_checked(published: Published, rows: list[EventRow], publisher: Publisher) -> EventCheck:
    return EventCheck(
        **_of_file(published, rows, publisher),
        missing=missing_event_cells(rows, published.layout),
        withheld=withheld_cells(rows, published.layout),
    )


def _of_file(published: Published, rows: Sequence[HasCells], publisher: Publisher) -> dict[str, Any]:
    """Make the file, then look at its bytes as whoever takes it does."""
    content = published.file(rows).content
    read = read_xlsx(content) if published.form == "xlsx" else read_csv(content)
    code: LayoutCode = "suishou" if published.layout.code == "suishou" else "ods"
    return {
        "file_name": file_name(publisher, published.layout.dataset, published.form),
        "layout": code,
        "encoding": published.encoding,
        "rows": len(rows),
        "lost": published.lost(rows),
        "rules": check_rules(read, published.layout),
    }
