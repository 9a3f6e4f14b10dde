"""Halls, districts, associations and their heads."""

from typing import NamedTuple

from inventory.tables import VenueKind
from inventory.venues import NewVenue

UNCHECKED = "体験用データ：かなと位置、休館日は確かめていません。"
CLOSED = "第1・第3月曜、12/29–1/3"
_PREFECTURE, _CITY = "群馬県", "前橋市"

# Name, kana, latitude and longitude in degrees (None where the list had none).
_KOMINKAN: tuple[tuple[str, str, float | None, float | None], ...] = (
    ("中央公民館", "チュウオウコウミンカン", None, None),
    ("上川淵公民館", "カミカワフチコウミンカン", 36.363042, 139.100836),
    ("下川淵公民館", "シモカワフチコウミンカン", 36.334146, 139.092693),
    ("芳賀公民館", "ハガコウミンカン", 36.426548, 139.108186),
    ("桂萱公民館", "カイガヤコウミンカン", 36.393907, 139.104403),
    ("東公民館", "アズマコウミンカン", 36.373041, 139.05112),
    ("元総社公民館", "モトソウジャコウミンカン", 36.39195, 139.037295),
    ("総社公民館", "ソウジャコウミンカン", 36.407572, 139.039725),
    ("南橘公民館", "ナンキツコウミンカン", 36.428362, 139.063522),
    ("清里公民館", "キヨサトコウミンカン", 36.417942, 139.013268),
    ("永明公民館", "エイメイコウミンカン", 36.367414, 139.122711),
    ("城南公民館", "ジョウナンコウミンカン", 36.369293, 139.157989),
    ("大胡公民館", "オオゴコウミンカン", 36.423185, 139.163812),
    ("宮城公民館", "ミヤギコウミンカン", 36.44131, 139.178614),
    ("粕川公民館", "カスカワコウミンカン", None, None),
    ("富士見公民館", "フジミコウミンカン", 36.459207, 139.079052),
)
_OTHERS = (
    ("W01", VenueKind.WELFARE_CENTER, "総合福祉会館", "ソウゴウフクシカイカン"),
    ("C02", VenueKind.COMMUNITY_CENTER, "第二コミュニティセンター", "ダイニコミュニティセンター"),
    ("C03", VenueKind.COMMUNITY_CENTER, "第三コミュニティセンター", "ダイサンコミュニティセンター"),
    ("C04", VenueKind.COMMUNITY_CENTER, "第四コミュニティセンター", "ダイヨンコミュニティセンター"),
    ("C05", VenueKind.COMMUNITY_CENTER, "第五コミュニティセンター", "ダイゴコミュニティセンター"),
)

VENUES = tuple(
    NewVenue(
        code=f"K{number:02d}",
        kind=VenueKind.KOMINKAN,
        name=name,
        name_kana=kana,
        latitude=latitude,
        longitude=longitude,
        closed_days=CLOSED,
        note=UNCHECKED,
        prefecture=_PREFECTURE,
        city=_CITY,
    )
    for number, (name, kana, latitude, longitude) in enumerate(_KOMINKAN, 1)
) + tuple(
    NewVenue(code=code, kind=kind, name=name, name_kana=kana, prefecture=_PREFECTURE, city=_CITY, note=UNCHECKED)
    for code, kind, name, kana in _OTHERS
)


class Neighbourhood(NamedTuple):
    """An association and its made-up head (会長)."""

    district: str
    name: str
    kana: str
    head: str
    head_kana: str


DISTRICTS = (
    ("大胡地区", "オオゴチク"),
    ("宮城地区", "ミヤギチク"),
    ("粕川地区", "カスカワチク"),
    ("富士見地区", "フジミチク"),
    ("南橘地区", "ナンキツチク"),
    ("芳賀地区", "ハガチク"),
    ("桂萱地区", "カイガヤチク"),
    ("永明地区", "エイメイチク"),
    ("城南地区", "ジョウナンチク"),
    ("清里地区", "キヨサトチク"),
)

# The heads' names hold the variants a city meets every day: 髙, 﨑, 齋 and 邊 are to be found under 高, 崎, 斎 and 辺.
NEIGHBOURHOODS = (
    Neighbourhood("大胡地区", "堀越町自治会", "ホリコシマチジチカイ", "金井 康男", "カナイ ヤスオ"),
    Neighbourhood("大胡地区", "茂木町自治会", "モテギマチジチカイ", "髙橋 節子", "タカハシ セツコ"),
    Neighbourhood("大胡地区", "大胡町自治会", "オオゴマチジチカイ", "山﨑 正治", "ヤマザキ マサハル"),
    Neighbourhood("大胡地区", "樋越町自治会", "ヒゴシマチジチカイ", "関口 勝", "セキグチ マサル"),
    Neighbourhood("大胡地区", "河原浜町自治会", "カワラハママチジチカイ", "新井 和江", "アライ カズエ"),
    Neighbourhood("大胡地区", "上大屋町自治会", "カミオオヤマチジチカイ", "石川 昭夫", "イシカワ アキオ"),
    Neighbourhood("宮城地区", "鼻毛石町自治会", "ハナゲイシマチジチカイ", "北爪 茂", "キタヅメ シゲル"),
    Neighbourhood("宮城地区", "柏倉町自治会", "カシワグラマチジチカイ", "六本木 幸一", "ロッポンギ コウイチ"),
    Neighbourhood("粕川地区", "粕川町女渕自治会", "カスカワマチオナブチジチカイ", "齋藤 富美子", "サイトウ フミコ"),
    Neighbourhood("粕川地区", "粕川町膳自治会", "カスカワマチゼンジチカイ", "松村 清", "マツムラ キヨシ"),
    Neighbourhood("富士見地区", "富士見町原之郷自治会", "フジミマチハラノゴウジチカイ", "樺澤 実", "カバサワ ミノル"),
    Neighbourhood("富士見地区", "富士見町時沢自治会", "フジミマチトキザワジチカイ", "狩野 恵子", "カノウ ケイコ"),
    Neighbourhood("南橘地区", "荒牧町自治会", "アラマキマチジチカイ", "渡邊 武", "ワタナベ タケシ"),
    Neighbourhood("南橘地区", "川端町自治会", "カワバタマチジチカイ", "町田 敏雄", "マチダ トシオ"),
    Neighbourhood("南橘地区", "下細井町自治会", "シモホソイマチジチカイ", "奈良 弘", "ナラ ヒロシ"),
    Neighbourhood("芳賀地区", "鳥取町自治会", "トットリマチジチカイ", "大塚 光子", "オオツカ ミツコ"),
    Neighbourhood("芳賀地区", "小神明町自治会", "コジンメイマチジチカイ", "萩原 進", "ハギワラ ススム"),
    Neighbourhood("桂萱地区", "上泉町自治会", "カミイズミマチジチカイ", "小野里 豊", "オノザト ユタカ"),
    Neighbourhood("桂萱地区", "三俣町自治会", "ミツマタマチジチカイ", "角田 美代子", "ツノダ ミヨコ"),
    Neighbourhood("永明地区", "駒形町自治会", "コマガタマチジチカイ", "須田 隆", "スダ タカシ"),
    Neighbourhood("永明地区", "小屋原町自治会", "コヤハラマチジチカイ", "都丸 栄一", "トマル エイイチ"),
    Neighbourhood("城南地区", "荒子町自治会", "アラコマチジチカイ", "井野 久子", "イノ ヒサコ"),
    Neighbourhood("城南地区", "西大室町自治会", "ニシオオムロマチジチカイ", "阿久津 誠", "アクツ マコト"),
    Neighbourhood("清里地区", "青梨子町自治会", "アオナシマチジチカイ", "下田 良平", "シモダ リョウヘイ"),
)
