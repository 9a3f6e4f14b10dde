"""The calendar's pages and files: a week, a month, a week by hall, and what a calendar program takes."""

from fastapi.testclient import TestClient

from tests.api.conftest import on_sqlite
from tests.api.furnishing import course, made, venue
from tests.api.test_ical import events, value_of


def plan(admin: TestClient) -> tuple[str, str]:
    hall = venue(admin)
    made(admin, "/api/venues", {"code": "higashi", "kind": "kominkan", "name": "東公民館", "closed_days": "毎週火曜日"})
    return (
        course(admin, hall, "2026-05-20T10:00:00+09:00", "2026-05-20T12:00:00+09:00"),
        course(admin, "higashi", "2026-05-26T13:30:00+09:00", "2026-05-26T15:00:00+09:00"),
    )


@on_sqlite
def test_every_view_shows_its_courses(admin: TestClient, viewer: TestClient) -> None:
    first, second = plan(admin)
    page = "/courses/calendar"
    seen = {
        query: [f'href="/courses/{one}"' in viewer.get(page, params=query).text for one in (first, second)]
        for query in (
            "on=2026-05-18",
            "view=month&on=2026-05-02",
            "view=venue&on=2026-05-31",
            "view=month&on=2026-06-15",
        )
    }
    assert list(seen.values()) == [[True, False], [True, True], [False, True], [False, False]]
    month = viewer.get(page, params="view=month&on=2026-05-02").text
    # The holidays of May, and the hall that is closed on the day of its course.
    assert "憲法記念日" in month and month.count("#mark-nogo") == 1
    assert 'href="/courses/calendar?view=month&amp;on=2026-04-01"' in month
    assert 'href="/courses/calendar?view=month&amp;on=2026-06-01"' in month
    only = viewer.get(page, params="view=month&on=2026-05-02&venue=ohgo").text
    assert f'href="/courses/{first}"' in only and f'href="/courses/{second}"' not in only
    assert "venue=ohgo" in only.partition('rel="next"')[0].rpartition("href=")[2]


@on_sqlite
def test_an_address_that_was_typed(viewer: TestClient) -> None:
    page = "/courses/calendar"
    assert viewer.get(page, params="on=&venue=&programme=&view=").status_code == 200
    for query in ("on=1900-01-01&view=month", "on=2999-12-31", "on=2999-12-31&view=venue", "venue=nowhere&view=venue"):
        assert viewer.get(page, params=query).status_code == 200, query
    for query in ("on=2026-02-30", "view=year"):
        assert viewer.get(page, params=query).status_code == 422
    assert viewer.get("/api/courses/calendar?since=2026-01-01&until=2026-12-31").json()["code"] == "invalid"


@on_sqlite
def test_the_calendar_over_json(admin: TestClient, viewer: TestClient) -> None:
    first, _ = plan(admin)
    found = viewer.get("/api/courses/calendar?since=2026-05-20&until=2026-05-20").json()
    (day,) = found["days"]
    assert (day["on"], [one["course"]["id"] for one in day["courses"]]) == ("2026-05-20", [first])
    assert sorted(hall["code"] for hall in found["venues"]) == ["higashi", "ohgo"]


@on_sqlite
def test_files_for_a_calendar_program(admin: TestClient, viewer: TestClient, anonymous: TestClient) -> None:
    first, second = plan(admin)
    one = viewer.get(f"/courses/{first}.ics")
    assert one.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = events(one.content)
    assert (event["DTSTART"][1], value_of(event["LOCATION"][1])) == ("20260520T100000", "大胡公民館")
    assert viewer.get(f"/api/courses/{first}/event.ics").content.count(b"BEGIN:VEVENT") == 1
    every = events(viewer.get("/api/exports/courses.ics").content)
    assert [found["URL"][1].rpartition("/")[2] for found in every] == [first, second]
    assert every[0]["UID"] == event["UID"]
    filtered = viewer.get("/api/exports/courses.ics?since=2026-05-25&until=2026-05-31&venue=&q=")
    assert len(events(filtered.content)) == 1
    assert viewer.get("/courses/99.ics").status_code == 404
    assert f'href="/courses/{first}.ics"' in admin.get(f"/courses/{first}").text
    # Nobody who is not signed in gets a word of it.
    for path in (f"/courses/{first}.ics", "/api/exports/courses.ics", f"/api/courses/{first}/event.ics"):
        assert "text/calendar" not in anonymous.get(path).headers.get("content-type", "")
