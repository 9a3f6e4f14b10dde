"""Programmes: those of 令和3年度 as the working group published them, and made-up ones of the current fiscal year."""

from typing import NamedTuple

from inventory.programmes import NewProgramme
from inventory.tables import Audience, TotalSource

FIRST_CALL = "総務省デジタル活用支援事業（1次公募）"
POLICY, LEARNING = "情報政策課", "生涯学習課"
HALLS = "各公民館・コミュニティセンター"

REIWA_3 = (
    NewProgramme(
        code="S6",
        fiscal_year=2021,
        name=FIRST_CALL,
        line="地域連携型／地域学習者のデジタルデバイド解消",
        call="1次公募",
        owner_section=POLICY,
        audience=Audience.PHONE,
        funding="総務省 1次",
        planned_courses=75,
        reported_courses=40,
        reported_participants=621,
        venues_note=HALLS,
        note="公表計画 75講座",
    ),
    NewProgramme(
        code="S7",
        fiscal_year=2021,
        name=FIRST_CALL,
        line="地域連携型／自治会連合会DX推進",
        call="1次公募",
        owner_section="市民協働課",
        audience=Audience.PHONE,
        funding="総務省 1次",
        partner="自治会連合会",
        planned_courses=25,
        reported_courses=15,
        reported_participants=218,
        venues_note=HALLS,
        note="公表計画 25講座",
    ),
    NewProgramme(
        code="S8",
        fiscal_year=2021,
        name=FIRST_CALL,
        line="企業連携型／ドコモスマホ体験講座",
        call="1次公募",
        owner_section=POLICY,
        audience=Audience.NO_PHONE,
        funding="総務省 1次",
        partner="ドコモ",
        planned_courses=20,
        reported_courses=9,
        reported_participants=140,
        venues_note=HALLS,
        note="公表計画 20講座",
    ),
    NewProgramme(
        code="S16",
        fiscal_year=2021,
        name="ICT機器のサポート強化に向けた人材育成（2次公募）",
        line="介護予防サポーター 入門編〜活用編 5段階",
        call="2次公募",
        owner_section="長寿包括ケア課",
        supporters_asked=113,
        supporters_agreed=26,
        audience=Audience.SUPPORTER,
        funding="総務省 2次",
        reported_courses=39,
        reported_participants=550,
        reported_distinct=113,
        venues_note="総合福祉会館・城南公民館・南橘公民館・東公民館",
        note="113人のうち26人がデジタルサポーターに登録",
    ),
    NewProgramme(
        code="S18",
        fiscal_year=2021,
        name="公民館主催事業",
        line="デジタルデバイド解消講座",
        owner_section=LEARNING,
        prints=TotalSource.REPORTED,
        audience=Audience.RESIDENT,
        funding="市自主",
        partner="生涯学習課",
        reported_courses=61,
        reported_participants=900,
        approx=True,
        venues_note="13公民館（宮城・清里・南橘を除く）",
        note="Zoom・インスタグラム・LINE",
    ),
)


def current(fiscal_year: int) -> list[NewProgramme]:
    return [
        NewProgramme(
            code="A1",
            fiscal_year=fiscal_year,
            name="はじめてのスマートフォン教室",
            line="スマートフォンを持っていない方へ",
            audience=Audience.NO_PHONE,
            funding="市自主",
            owner_section=LEARNING,
            planned_courses=24,
            planned_participants=300,
            planned_approx=True,
            venues_note=HALLS,
        ),
        NewProgramme(
            code="A2",
            fiscal_year=fiscal_year,
            name="スマートフォン活用教室",
            line="地図・LINE・オンライン申請",
            audience=Audience.PHONE,
            funding="市自主",
            owner_section=LEARNING,
            planned_courses=36,
            planned_participants=430,
            planned_approx=True,
            venues_note=HALLS,
        ),
        NewProgramme(
            code="A3",
            fiscal_year=fiscal_year,
            name="デジタルサポーター養成講座",
            line="入門編〜活用編 5段階",
            audience=Audience.SUPPORTER,
            funding="市自主",
            owner_section=POLICY,
            planned_courses=10,
            planned_participants=120,
            venues_note="総合福祉会館",
        ),
    ]


class DemoCourse(NamedTuple):
    """A course ``days`` from the day of loading. ``starts`` is a time of day in Japan; it lasts two hours."""

    programme: str
    title: str
    venue: str
    days: int
    starts: str
    level: int | None = None
    topics: str | None = None
    capacity: int = 15
    phones_needed: int | None = None
    supporters_needed: int | None = None
    needs_wifi: bool = True


COURSES = (
    DemoCourse("A1", "電話とカメラをつかってみよう（第1回）", "K09", -28, "10:00", 1, "電話、カメラ"),
    DemoCourse("A1", "電話とカメラをつかってみよう（第2回）", "K13", -14, "10:00", 1, "電話、カメラ"),
    DemoCourse("A2", "LINEで写真を送ろう", "K06", -7, "13:30", 3, "LINE、写真"),
    DemoCourse("A2", "地図アプリで出かけよう", "K04", 0, "13:30", 2, "地図", capacity=10),
    DemoCourse("A1", "電話とカメラをつかってみよう（第3回）", "K05", 1, "10:00", 1, "電話、カメラ", 15, 4, 2),
    DemoCourse("A2", "ぐんま電子申請をやってみよう", "K16", 3, "13:30", 5, "電子申請", 12, 6),
    DemoCourse("A3", "デジタルサポーター養成（入門編）", "W01", 6, "10:00", 1, "サポーターの心がまえ", 20),
)
