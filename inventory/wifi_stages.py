"""The stages of a venue's wifi, and which moves between them need no reason. Pure.

Six stages follow each other: 調査 → 設計 → 契約 → 工事 → 開通 → 運用. 保留 remembers where it began and leads back
there; 対象外 ends a venue that never gets wifi, 撤去 one that had it.
"""

from collections.abc import Iterable
from enum import StrEnum

from inventory.tables import WifiStage

ROAD = (
    WifiStage.SURVEY,
    WifiStage.DESIGN,
    WifiStage.CONTRACT,
    WifiStage.CONSTRUCTION,
    WifiStage.ACTIVATION,
    WifiStage.IN_SERVICE,
)
"""The six stages in their order."""

CHECKLISTS: dict[WifiStage, frozenset[str]] = {
    WifiStage.SURVEY: frozenset({"power", "mounting", "wiring", "line_possible", "radio", "drawings"}),
    WifiStage.DESIGN: frozenset({"floor_plan", "estimate", "security", "hall_agreed"}),
    WifiStage.CONTRACT: frozenset({"tender_done", "contract_signed", "schedule_agreed"}),
    WifiStage.CONSTRUCTION: frozenset({"notice_given", "cabling_done", "mounted", "cleaned_up"}),
    WifiStage.ACTIVATION: frozenset({"line_up", "speed_measured", "coverage_walked", "filter_on"}),
    WifiStage.IN_SERVICE: frozenset({"accepted", "poster_up", "label_on", "staff_told", "documents_filed"}),
}
"""The checklist of each stage, by code. What was done is ticked when the stage is entered, or left."""


class Move(StrEnum):
    """What kind of move leads from one stage to another."""

    STEP = "step"
    RESUME = "resume"
    HOLD = "hold"
    SKIP = "skip"
    BACK = "back"
    EXCLUDE = "exclude"
    REMOVE = "remove"
    RESTART = "restart"
    NOWHERE = "nowhere"


PLAIN = frozenset({Move.STEP, Move.RESUME, Move.REMOVE})
"""Moves that need no reason. 撤去 is plain after 運用 alone, where there is something to take down."""


def standing_place(stages: Iterable[WifiStage]) -> WifiStage | None:
    """The last of the six stages among ``stages`` (oldest first): where a venue on hold goes on. None before 調査."""
    place = None
    for stage in stages:
        if stage in ROAD:
            place = stage
        elif stage is not WifiStage.ON_HOLD:
            place = None
    return place


def move(before: WifiStage | None, place: WifiStage | None, to: WifiStage) -> Move:
    """What kind of move leads from ``before`` to ``to``.

    ``before`` is the stage that stands (None: nothing recorded yet), ``place`` where a venue on hold goes on
    (``standing_place``). ``Move.NOWHERE``: it is there already.
    """
    if to is before:
        return Move.NOWHERE
    if to is WifiStage.ON_HOLD:
        return Move.HOLD
    if to is WifiStage.EXCLUDED:
        return Move.EXCLUDE
    if to is WifiStage.REMOVED:
        in_service = before is WifiStage.IN_SERVICE or (before is WifiStage.ON_HOLD and place is WifiStage.IN_SERVICE)
        return Move.REMOVE if in_service else Move.SKIP
    if before in (WifiStage.EXCLUDED, WifiStage.REMOVED):
        return Move.RESTART
    if before is WifiStage.ON_HOLD and to is place:
        return Move.RESUME
    stood = place if before is WifiStage.ON_HOLD else before
    last = ROAD.index(stood) if stood is not None else -1
    here = ROAD.index(to)
    if here == last + 1:
        return Move.STEP
    return Move.SKIP if here > last else Move.BACK


def next_stage(place: WifiStage | None) -> WifiStage | None:
    """The stage after ``place`` on the road; 調査 of a venue with no stage yet, None after 運用."""
    if place is None:
        return ROAD[0]
    at = ROAD.index(place) + 1
    return ROAD[at] if at < len(ROAD) else None
