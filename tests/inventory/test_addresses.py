"""Addresses: parted where the list of municipalities is sure, whole where it is not; codes with what a sheet took."""

import csv

import pytest

from inventory.addresses import (
    _FILE,
    PARTS,
    NotACode,
    NotAPostalCode,
    municipality,
    municipality_code,
    postal_code,
    settled,
    split_address,
    whole_address,
)


def every() -> list[dict[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("whole", "parted"),
    [
        ("群馬県前橋市大手町2-12-1", ("群馬県", "前橋市", "大手町2-12-1")),
        ("前橋市古市町1-2", ("群馬県", "前橋市", "古市町1-2")),
        ("群馬県佐波郡玉村町下新田201", ("群馬県", "佐波郡玉村町", "下新田201")),
        ("佐波郡玉村町下新田201", ("群馬県", "佐波郡玉村町", "下新田201")),
        ("三重県四日市市諏訪町1", ("三重県", "四日市市", "諏訪町1")),
        ("市川市八幡1", ("千葉県", "市川市", "八幡1")),
        ("大和郡山市北郡山町", ("奈良県", "大和郡山市", "北郡山町")),
        ("東京都府中市宮西町", ("東京都", "府中市", "宮西町")),
        # Two prefectures have one, a street may be called so, and 津 is the beginning of many a word.
        ("府中市宮西町", (None, None, "府中市宮西町")),
        ("朝日町1-2", (None, None, "朝日町1-2")),
        ("中央区1-1", (None, None, "中央区1-1")),
        ("津市場123", (None, None, "津市場123")),
        ("余市町黒川町", (None, None, "余市町黒川町")),
        ("堀越町1115", (None, None, "堀越町1115")),
        ("群馬県どこか1", ("群馬県", None, "どこか1")),
        ("", (None, None, "")),
    ],
)
def test_an_address_is_parted_only_where_that_is_certain(
    whole: str, parted: tuple[str | None, str | None, str]
) -> None:
    assert split_address(whole) == parted


def test_every_municipality_is_found_in_its_own_address_and_never_another() -> None:
    rows = every()
    assert len(rows) == 1741
    for row in rows:
        found = split_address(f"{row['prefecture']}{row['name']}1-2-3")
        assert found == (row["prefecture"], row["name"], "1-2-3")
        alone = split_address(f"{row['name']}1-2-3")
        assert alone[:2] in ((row["prefecture"], row["name"]), (None, None))


def test_a_code_gets_back_what_a_sheet_took_and_is_never_another_city_s() -> None:
    read = 0
    for row in every():
        code = row["code"]
        assert municipality_code(code) == code
        place = municipality(code)
        assert place is not None and (place.prefecture, place.name) == (row["prefecture"], row["name"])
        for shortened in {code.lstrip("0"), code[:5], code[:5].lstrip("0")} - {code}:
            try:
                assert municipality_code(shortened) == code
                read += 1
            except NotACode:
                # Five digits may be 士別市 without its zero or 市川市 without its check digit.
                assert len(shortened) == 5
    assert read > 2000
    assert municipality_code("１０２０１６") == municipality_code("10201") == municipality_code("10201.0") == "102016"
    for wrong in ("102015", "999999", "前橋市", "", "12203", "1234567", "1"):
        with pytest.raises(NotACode):
            municipality_code(wrong)


def test_a_whole_is_made_of_parts_and_parts_follow_a_whole() -> None:
    parts = {"prefecture": "群馬県", "city": "前橋市", "town": "堀越町", "street": "1115", "building": "大胡支所2階"}
    assert whole_address(parts) == "群馬県前橋市堀越町1115 大胡支所2階"
    assert whole_address({"prefecture": "群馬県", "city": "前橋市"}) is None
    made = settled(parts, {})
    assert made["address"] == "群馬県前橋市堀越町1115 大胡支所2階"
    moved = settled({"town": "茂木町", "street": "1"}, made)
    assert moved["address"] == "群馬県前橋市茂木町1 大胡支所2階"
    # A whole that was written otherwise stays as long as it says the same.
    same = settled({"town": "堀越町", "street": "1115"}, {"address": "前橋市堀越町1115"})
    assert same["address"] == "前橋市堀越町1115"
    elsewhere = settled({"address": "高松市瀬戸内町22-9"}, made)
    assert [elsewhere[name] for name in PARTS] == ["香川県", "高松市", None, None, None]
    kept = settled({"address": "群馬県前橋市堀越町1115番地"}, made)
    assert (kept["town"], kept["street"], kept["building"]) == ("堀越町", "1115", None)
    both = settled({"address": "堀越町1115", "town": "堀越町"}, {"prefecture": "群馬県", "city": "前橋市"})
    assert (both["address"], both["town"], both["city"]) == ("堀越町1115", "堀越町", "前橋市")
    prefilled = settled({"address": "高松市瀬戸内町22-9", "prefecture": "群馬県", "city": "前橋市"}, {})
    assert (prefilled["prefecture"], prefilled["city"]) == ("香川県", "高松市")
    assert settled({"address": None}, {"address": "前橋市堀越町", "city": "前橋市"})["address"] is None


def test_postal_codes_are_seven_digits() -> None:
    assert {postal_code(text) for text in ("371-0222", "〒３７１－０２２２", "3710222", " 371 0222")} == {"3710222"}
    for wrong in ("371-022", "371-02222", "前橋", "371-022a"):
        with pytest.raises(NotAPostalCode):
            postal_code(wrong)
