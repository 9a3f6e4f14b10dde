"""Our own list of access points as a table. Whether there is a passphrase stands in it, which one never does."""

from collections.abc import Callable, Sequence

from sqlmodel import Session

from api.spreadsheets import Cell, Table
from api.wifi_words import AUTH
from inventory.access_point_lists import AccessPointCard, list_access_points
from inventory.calendar import wareki


def _yes(value: bool) -> str:
    return "はい" if value else "いいえ"


_POINTS: Sequence[tuple[str, Callable[[AccessPointCard], Cell]]] = (
    ("会場コード", lambda card: card.venue),
    ("会場", lambda card: card.venue_name),
    ("部屋", lambda card: card.room.name if card.room else None),
    ("使えるところ", lambda card: card.area),
    ("SSID", lambda card: card.ssid),
    ("認証", lambda card: AUTH[card.auth]),
    ("周波数帯", lambda card: card.band),
    ("災害のとき00000JAPAN", lambda card: _yes(card.disaster_ssid)),
    ("パスワードの記録", lambda card: _yes(card.has_passphrase)),
    ("つぎに変わる日", lambda card: card.passphrase_until),
    ("つぎに変わる日（和暦）", lambda card: wareki(card.passphrase_until) if card.passphrase_until else None),
    ("備品番号", lambda card: card.device.asset_number if card.device else None),
    ("設置中", lambda card: _yes(card.device.installed) if card.device else None),
    ("設置した日", lambda card: card.installed_on),
    ("外した日", lambda card: card.removed_on),
    ("備考", lambda card: card.note),
)


def access_points_table(session: Session, /, *, venue: str | None) -> Table:
    """Every access point, also those that were taken down; those of one venue where it is named."""
    points = list_access_points(session, [venue] if venue else None)
    heads = tuple(name for name, _ in _POINTS)
    return Table("アクセスポイント", heads, [[cell(point) for _, cell in _POINTS] for point in points])
