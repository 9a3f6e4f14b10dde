"""The time line of a venue's wifi on its page: where it stands in one sentence, and how it came there."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from inventory.calendar import month_day, today, wareki
from inventory.sign_in import SignedIn
from inventory.tables import WifiStage
from inventory.wifi_history import StepCard, VenueWifi, venue_wifi

_NOW = {
    WifiStage.SURVEY: "Wi-Fiは調査中です",
    WifiStage.DESIGN: "Wi-Fiは設計中です",
    WifiStage.CONTRACT: "Wi-Fiは契約の手続き中です",
    WifiStage.CONSTRUCTION: "Wi-Fiは工事中です",
    WifiStage.ACTIVATION: "Wi-Fiは開通の確認中です",
    WifiStage.IN_SERVICE: "Wi-Fiが使えます",
    WifiStage.ON_HOLD: "Wi-Fiの整備は保留です",
    WifiStage.EXCLUDED: "Wi-Fi整備の対象から外れています",
    WifiStage.REMOVED: "Wi-Fiは撤去しました",
}


@dataclass(frozen=True)
class TimelinePart:
    """``sentence`` is where the wifi stands. ``steps`` count, the newest first; ``struck`` were struck out.

    ``late`` are the ids of steps that the ledger heard of on a later day than that on which they happened.
    """

    sentence: str
    wifi: VenueWifi
    steps: list[StepCard]
    struck: list[StepCard]
    late: set[str]


def load_timeline(session: Session, venue: str, now: datetime, visitor: SignedIn) -> TimelinePart:
    day = today(now)
    wifi = venue_wifi(session, venue, today=day)
    return TimelinePart(
        sentence=sentence_of(wifi, day),
        wifi=wifi,
        steps=[step for step in reversed(wifi.history) if step.struck is None],
        struck=[step for step in reversed(wifi.history) if step.struck is not None],
        late={step.id for step in wifi.history if today(step.recorded_at) > step.on},
    )


def sentence_of(wifi: VenueWifi, day: date) -> str:
    """Where the wifi stands and since when; the year is named where it is another one."""
    if wifi.stage is None or wifi.since is None:
        return "Wi-Fiの整備は、まだ始まっていません。"
    since = month_day(wifi.since).partition("（")[0] if wifi.since.year == day.year else wareki(wifi.since)
    return f"{_NOW[wifi.stage]}（{since}から）。"
