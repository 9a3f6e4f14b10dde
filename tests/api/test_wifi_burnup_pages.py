"""The page of the burn-up: the numbers of the drawing stand in its tables, and both clocks side by side."""

import re

from fastapi.testclient import TestClient

from tests.api.test_wifi_burnup import rolled_out

__all__ = ["rolled_out"]
SPAN = "from=2026-04-01&until=2026-04-08"


def cells(html: str, heading: str) -> list[str]:
    """The cells of the row with this heading, as text."""
    found = re.search(rf'<th scope="row">{heading}</th>(.*?)</tr>', html)
    assert found is not None, heading
    return [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", found[1])]


def test_the_table_says_what_the_lines_draw(rolled_out: TestClient) -> None:
    html = rolled_out.get(f"/wifi/burnup?{SPAN}").text
    # はじめ, いま, 実績, 差 of today: two halls fewer than planned.
    assert cells(html, "令和8年4月8日") == ["3", "3", "1", "−2"]
    assert html.count('<svg class="chart burnup') == 2
    assert "その日の台帳" not in html


def test_what_was_known_stands_beside_what_happened(rolled_out: TestClient) -> None:
    html = rolled_out.get(f"/wifi/burnup?{SPAN}&known_at=2026-04-04").text
    # On the fourth day the ledger knew of the second hall, wrongly, and not yet of the first.
    assert cells(html, "令和8年4月4日") == ["1", "1", "±0", "1", "1", "2", "2"]
    assert html.count('<svg class="chart burnup') == 4
    early = rolled_out.get(f"/wifi/burnup?{SPAN}&known_at=2026-04-03").text
    assert cells(early, "令和8年4月3日")[:3] == ["1", "1", "±0"]


def test_a_day_is_read_as_people_write_it_and_what_is_none_is_said(rolled_out: TestClient) -> None:
    assert cells(rolled_out.get(f"/wifi/burnup?{SPAN}&known_at=令和8年4月4日").text, "令和8年4月4日")
    refused = rolled_out.get("/wifi/burnup?from=いつか")
    assert (refused.status_code, "f-from" in refused.text) == (422, True)
    assert "いつか" in refused.text
    backwards = rolled_out.get("/wifi/burnup?from=2026-04-08&until=2026-04-01")
    assert (backwards.status_code, "f-until-wrong" in backwards.text) == (422, True)


def test_a_city_without_halls_is_told_what_to_do(viewer: TestClient) -> None:
    html = viewer.get("/wifi/burnup").text
    assert '<svg class="chart' not in html
    assert "まだありません" in html


def test_a_day_that_nobody_can_mean_is_told_beside_its_field(viewer: TestClient) -> None:
    for field in ("from", "until", "known_at"):
        for day in ("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"):
            answer = viewer.get(f"/wifi/burnup?{field}={day}")
            assert (answer.status_code, f'id="f-{field}-wrong"' in answer.text) == (422, True), (field, day)
            assert f'value="{day}"' in answer.text
        for day in ("1900-01-01", "2999-12-31"):
            assert viewer.get(f"/wifi/burnup?{field}={day}").status_code in (200, 422), (field, day)
