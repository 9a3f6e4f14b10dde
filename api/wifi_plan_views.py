"""What the page of a venue shows of its plan: planned against actual, what is next, and every revision."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from inventory.calendar import today
from inventory.sign_in import SignedIn
from inventory.tables import Role
from inventory.venues import venue_by_code
from inventory.wifi_actions import ActionCard, open_actions
from inventory.wifi_plan_lists import PlanRevision, plan_revisions
from inventory.wifi_slips import VenueSlip, venue_slips


@dataclass(frozen=True)
class PlansPart:
    """``slip`` is None of a venue without a step and a plan."""

    venue: str
    today: date
    slip: VenueSlip | None
    revisions: list[PlanRevision]
    action: ActionCard | None


def plans_part(session: Session, venue: str, now: datetime, visitor: SignedIn) -> PlansPart | None:
    """The plan of a venue; whoever may not plan is not shown that there is none."""
    row = venue_by_code(session, venue)
    if row is None:
        return None
    day = today(now)
    slips = venue_slips(session, on=day, venues=[row])
    action = open_actions(session, venues=[row]).get(row)
    if not slips and action is None and not visitor.roles & {Role.IT, Role.ADMIN}:
        return None
    return PlansPart(venue, day, slips[0] if slips else None, plan_revisions(session, venue), action)
