"""What is to be known of a published file before it is published: what it lacks, loses, and which rules it breaks."""

from fastapi import Request

from api.access_point_tables import LayoutCode, LostCharacter, Published, file_name
from api.spreadsheets import Encoding
from inventory.machine_files import read_csv, read_xlsx
from inventory.machine_rules import RuleResult, check_rules
from inventory.open_data import MissingCell, PublishedRow, Publisher, missing_cells
from inventory.settings import Settings
from inventory.shapes import Card


class OpenDataCheck(Card):
    """``missing``: cells that the layout wants. ``lost``: characters. ``rules``: 機械可読性ルール by their numbers.

    Nothing of it keeps the file from being taken.
    """

    file_name: str
    layout: LayoutCode
    encoding: Encoding
    rows: int
    missing: list[MissingCell]
    lost: list[LostCharacter]
    rules: list[RuleResult]


def publisher_of(request: Request) -> Publisher:
    settings: Settings = request.app.state.settings
    return Publisher(settings.municipality_code, settings.city_name)


def checked(published: Published, rows: list[PublishedRow], publisher: Publisher) -> OpenDataCheck:
    """Make the file, then look at its bytes as whoever takes it does."""
    content = published.file(rows).content
    read = read_xlsx(content) if published.form == "xlsx" else read_csv(content)
    code: LayoutCode = "suishou" if published.layout.code == "suishou" else "ods"
    return OpenDataCheck(
        file_name=file_name(publisher, published.form),
        layout=code,
        encoding=published.encoding,
        rows=len(rows),
        missing=missing_cells(rows, published.layout),
        lost=published.lost(rows),
        rules=check_rules(read, published.layout),
    )
