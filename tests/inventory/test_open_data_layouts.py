"""Layouts are data files: what stands in them, which of them a header line is of, and what is no layout."""

import csv
import re
import tomllib
from pathlib import Path

import pytest

from inventory.open_data_layouts import CELLS, find_header, header_word, layout, layouts, read_header, read_layout
from inventory.open_data_rows import read_cell

FOLDER = Path(__file__).parents[2] / "inventory" / "data" / "open_data"
FILES = sorted(FOLDER.glob("*.toml"))
LAN = layouts("public_wireless_lan")
OLD = (
    "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_英語,住所,方書,緯度,経度,設置者,電話番号,"
    "内線番号,SSID,提供エリア,URL,備考"
)
LEAST = """
dataset = "things"
code = "a"
title = "もの"
edition = "1"
source = "ここ"
proof = "seen"
note = ""
"""
COLUMN = '[[columns]]\nkey = "{}"\nname = "{}"\nphysical = "{}"\nrequired = "{}"\ncell = "{}"\n'
NAME = COLUMN.format("name", "名称", "name", "required", "text")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_is_a_layout_of_its_name(file: Path) -> None:
    made = read_layout(file.read_text(encoding="utf-8"))
    assert file.stem == f"{made.dataset}_{made.code}"
    assert layout(made.dataset, made.code) == made
    assert made.source and made.edition and all(column.cell in CELLS for column in made.columns)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_is_a_cell_as_it_should_be(file: Path) -> None:
    for column in read_layout(file.read_text(encoding="utf-8")).columns:
        if column.example:
            assert read_cell(column.cell, column.example) == column.example, column.key


def test_every_kind_of_cell_has_a_reader() -> None:
    assert {kind for kind in CELLS if read_cell(kind, " ") is None} == set(CELLS)


def test_the_layouts_travel_with_the_program() -> None:
    """What an installation takes along besides modules stands in the project file."""
    project = tomllib.loads((FOLDER.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["inventory"]
    package = FOLDER.parents[1]
    taken = {file for pattern in patterns for file in package.glob(pattern)}
    assert FILES and set(FILES) <= taken


def test_the_two_layouts_of_access_points_have_their_columns() -> None:
    assert {one.code: len(one.columns) for one in LAN} == {"ods": 28, "suishou": 18}
    old = layout("public_wireless_lan", "suishou")
    assert ",".join(old.headers()) == OLD
    assert [column.name for column in old.columns if column.required == "required"] == ["名称", "名称_カナ", "住所"]
    new = layout("public_wireless_lan", "ods")
    assert [column.name for column in new.columns if column.required == "required"] == ["名称", "所在地_連結表記"]
    assert new.headers(physical=True)[13:15] == ("seat_after_address", "buillding_name_etc")
    # What no public material shows is said to be so, and nothing is said to be required for it.
    assert {column.required for column in new.columns if column.proof == "unproved"} == {"optional"}


@pytest.mark.parametrize(
    ("line", "code", "unread"),
    [
        (OLD, "suishou", ()),
        (OLD + ",最終確認日", "suishou", ("最終確認日",)),
        ("都道府県コ-ド又は市区町村コ-ド,No,名称◎,名称_カナ◎,住所◎,ＳＳＩＤ", "suishou", ()),
        ("全国地方公共団体コード,ID,名称,所在地_連結標記,建物名等（方書）,SSID", "ods", ()),
        ("localgov_code,id,name,seat_copulative_spell,buillding_name_etc,ssid", "ods", ()),
        ("#property,latitude,prefCode,identification,name,fullNameInKana,ssid,area", "suishou", ("#property",)),
    ],
)
def test_a_header_is_known_however_it_is_spelt(line: str, code: str, unread: tuple[str, ...]) -> None:
    cells = next(csv.reader([line]))
    read = read_header(cells, LAN)
    assert (read.layout.code, read.unread) == (code, unread)
    assert len(read.places) == len(cells) - len(unread)
    assert read.headers["name"] in ("名称", "名称◎", "name")


def test_of_two_columns_of_one_meaning_the_first_counts() -> None:
    read = read_header(["名称", "SSID", "名称"], LAN)
    assert (read.places["name"], read.unread) == (0, ("名称",))


def test_a_header_is_looked_for_below_a_title() -> None:
    rows = [(1, ["公衆無線LAN一覧"]), (3, ["名称", "SSID"]), (4, ["大胡公民館", "x"])]
    needed = frozenset({"name", "ssid"})
    found = find_header(rows, LAN, needed=needed)
    assert found is not None and found[0] == 1
    assert find_header(rows, LAN, needed=needed, searched=1) is None
    assert find_header(rows, LAN, needed=needed | {"kind"}) is None


def test_words_are_compared_without_marks() -> None:
    assert header_word("名称◎") == header_word("名　称") == header_word("名称〇")


@pytest.mark.parametrize(
    "columns",
    [
        COLUMN.format("name", "名称", "name", "required", "text")
        + COLUMN.format("name", "名", "n", "optional", "text"),
        NAME + COLUMN.format("n", "名称", "n", "optional", "text"),
        COLUMN.format("name", "名称", "name", "required", "text")
        + COLUMN.format("n", "名", "name", "optional", "text"),
        COLUMN.format("name", "名称", "name", "required", "colour"),
        COLUMN.format("name", "名称", "name", "perhaps", "text"),
        COLUMN.format("name", "名称", "名前", "required", "text"),
        NAME + 'colour = "red"\n',
        NAME + 'aliases = "名"\n',
        "columns = 1\n",
        "[[columns]\n",
        "",
    ],
)
def test_what_is_no_layout_is_refused(columns: str) -> None:
    with pytest.raises(ValueError, match=re.compile(".+")):
        read_layout(LEAST + columns)
    with pytest.raises(KeyError):
        layout("things", "a")
