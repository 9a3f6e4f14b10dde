"""Courses on screen: the figures of a fiscal year, the courses, their loans."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.course_views import headline
from inventory.demo.programmes import REIWA_3
from inventory.programmes import NewProgramme, ProgrammeCard
from inventory.year_figures import Figures, ProgrammeFigures, Total, YearSummary, added, line_of
from tests.api.furnishing import course, lend, made, stock, venue
from tests.api.test_session_pages import Fields

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
COURSE = {"title": "はじめてのスマホ", "day": "2026-12-01", "starts": "13:30", "ends": "15:30", "capacity": "20"}
PROGRAMME = {"fiscal_year": "2026", "code": "A1", "name": "スマートフォン教室"}


def _summary(*orders: NewProgramme) -> YearSummary:
    """The figures of programmes without any course."""
    nothing = {"counted": Total()}
    cards = [
        ProgrammeCard.model_validate({"id": str(at), "revision": 1, **order.model_dump()})
        for at, order in enumerate(orders)
    ]
    groups = {card.name: [line_of(one, nothing) for one in cards if one.name == card.name] for card in cards}
    programmes = [
        ProgrammeFigures(**added(lines), name=name, lines=lines, prints=None, without=[])
        for name, lines in groups.items()
    ]
    year = Figures(**added(programmes))
    return YearSummary(fiscal_year=2021, name="令和3年度", programmes=programmes, grand_total=year)


def _programme(client: TestClient, **fields: object) -> str:
    return str(made(client, "/api/programmes", {"code": "A1", "fiscal_year": 2026, "name": "教室"} | fields)["id"])


def test_the_year_says_what_the_city_printed() -> None:
    assert re.findall(r"[\d,]+|約", "".join(headline(_summary(*REIWA_3)))) == ["3", "3", "164", "約", "2,429"]
    assert headline(_summary())[0].startswith("令和3年度の事業は、まだ")


def test_a_year_without_figures_says_what_is_planned() -> None:
    unknown = {"reported_courses": None, "reported_participants": None}
    plan = [order.model_copy(update=unknown) for order in REIWA_3]
    assert "120講座" in "".join(headline(_summary(*plan)))
    assert "1つの事業は" in headline(_summary(*REIWA_3[:4], plan[4]))[1]


def test_the_page_of_a_year_shows_its_figures(admin: TestClient, viewer: TestClient) -> None:
    for order in REIWA_3:
        assert admin.post("/api/programmes", json=order.model_dump(mode="json")).status_code == 201
    page = viewer.get("/courses?year=2021").text
    foot = page[page.index("<tfoot>") : page.index("</tfoot>")]
    assert "164講座" in foot and "約2,429人" in foot
    assert "実113人" in page and "約900人" in page and "979人" in page
    assert "約" not in page[page.index("<tbody>") : page.index("979人")]
    assert "<tfoot>" not in viewer.get("/courses?year=2020").text


def test_a_programme_and_a_course_are_entered_by_form(
    sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]
) -> None:
    at(NOW)
    desk, admin = sign_in("desk"), sign_in("admin")
    hall = venue(admin)
    sent = {**PROGRAMME, "audience": "", "planned_courses": "24", "reported_participants": "900", "approx": "yes"}
    entered = desk.post("/courses/programmes/new", data=sent)
    assert (entered.status_code, entered.headers["location"]) == (303, "/courses?year=2026&done=created")
    programme = desk.get("/api/programmes").json()["items"][0]
    assert (programme["planned_courses"], programme["approx"], programme["audience"]) == (24, True, None)

    sent = {**COURSE, "programme": programme["id"], "venue": hall, "level": "", "needs_wifi": "yes"}
    entered = desk.post("/courses/new", data=sent)
    assert entered.status_code == 303
    card = desk.get("/api/courses").json()["items"][0]
    assert entered.headers["location"] == f"/courses/{card['id']}?done=created"
    begins = datetime.fromisoformat(card["starts_at"])
    assert begins == datetime(2026, 12, 1, 4, 30, tzinfo=UTC)
    assert (card["venue"], card["level"], card["needs_wifi"], card["capacity"]) == (hall, None, True, 20)
    assert f'href="/courses/{card["id"]}"' in desk.get("/courses").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"programme": ""}, "programme"),
        ({"programme": "999"}, "programme"),
        ({"title": ""}, "title"),
        ({"day": "12月1日"}, "day"),
        ({"day": ""}, "day"),
        ({"starts": "25:00"}, "starts"),
        ({"ends": "13:30"}, "ends"),
        ({"venue": "nowhere"}, "venue"),
        ({"level": "6"}, "level"),
    ],
)
def test_a_slip_in_a_course_is_said_beside_its_field(desk: TestClient, wrong: dict[str, str], field: str) -> None:
    programme = _programme(desk)
    answer = desk.post("/courses/new", data={**COURSE, "programme": programme} | wrong)
    assert answer.status_code == 422
    fields = Fields(answer.text)
    assert f"f-{field}-wrong" in fields.ids and fields.values["capacity"] == "20"
    assert desk.get("/api/courses").json()["items"] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"fiscal_year": "令和8"}, "fiscal_year"),
        ({"reported_participants": "5", "reported_distinct": "6"}, "reported_distinct"),
        ({"code": "A 1"}, "code"),
    ],
)
def test_a_slip_in_a_programme_is_said_beside_its_field(desk: TestClient, wrong: dict[str, str], field: str) -> None:
    answer = desk.post("/courses/programmes/new", data=PROGRAMME | wrong)
    assert answer.status_code == 422 and f"f-{field}-wrong" in Fields(answer.text).ids
    assert desk.get("/api/programmes").json()["items"] == []


def test_the_card_of_a_course_shows_its_loans_and_leads_to_the_desk(
    sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]
) -> None:
    at(NOW)
    admin, desk, viewer = sign_in("admin"), sign_in("desk"), sign_in("viewer")
    stock(admin, 2)
    number = course(admin, venue(admin), "2026-11-24T13:30:00+09:00", "2026-11-24T15:30:00+09:00")
    page = desk.get(f"/courses/{number}").text
    assert f'href="/desk?act=lend&amp;course={number}"' in page and "act=return" not in page
    loan = lend(admin, "MB-T-0001", borrower={"course": number}, due={"at": "2026-11-24T15:30:00+09:00"})
    page = desk.get(f"/courses/{number}").text
    assert f'href="/desk?act=return&amp;course={number}"' in page and f'href="/loans/{loan["number"]}"' in page
    assert page.count('class="btn main') == 1
    assert "/desk?" not in viewer.get(f"/courses/{number}").text
    at(datetime(2026, 11, 24, 6, 30, tzinfo=UTC))
    desk = sign_in("desk")
    assert "act=lend" not in desk.get(f"/courses/{number}").text
    assert desk.get("/courses/999").status_code == 404


def test_the_list_shows_what_is_to_come_or_a_whole_year(
    sign_in: Callable[[str], TestClient], at: Callable[[datetime], None]
) -> None:
    at(NOW)
    admin, viewer = sign_in("admin"), sign_in("viewer")
    hall = venue(admin)
    past = course(admin, hall, "2026-11-23T10:00:00+09:00", "2026-11-23T12:00:00+09:00")
    today = course(admin, hall, "2026-11-24T08:00:00+09:00", "2026-11-24T09:00:00+09:00")
    next_year = course(admin, hall, "2027-04-01T00:00:00+09:00", "2027-04-01T02:00:00+09:00")

    def shown(query: str) -> set[str]:
        page = viewer.get(f"/courses?{query}").text
        return {number for number in (past, today, next_year) if f'href="/courses/{number}"' in page}

    assert shown("year=&q=") == shown("") == {today, next_year}
    assert shown("year=2026") == {past, today}
    assert shown("year=2027") == {next_year}
    assert shown(f"venue={hall}&q=入門") == {today, next_year}
    assert shown("q=ありません") == set()
    assert "/api/exports/courses.csv?since=2026-04-01&amp;until=2027-03-31" in viewer.get("/courses?year=2026").text
    assert viewer.get("/courses?year=12").status_code == 422


def test_only_the_desk_enters_courses(viewer: TestClient, sign_in: Callable[[str], TestClient]) -> None:
    for client in (viewer, sign_in("it")):
        for path in ("/courses/new", "/courses/programmes/new"):
            assert client.get(path).status_code == client.post(path, data=PROGRAMME).status_code == 403
