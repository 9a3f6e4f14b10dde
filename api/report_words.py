"""The words of the public's reports: categories, ready phrases, what to try first, and what a state is called.

They are written in やさしい日本語 with blanks between phrases; a word in braces carries its reading:
``{電源|でんげん}``. ``furigana`` draws them, ``plain`` is the same text for staff and for papers.
"""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from inventory.reporting import PHRASES as CODES
from inventory.tables import IssueCategory, IssueState

_READING = re.compile(r"{([^|{}]+)\|([^|{}]+)}")


def furigana(text: str) -> Markup:
    """The text with furigana; browsers without it write ``電源（でんげん）``."""
    drawn, at = Markup(), 0
    for found in _READING.finditer(text):
        word, kana = escape(found[1]), escape(found[2])
        ruby = Markup("<ruby>{}<rp>（</rp><rt>{}</rt><rp>）</rp></ruby>").format(word, kana)
        drawn, at = drawn + escape(text[at : found.start()]) + ruby, found.end()
    return drawn + escape(text[at:])


def plain(text: str) -> str:
    """The text without readings and without the blanks between its phrases."""
    return re.sub(r" ", "", _READING.sub(r"\1", text))


_CATEGORY = {
    "power": "{電源|でんげん}が {入|はい}らない・{充電|じゅうでん}できない",
    "screen": "{画面|がめん}が おかしい",
    "network": "インターネットに つながらない",
    "howto": "{使|つか}い{方|かた}が わからない",
    "broken": "こわれた・{落|お}とした",
    "lost": "なくした",
    "handover": "{会長|かいちょう}が {代|か}わりました",
    "other": "そのほか",
}
_VENUE_CATEGORY = _CATEGORY | {"network": "Wi-Fiが つながらない"}
_PHRASES = {
    "no-charge": "{充電|じゅうでん}しても ふえない",
    "no-start": "ボタンを {押|お}しても {画面|がめん}が {黒|くろ}い",
    "turns-off": "{使|つか}っている とちゅうで {消|き}える",
    "black-screen": "{画面|がめん}が {黒|くろ}い まま",
    "no-touch": "さわっても {動|うご}かない",
    "cracked": "{画面|がめん}が われている",
    "no-network": "どこでも つながらない",
    "slow-network": "とても おそい",
    "no-network-at-home": "{家|いえ}だけ つながらない",
    "no-wifi-name": "Wi-Fiの {名前|なまえ}が {出|で}て こない",
    "no-wifi-page": "つながるが、ページが {開|ひら}かない",
    "video-call": "ビデオ{会議|かいぎ}の しかた",
    "characters": "{文字|もじ}の {入|い}れ{方|かた}",
    "strange-screen": "{知|し}らない {画面|がめん}が {出|で}た",
    "dropped": "{落|お}とした・ぶつけた",
    "water": "{水|みず}に ぬれた",
    "accessory-broken": "{充電器|じゅうでんき}や ケースが こわれた",
    "lost-home": "{家|いえ}の {中|なか}で {見|み}つからない",
    "lost-outside": "{外|そと}で なくした",
    "stolen": "ぬすまれたと {思|おも}う",
    "already-passed": "もう {次|つぎ}の {会長|かいちょう}に わたした",
    "still-here": "まだ {手元|てもと}に ある",
    "whom-to-pass": "どう すれば よいか {知|し}りたい",
    "call-me": "{電話|でんわ}を して ほしい",
}


@dataclass(frozen=True)
class Tip:
    """Something to try first. ``picture`` names a symbol of ``public/pictures.html``."""

    picture: str
    text: str


_TIPS = {
    "power": (
        Tip("plug", "{充電器|じゅうでんき}を さして、30{分|ぷん} {待|ま}って ください。"),
        Tip("press", "{電源|でんげん}の ボタンを 10{秒|びょう} {押|お}して ください。"),
    ),
    "screen": (
        Tip("press", "{電源|でんげん}の ボタンを 10{秒|びょう} {押|お}して、もう{一度|いちど} {入|い}れて ください。"),
        Tip("wipe", "{画面|がめん}を やわらかい {布|ぬの}で ふいて ください。"),
    ),
    "network": (
        Tip("plane", "{飛行機|ひこうき}の しるしが {出|で}て いたら、{消|け}して ください。"),
        Tip("press", "{電源|でんげん}を {切|き}って、もう{一度|いちど} {入|い}れて ください。"),
        Tip("window", "{窓|まど}の {近|ちか}くで、もう{一度|いちど} ためして ください。"),
    ),
    "howto": (
        Tip("home", "いちばん {下|した}の まるい しるしに さわると、{最初|さいしょ}の {画面|がめん}に もどります。"),
    ),
}
_VENUE_TIPS = {
    "network": (
        Tip("wifi", "スマートフォンの Wi-Fiを {切|き}って、もう{一度|いちど} {入|い}れて ください。"),
        Tip("near", "この {紙|かみ}の {近|ちか}くで、もう{一度|いちど} ためして ください。"),
    ),
}
VENUE_CATEGORIES = ("network", "howto", "other")
# One quiet row below the others: it is no trouble with the device.
QUIET = "handover"
_ONLY_VENUE = frozenset(("no-wifi-name", "no-wifi-page"))
_NOT_VENUE = frozenset(("no-network", "no-network-at-home", "video-call", "characters", "strange-screen"))


@dataclass(frozen=True)
class Pick:
    """One category as the page offers it. ``phrases`` are pairs of code and words; texts are drawn with furigana."""

    category: str
    words: Markup
    phrases: tuple[tuple[str, Markup], ...]
    tips: tuple[tuple[str, Markup], ...]
    quiet: bool


def picks_of(*, venue: bool) -> list[Pick]:
    """The categories of a device's label, or of a venue's."""
    words = _VENUE_CATEGORY if venue else _CATEGORY
    tips = _VENUE_TIPS if venue else _TIPS
    away = _NOT_VENUE if venue else _ONLY_VENUE
    order = VENUE_CATEGORIES if venue else [*(c for c in _CATEGORY if c != QUIET), QUIET]
    return [
        Pick(
            category,
            furigana(words[category]),
            tuple((code, furigana(_PHRASES[code])) for code in CODES[IssueCategory(category)] if code not in away),
            tuple((tip.picture, furigana(tip.text)) for tip in tips.get(category, ())),
            category == QUIET,
        )
        for category in order
    ]


# For staff: plain words by code.
PHRASES = {code: plain(words) for code, words in _PHRASES.items()}
CATEGORY = {category: plain(words) for category, words in _CATEGORY.items()}

# For the receipt's page.
PHRASES_DRAWN = {code: furigana(words) for code, words in _PHRASES.items()}
CATEGORY_DRAWN = {category: furigana(words) for category, words in _CATEGORY.items()}
VENUE_CATEGORY_DRAWN = {category: furigana(words) for category, words in _VENUE_CATEGORY.items()}
STATE_DRAWN = {
    IssueState.RECEIVED: furigana("{受|う}け{付|つ}けました"),
    IssueState.CONFIRMED: furigana("{市|し}が {見|み}ています"),
    IssueState.IN_PROGRESS: furigana("{直|なお}しています"),
    IssueState.WAITING: furigana("お{返事|へんじ}を {待|ま}っています"),
    IssueState.RESOLVED: furigana("{終|お}わりました"),
}

_DIGITS = dict(
    zip("0123456789", ("ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"), strict=True)
)


def read_aloud(receipt: str) -> str:
    """482-173 as it is said on the telephone: よん はち に の いち なな さん."""
    return " ".join("の" if sign == "-" else _DIGITS[sign] for sign in receipt)
