"""Supporters of the demo city, whom they were asked to help, and what was wished for. Everybody here is made up."""

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import SQLModel

from inventory.borrowers import ASSOCIATION, DISTRICT, PERSON
from inventory.course_help import AskSupporters, RecordAnswer, ask_supporters, course_helpers, record_answer
from inventory.demo.act import Act
from inventory.demo.course_plans import LINE_CALLS, MIYAGI, TOMORROW, course_of, programme_ids
from inventory.demo.lending import Event, days_ago
from inventory.supporters import NewSupporter, register_supporter
from inventory.tables import HelpAnswer, SupporterCategory, WishAnswer, WishKind
from inventory.wishes import AnswerWish, NewWish, add_wish, answer_wish

SUPPORTER = SQLModel.metadata.tables["supporter"]
_CARE, _WELFARE = SupporterCategory.CARE_PREVENTION, SupporterCategory.WELFARE
_LEARNING, _STUDENT = SupporterCategory.LIFELONG_LEARNING, SupporterCategory.STUDENT


class Helper(NamedTuple):
    name: str
    kana: str
    category: SupporterCategory
    districts: tuple[str, ...] = ()


HELPERS = (
    Helper("富澤 明美", "トミザワ アケミ", _CARE, ("大胡地区", "宮城地区")),
    Helper("木村 和夫", "キムラ カズオ", _CARE, ("宮城地区", "粕川地区")),
    Helper("神山 幸子", "カミヤマ サチコ", _CARE, ("富士見地区",)),
    Helper("藤井 千代", "フジイ チヨ", _CARE, ("南橘地区", "芳賀地区")),
    Helper("星野 修", "ホシノ オサム", _WELFARE, ("桂萱地区",)),
    Helper("長谷川 敏子", "ハセガワ トシコ", _WELFARE, ("永明地区", "城南地区")),
    Helper("青木 一雄", "アオキ カズオ", _LEARNING, ("清里地区",)),
    Helper("小暮 陽菜", "コグレ ヒナ", _STUDENT),
    Helper("田島 蓮", "タジマ レン", _STUDENT),
)
# Whom the desk asked for which course, and what they said.
_ASKED: tuple[tuple[str, str, HelpAnswer | None], ...] = (
    (MIYAGI, "富澤 明美", HelpAnswer.AGREED),
    (MIYAGI, "小暮 陽菜", HelpAnswer.AGREED),
    (MIYAGI, "木村 和夫", HelpAnswer.DECLINED),
    (TOMORROW, "星野 修", HelpAnswer.AGREED),
    (TOMORROW, "田島 蓮", None),
    (LINE_CALLS, "藤井 千代", None),
)


class Wished(NamedTuple):
    """From a district or (``association``) an association of it, ``days_ago``; ``answer`` with its words, if any."""

    of: str
    kind: WishKind
    words: str
    days_ago: int
    people: int | None = None
    association: bool = False
    answer: WishAnswer | None = None
    answered: str | None = None


_WISHES = (
    Wished(
        "宮城地区",
        WishKind.NEW,
        "スマホを持っていない人のための講座を、宮城でも開いてほしい。",
        40,
        15,
        answer=WishAnswer.PLANNED,
        answered="宮城公民館で体験講座を開きます。",
    ),
    Wished("荒牧町自治会", WishKind.SERIES, "1回では覚えられない。3回くらい続けてほしい。", 33, 10, association=True),
    Wished(
        "大胡地区",
        WishKind.CONTINUATION,
        "カメラの次は、LINEの使いかたを教えてほしい。",
        26,
        12,
        answer=WishAnswer.LATER,
        answered="来年度の計画で考えます。",
    ),
    Wished("富士見地区", WishKind.NEW, "病院の予約をスマホでとる講座がほしい。", 18, 8),
    Wished("清里地区", WishKind.CONTINUATION, "講座のあとも、月に1回相談できる場がほしい。", 9),
)


def _register(act: Act) -> None:
    programme = programme_ids(act)["A3"]
    districts = {
        row.name: str(row.id) for row in act.session.connection().execute(select(DISTRICT.c.name, DISTRICT.c.id))
    }
    for number, one in enumerate(HELPERS, start=1):
        order = NewSupporter(
            name=one.name,
            name_kana=one.kana,
            phone=f"027-000-{1200 + number}",
            category=one.category,
            consented_on=act.today - timedelta(days=43),
            registered_on=act.today - timedelta(days=42),
            districts=[districts[name] for name in one.districts],
            programme=programme,
        )
        act(register_supporter, order)


def _ask(act: Act) -> None:
    connection = act.session.connection()
    found = select(PERSON.c.name, SUPPORTER.c.id).join(SUPPORTER, SUPPORTER.c.person_id == PERSON.c.id)
    numbers = {row.name: str(row.id) for row in connection.execute(found)}
    for title in dict.fromkeys(title for title, _, _ in _ASKED):
        course = course_of(act, title).id
        answers = {numbers[name]: answer for of, name, answer in _ASKED if of == title}
        act(ask_supporters, AskSupporters(supporters=list(answers)), course=course)
        for helper in course_helpers(act.session, course).items:
            said = answers[helper.supporter]
            if said is not None:
                act(record_answer, RecordAnswer(answer=said), course=course, helper=helper.id)


def _wishes(act: Act) -> None:
    connection = act.session.connection()
    for one in _WISHES:
        table = ASSOCIATION if one.association else DISTRICT
        number = connection.execute(select(table.c.id).where(table.c.name == one.of)).scalar_one()
        wished: dict[str, Any] = {"association" if one.association else "district": str(number)}
        day = act.today - timedelta(days=one.days_ago)
        card = act(add_wish, NewWish(kind=one.kind, words=one.words, people=one.people, wished_on=day, **wished))
        if one.answer is not None:
            course = course_of(act, MIYAGI).id if one.answer is WishAnswer.PLANNED else None
            act(answer_wish, AnswerWish(answer=one.answer, words=one.answered, course=course), wish=card.id)


HELPING = (
    Event("supporters", days_ago(42, 10), "desk", _register),
    Event("supporters-asked", days_ago(3, 10), "desk", _ask),
    Event("wishes", days_ago(3, 14), "desk", _wishes),
)
