"""The report of a fiscal year over JSON and as files: the published figures of 令和3年度 on each of them."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from tests.api.conftest import op
from tests.api.furnishing import made
from tests.inventory.seed_rows import seed_orders
from tests.labels.reading import text

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
YEAR = "/api/fiscal-years/2021"
FIX = {"submitted_on": "2022-05-31", "with_approx": False}


@pytest.fixture
def seeded(sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]) -> TestClient:
    at(NOW)
    desk = sign_in("desk")
    for order in seed_orders():
        made(desk, "/api/programmes", order.model_dump(mode="json"))
    return desk


def book(client: TestClient, address: str) -> Workbook:
    answer = client.get(address)
    assert answer.status_code == 200 and answer.headers["content-type"].endswith("spreadsheetml.sheet")
    return load_workbook(io.BytesIO(answer.content))


def shown(workbook: Workbook, sheet: str = "報告") -> list[list[Any]]:
    """The cells as they are seen: a number in its format."""
    rows = []
    for row in workbook[sheet].iter_rows():
        said: list[Any] = []
        for cell in row:
            before, after = "", ""
            if isinstance(cell.value, int):
                before, after = ("約" if '"約"' in cell.number_format else ""), cell.number_format.split('"')[-2]
                said.append(f"{before}{cell.value:,}{after}")
            else:
                said.append(cell.value)
        rows.append(said)
    return rows


def write(client: TestClient, item: int, words: str, **more: Any) -> dict[str, Any]:
    return made(client, f"{YEAR}/texts", {"item": item, "words": words, **more})


def test_the_summary_has_the_printed_figures(seeded: TestClient) -> None:
    summary = seeded.get(f"{YEAR}/summary").json()
    names = ("courses", "participants", "distinct", "approx")
    assert [tuple(one[name] for name in names) for one in summary["programmes"]] == [
        (64, 979, None, False),
        (39, 550, 113, False),
        (61, 900, None, True),
    ]
    assert tuple(summary["grand_total"][name] for name in names) == (164, 2429, None, True)
    assert (summary["fiscal_year"], summary["name"]) == (2021, "令和3年度")
    assert summary["programmes"][0]["lines"][0]["reported"]["participants"] == 621
    assert {"planned", "cancelled"} <= set(summary["programmes"][0])
    report = seeded.get(f"{YEAR}/report").json()
    assert report["summary"] == summary and report["texts"] == {}


def test_the_workbook_has_them_as_numbers(seeded: TestClient) -> None:
    workbook = book(seeded, f"{YEAR}/report.xlsx")
    rows = shown(workbook)
    told = [row[1] for row in rows if isinstance(row[1], str) and row[1].startswith("計164講座")]
    assert told == ["計164講座（約2,429名）"]
    figures = {row[1]: row[2:7] for row in rows if row[3] and "講座" in str(row[3])}
    assert figures["公民館主催事業"][1:4] == ["61講座", "約900名", "–"]
    assert figures["計"][1:4] == ["164講座", "約2,429名", "–"]
    # No course of the year was recorded, so nobody knows how many were cancelled.
    assert figures["計"][4] == "–"
    # The first table is the year's own; the years side by side come after it.
    assert next(row[3:6] for row in rows if "人材育成" in str(row[1])) == ["39講座", "550名", "113名"]
    assert next(row[3:5] for row in rows if str(row[1]).startswith("総務省")) == ["64講座", "979名"]
    values = [cell.value for row in workbook["報告"].iter_rows() for cell in row]
    assert {164, 2429, 64, 979, 39, 550, 113, 61, 900} <= set(values)
    headings = [row[0] for row in rows if row[0]]
    assert next(heading for heading in headings if heading[0] in "①②③④⑤⑥⑦⑧") == "①実現したい未来"
    plain = shown(book(seeded, f"{YEAR}/report.xlsx?total=plain"))
    assert "計164講座（2,429名）" in [row[1] for row in plain]
    assert next(row[4] for row in plain if row[1] == "計") == "2,429名"
    # What the editor prints of the total changes neither the programmes nor the data.
    assert next(row[4] for row in plain if row[1] == "公民館主催事業") == "約900名"


def test_the_workbook_has_a_sheet_for_programs_to_read(seeded: TestClient) -> None:
    sheet = book(seeded, f"{YEAR}/report.xlsx?total=plain")["数値"]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    table = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["行"] for row in table] == ["内訳"] * 3 + ["事業計", "内訳", "事業計", "内訳", "事業計", "年度計"]
    year = table[-1]
    assert (year["講座数"], year["参加者（延べ）"], year["参加者は約"]) == (164, 2429, "はい")
    assert table[4]["参加者（実人員）"] == 113 and table[4]["載せている数"] == "報告の数"
    assert not sheet.merged_cells.ranges
    lines = seeded.get("/api/exports/year_figures.csv?fiscal_year=2021").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 10 and lines[-1].startswith("2021,年度計,,")
    assert book(seeded, "/api/exports/year_figures.xlsx?fiscal_year=2021").active["J10"].value == 164  # type: ignore[index]


SIDES = ["令和元年度実績", "令和2年度実績", "令和3年度計画", "令和3年度実績", "令和4年度計画"]


def side_rows(client: TestClient, address: str, caption: str) -> dict[str, list[Any]]:
    """The rows of a table of the workbook by what they are about, as they are seen."""
    rows = shown(book(client, address))
    at = next(place for place, row in enumerate(rows) if row[1] == caption)
    assert rows[at + 1][2:7] == SIDES
    last = next(place for place in range(at, len(rows)) if rows[place][1] == "計")
    return {row[1]: row[2:7] for row in rows[at + 2 : last + 1]}


def test_three_years_and_the_plans_stand_side_by_side_on_paper_too(seeded: TestClient) -> None:
    for year, planned in ((2020, 3), (2022, 12)):
        order = {"code": f"K{year}", "fiscal_year": year, "name": "公民館主催事業", "planned_courses": planned}
        made(seeded, "/api/programmes", order | {"reported_courses": 2, "reported_participants": 20})
    rows = side_rows(seeded, f"{YEAR}/report.xlsx", "3か年と計画　講座数")
    assert rows["公民館主催事業"] == ["–", "2講座", "–", "61講座", "12講座"]
    assert rows["計"] == ["–", "2講座", "–", "164講座", "12講座"]
    people = "3か年と計画　参加者数（延べ）"
    assert side_rows(seeded, f"{YEAR}/report.xlsx", people)["計"][1:4] == ["20名", "–", "約2,429名"]
    # One report does not print its total in two ways.
    assert side_rows(seeded, f"{YEAR}/report.xlsx?total=plain", people)["計"][3] == "2,429名"
    assert side_rows(seeded, f"{YEAR}/report.xlsx?total=plain", people)["公民館主催事業"][3] == "約900名"
    said = "".join(text(seeded.get("/reports/2021.pdf").content).split())
    assert "3か年と計画" in said and said.count("約2,429名") == 3 and "12講座" in said
    page = seeded.get("/reports/2021").text
    assert page.count("3か年と計画") == 2 and "令和4年度計画" in page
    plain = "".join(text(seeded.get("/reports/2021.pdf?total=plain").content).split())
    assert plain.count("2,429名") == 3 and "約2,429名" not in plain


def test_an_edition_keeps_the_years_beside_it_and_tells_when_one_is_corrected(seeded: TestClient) -> None:
    order = {"code": "K2020", "fiscal_year": 2020, "name": "公民館主催事業"}
    old = made(seeded, "/api/programmes", order | {"reported_courses": 2, "reported_participants": 20})
    made(seeded, f"{YEAR}/editions", FIX)
    assert seeded.get(f"{YEAR}/editions/1/differences").json()["total"] == 0
    change = {"reported_participants": 25, "approx": True}
    answer = seeded.patch(
        f"/api/programmes/{old['id']}", json=change, headers=op() | {"if-match": f'"{old["revision"]}"'}
    )
    assert answer.status_code == 200
    found = seeded.get(f"{YEAR}/editions/1/differences").json()["items"]
    assert [(one["was"], one["now"]) for one in found] == [("2講座・20名", "2講座・約25名")] * 2
    kept = side_rows(seeded, f"{YEAR}/editions/1/report.xlsx", "3か年と計画　参加者数（延べ）")
    assert kept["計"][1] == "20名"


def test_a_report_says_which_of_the_two_totals_it_prints(seeded: TestClient) -> None:
    programme = seeded.get("/api/programmes?fiscal_year=2021").json()["items"][0]

    def notes() -> list[str]:
        cells = [row[1] for row in shown(book(seeded, f"{YEAR}/report.xlsx"), programme["name"][:28])]
        return [cell for cell in cells if isinstance(cell, str) and "載せています" in cell]

    # Its three lines have the same to say; it is said once.
    assert [note.count("報告の数") for note in notes()] == [1]
    hours = {"starts_at": "2021-10-01T10:00+09:00", "ends_at": "2021-10-01T12:00+09:00"}
    held = made(seeded, "/api/courses", {"programme": programme["id"], "title": "講座"} | hours)
    counted = seeded.post(f"/api/courses/{held['id']}/participants", json={"participants": 7}, headers=op())
    assert counted.status_code == 200
    assert sorted(note.count("7名") for note in notes()) == [0, 0, 1]


def test_words_in_the_workbook_never_run(seeded: TestClient) -> None:
    write(seeded, 1, "=HYPERLINK(1)")
    cells = [cell for row in book(seeded, f"{YEAR}/report.xlsx")["報告"].iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=HYPERLINK(1)"] == ["s"]


def test_the_pdf_has_them(seeded: TestClient) -> None:
    write(seeded, 1, "だれもがつながるまち")
    answer = seeded.get("/reports/2021.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    said = "".join(text(answer.content).split())
    for words in ("64講座", "979名", "39講座", "550名", "113名", "61講座", "約900名", "計164講座（約2,429名）"):
        assert words in said
    assert "①実現したい未来だれもがつながるまち" in said and "令和3年度" in said and "案（令和8年11月24日" in said
    assert "13公民館(宮城・清里・南橘を除く)" in said.replace("（", "(").replace("）", ")")
    plain = "".join(text(seeded.get("/reports/2021.pdf?total=plain").content).split())
    assert "計164講座（2,429名）" in plain and "約2,429名" not in plain and "約900名" in plain


def test_texts_are_written_and_copied(seeded: TestClient) -> None:
    first = write(seeded, 1, "未来", seen=None)
    stale = seeded.post(f"{YEAR}/texts", json={"item": 1, "words": "別の未来", "seen": None}, headers=op())
    assert stale.status_code == 412 and stale.json()["code"] == "stale"
    second = write(seeded, 1, "別の未来", seen=first["id"])
    assert [one["id"] for one in seeded.get(f"{YEAR}/texts/1").json()["items"]] == [second["id"], first["id"]]
    assert seeded.get(f"{YEAR}/texts").json()["total"] == 1
    assert seeded.get(f"{YEAR}/texts/1?programme=999").status_code == 422
    copied = made(seeded, "/api/fiscal-years/2022/texts/copy", {"from_year": 2021})
    assert copied == {"fiscal_year": 2022, "from_year": 2021, "copied": 1}
    for order in ({"item": 9, "words": ""}, {"item": 1}, {"item": 1, "words": "あ" * 4001}):
        assert seeded.post(f"{YEAR}/texts", json=order, headers=op()).status_code == 422


def test_a_text_is_written_once_for_one_press(seeded: TestClient) -> None:
    press = op()
    answers = [seeded.post(f"{YEAR}/texts", json={"item": 2, "words": "課題"}, headers=press) for _ in range(2)]
    assert answers[0].json() | {"by": None} == answers[1].json() | {"by": None}
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert seeded.get(f"{YEAR}/texts/2").json()["total"] == 1


def test_an_edition_prints_what_was_submitted(seeded: TestClient) -> None:
    write(seeded, 8, "続けます")
    card = made(seeded, f"{YEAR}/editions", FIX)
    assert card["number"] == 1 and len(card["sha256"]) == 64
    again = seeded.post(f"{YEAR}/editions", json=FIX, headers=op())
    assert again.status_code == 409 and again.json()["code"] == "refused"
    pages = ("/reports/2021/editions/1.pdf", f"{YEAR}/editions/1/report.xlsx")
    before = [seeded.get(page).content for page in pages]
    assert "計164講座（2,429名）" in "".join(text(before[0]).split())
    assert "確定版第1版（令和4年5月31日提出）" in "".join(text(before[0]).split())

    extra = {"code": "S99", "fiscal_year": 2021, "name": "公民館主催事業", "line": "追加", "reported_participants": 71}
    made(seeded, "/api/programmes", extra)
    write(seeded, 8, "広げます")
    assert [seeded.get(page).content for page in pages] == before
    assert seeded.get(f"{YEAR}/editions/1").json()["report"]["texts"] == {"8": "続けます"}
    told = {(one["place"], one["what"]): (one["was"], one["now"]) for one in _differences(seeded, 1)}
    assert told["令和3年度の計", "参加者（延べ）"] == ("約2,429名", "約2,500名")
    assert told["⑧今後の展開", "文"] == ("続けます", "広げます")

    made(seeded, f"{YEAR}/editions", FIX | {"with_approx": True, "note": "訂正"})
    assert _differences(seeded, 2) == []
    kept = seeded.get(f"{YEAR}/editions").json()
    assert [(one["number"], one["with_approx"], one["note"]) for one in kept["items"]] == [
        (2, True, "訂正"),
        (1, False, None),
    ]
    assert "約2,500名" in text(seeded.get("/reports/2021/editions/2.pdf").content)
    for address in (f"{YEAR}/editions/3", f"{YEAR}/editions/3/report.xlsx", f"{YEAR}/editions/3/differences"):
        assert seeded.get(address).status_code == 404


def _differences(client: TestClient, number: int) -> list[dict[str, Any]]:
    return list(client.get(f"{YEAR}/editions/{number}/differences").json()["items"])


def test_only_the_desk_writes_reports(sign_in: Callable[[str], TestClient], seeded: TestClient) -> None:
    viewer, it = sign_in("viewer"), sign_in("it")
    for client in (viewer, it):
        assert client.get(f"{YEAR}/summary").status_code == client.get(f"{YEAR}/report.xlsx").status_code == 200
        for address in ("texts", "texts/copy", "editions"):
            assert client.post(f"{YEAR}/{address}", json={}, headers=op()).status_code == 403
    for year in ("1988", "3000", "令和3"):
        assert viewer.get(f"/api/fiscal-years/{year}/summary").status_code == 422
