"""The report of 令和3年度 in the demo city: the texts are made up, the figures are the city's own."""

from datetime import date

from sqlalchemy import select

from inventory.demo.act import Act
from inventory.demo.lending import Event, days_ago
from inventory.programmes import PROGRAMME
from inventory.report_editions import FixReport, fix_report
from inventory.report_texts import WriteReportText, write_report_text

YEAR = 2021

SHEET: dict[int, str] = {
    1: "だれもがデジタルの便利さを受けられ、住みなれた地域で安心して暮らせるまち。",
    2: (
        "スマートフォンを持たない高齢者や、持っていても電話しか使わない高齢者が多くいます。\n"
        "手続きのオンライン化が進むほど、使えない人が取り残されるおそれがあります。\n"
        "公民館にはWi-Fiのない館があり、講座を開ける会場が限られています。"
    ),
    3: "身近な公民館で講座を開き、地域で教え合えるデジタルサポーターを育てます。",
    4: "スマートフォンに不慣れな高齢者、自治会の役員、地域の支え手になる介護予防サポーター。",
    5: (
        "1. 公民館・コミュニティセンターでのスマートフォン講座\n"
        "2. スマートフォンを持たない人の体験講座（端末の貸し出し）\n"
        "3. 介護予防サポーターを対象にした5段階の人材育成\n"
        "4. 公民館が自ら企画する講座"
    ),
    6: "情報政策課、生涯学習課、市民協働課、長寿包括ケア課。自治会連合会、携帯電話会社。",
    7: "新型コロナウイルス感染症の拡大により、計画した講座の一部を中止しました。",
    8: (
        "デジタルサポーターが講座を手伝うしくみをつくり、地区ごとの要望に応えます。\n"
        "公民館のWi-Fi整備を進め、どの館でも講座を開けるようにします。"
    ),
}
# By the code of the programme: ①事業概要 and ②成果.
PROGRAMMES: dict[str, tuple[str, str]] = {
    "S6": (
        "地域の学習者を対象に、電話・カメラ・地図・オンライン申請の基本を学ぶ講座を開きました。",
        "参加者からは「家族に写真を送れるようになった」という声がありました。続けて学びたいという要望が多くありました。",
    ),
    "S7": (
        "自治会の役員を対象に、電子回覧板とオンライン会議の講座を開きました。",
        "役員会の連絡にLINEを使いはじめた自治会があります。",
    ),
    "S8": (
        "スマートフォンを持っていない人を対象に、貸し出した端末で体験する講座を開きました。",
        "はじめて触れた人が多く、講座のあとで購入を考える人もいました。",
    ),
    "S16": (
        "介護予防サポーターを対象に、入門編から活用編まで5段階の講座を開きました。",
        "113人が学び、26人がデジタルサポーターに登録しました。",
    ),
    "S18": (
        "公民館が地域の実情に合わせて、Zoom・インスタグラム・LINEの講座を開きました。",
        "公民館を身近な相談の場として使う人がふえました。",
    ),
}


def _texts(act: Act) -> None:
    for item, words in SHEET.items():
        act(write_report_text, WriteReportText(item=item, words=words), year=YEAR)
    reported = select(PROGRAMME.c.code, PROGRAMME.c.id).where(PROGRAMME.c.fiscal_year == YEAR)
    ids = {row.code: str(row.id) for row in act.session.connection().execute(reported)}
    for code, texts in PROGRAMMES.items():
        for item, words in enumerate(texts, start=1):
            act(write_report_text, WriteReportText(item=item, programme=ids[code], words=words), year=YEAR)


def _fixed(act: Act) -> None:
    """The report as it was handed in, with its total as the city printed it: without 「約」."""
    order = FixReport(submitted_on=date(2022, 3, 31), with_approx=False, note="体験用データ：提出日は作りものです。")
    act(fix_report, order, year=YEAR)


REPORTS = (
    Event("report-texts", days_ago(50, 9), "desk", _texts),
    Event("report-fixed", days_ago(49, 9), "desk", _fixed),
)
