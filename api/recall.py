"""What an act answered, kept as identifiers, and the same answer again when the act is repeated."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from inventory.access_point_imports import AccessPointsEntered
from inventory.access_point_lists import AccessPointCard, access_point_card
from inventory.agreement_sheets import AgreementCard, agreement_again
from inventory.agreement_texts import TextCard, text_of_id
from inventory.applications import ApplicationCard, application_card
from inventory.calendar import today
from inventory.cases import CaseCard, case_card
from inventory.closures import ClosureCard, closure_card
from inventory.conflicts import ConflictCard, conflict_card
from inventory.contract_lists import ContractCard, contract_card
from inventory.course_help import CourseHelpers, course_helpers
from inventory.course_imports import CoursesEntered
from inventory.course_photos import CoursePhoto, course_photo
from inventory.course_series import SeriesCard, series_card
from inventory.course_states import StateChanged
from inventory.courses import CourseCard, course_card
from inventory.devices import DeviceCard, device_card
from inventory.drills import DisasterCard, DrillCard, disaster_card, drill_card
from inventory.erasing import PersonCard, person_card
from inventory.extending import ExtendedAll
from inventory.facilities import FacilitiesEntered
from inventory.form_texts import FormTextCard, form_text_of_id
from inventory.issues import IssueCard, issue_card
from inventory.lines import LineCard, line_card
from inventory.loans import LoanCard, loan_card
from inventory.losses import LossStepCard, loss_step_card
from inventory.officers import OfficerCard, officer_card
from inventory.outages import OutageCard, outage_card
from inventory.packs_held import PackHeldCard, pack_held
from inventory.paper_forms import PaperForms
from inventory.passphrases import PassphrasesChanged
from inventory.people import AssociationCard, DistrictCard, association_card, district_card
from inventory.pictures import PictureCard, picture_card
from inventory.plan_copies import YearCopied
from inventory.pools import PoolCard, pool_card
from inventory.presences import Heard, RoundCard, WordCard, round_card, word_card
from inventory.programme_imports import ProgrammesEntered
from inventory.programmes import ProgrammeCard, programme_card
from inventory.reminder_lists import ReminderCard, reminder_card
from inventory.reminders import LettersWritten
from inventory.report_editions import EditionCard, edition_card
from inventory.report_receipts import ReceiptCard, receipt_of
from inventory.report_texts import ReportTextCard, TextsCopied, report_text_card
from inventory.reporting import Reported, reported
from inventory.reservation_lists import ReservationCard, reservation_card
from inventory.retention import RulesCard
from inventory.returning import Returned
from inventory.rooms import RoomCard, room_card
from inventory.rosters import RosterEntered
from inventory.saved_filters import SavedFilterCard, saved_filter
from inventory.scan_shapes import ScanResult
from inventory.speed_tests import SpeedTestCard, speed_test_card
from inventory.staff import StaffCard, staff_card
from inventory.standard_answers import StandardAnswerCard, standard_answer
from inventory.stock import HoldOpened, hold_opened
from inventory.supporter_imports import SupportersEntered
from inventory.supporter_lists import SupporterCard, supporter_card
from inventory.tags import Blanks
from inventory.transfers import PassedOnMany
from inventory.undo import Undone
from inventory.usage_counts import UsageCard, UsagesRecorded, usage_card
from inventory.usage_imports import UsageEntered
from inventory.venue_pictures import VenuePhoto, venue_photo
from inventory.venue_tags import VenueTag, venue_tag
from inventory.venues import VenueCard, venue_card
from inventory.wifi_actions import ActionCard, action_card
from inventory.wifi_history import VenueWifi, venue_wifi
from inventory.wifi_imports import StepsEntered
from inventory.wifi_plan_lists import PlanRevision, plan_revision
from inventory.wifi_plans import PlansRevised
from inventory.wifi_programmes import WifiProgrammeCard, wifi_programme_card
from inventory.wifi_steps import StepsRecorded
from inventory.wish_lists import WishCard, wish_card

# Cards of things: their key is kept, the card is made anew. A name or a note never enters the journal this way.
_THINGS: dict[type[BaseModel], tuple[str, Callable[..., Any]]] = {
    LoanCard: ("number", lambda session, key, now: loan_card(session, key, now=now)),
    DeviceCard: ("asset_number", lambda session, key, now: device_card(session, key)),
    CaseCard: ("code", lambda session, key, now: case_card(session, key)),
    ContractCard: ("id", lambda session, key, now: contract_card(session, key)),
    LineCard: ("id", lambda session, key, now: line_card(session, key)),
    ConflictCard: ("id", lambda session, key, now: conflict_card(session, key)),
    HoldOpened: ("id", lambda session, key, now: hold_opened(session, key)),
    PoolCard: ("id", lambda session, key, now: pool_card(session, key)),
    SavedFilterCard: ("id", lambda session, key, now: saved_filter(session, key)),
    VenueTag: ("code", lambda session, key, now: venue_tag(session, key)),
    AccessPointCard: ("id", lambda session, key, now: access_point_card(session, key)),
    VenueCard: ("code", lambda session, key, now: venue_card(session, key)),
    VenueWifi: ("venue", lambda session, key, now: venue_wifi(session, key, today=today(now))),
    RoomCard: ("id", lambda session, key, now: room_card(session, key)),
    DistrictCard: ("id", lambda session, key, now: district_card(session, key)),
    AssociationCard: ("id", lambda session, key, now: association_card(session, key, now=now)),
    PersonCard: ("id", lambda session, key, now: person_card(session, key)),
    OfficerCard: ("id", lambda session, key, now: officer_card(session, key, now=now)),
    ProgrammeCard: ("id", lambda session, key, now: programme_card(session, key)),
    ReservationCard: ("id", lambda session, key, now: reservation_card(session, key)),
    SeriesCard: ("id", lambda session, key, now: series_card(session, key)),
    CourseCard: ("id", lambda session, key, now: course_card(session, key)),
    PackHeldCard: ("id", lambda session, key, now: pack_held(session, key)),
    SupporterCard: ("id", lambda session, key, now: supporter_card(session, key, now=now)),
    CourseHelpers: ("course", lambda session, key, now: course_helpers(session, key)),
    WishCard: ("id", lambda session, key, now: wish_card(session, key)),
    StaffCard: ("id", lambda session, key, now: staff_card(session, key, now=now)),
    AgreementCard: ("id", lambda session, key, now: agreement_again(session, key)),
    TextCard: ("id", lambda session, key, now: text_of_id(session, key)),
    FormTextCard: ("id", lambda session, key, now: form_text_of_id(session, key)),
    ApplicationCard: ("id", lambda session, key, now: application_card(session, key)),
    Reported: ("receipt", lambda session, key, now: reported(session, key)),
    ReceiptCard: ("receipt", lambda session, key, now: receipt_of(session, key)),
    RoundCard: ("id", lambda session, key, now: round_card(session, key, now=now)),
    WordCard: ("id", lambda session, key, now: word_card(session, key)),
    PictureCard: ("id", lambda session, key, now: picture_card(session, key)),
    ReminderCard: ("id", lambda session, key, now: reminder_card(session, key, now=now)),
    IssueCard: ("id", lambda session, key, now: issue_card(session, key)),
    LossStepCard: ("id", lambda session, key, now: loss_step_card(session, key)),
    ClosureCard: ("id", lambda session, key, now: closure_card(session, key)),
    OutageCard: ("id", lambda session, key, now: outage_card(session, key, now=now)),
    SpeedTestCard: ("id", lambda session, key, now: speed_test_card(session, key)),
    UsageCard: ("id", lambda session, key, now: usage_card(session, key)),
    DrillCard: ("id", lambda session, key, now: drill_card(session, key)),
    DisasterCard: ("code", lambda session, key, now: disaster_card(session, key, now=now)),
    CoursePhoto: ("id", lambda session, key, now: course_photo(session, key)),
    VenuePhoto: ("id", lambda session, key, now: venue_photo(session, key)),
    StandardAnswerCard: ("id", lambda session, key, now: standard_answer(session, key)),
    PlanRevision: ("id", lambda session, key, now: plan_revision(session, key)),
    ReportTextCard: ("id", lambda session, key, now: report_text_card(session, key)),
    EditionCard: ("id", lambda session, key, now: edition_card(session, key)),
    ActionCard: ("id", lambda session, key, now: action_card(session, key)),
    WifiProgrammeCard: ("code", lambda session, key, now: wifi_programme_card(session, key, now=now)),
}
# Results that hold nothing but numbers, codes and outcomes are kept as they were said.
_RESULTS: tuple[type[BaseModel], ...] = (
    SupportersEntered,
    Returned,
    Undone,
    Blanks,
    PaperForms,
    ExtendedAll,
    LettersWritten,
    RulesCard,
    PassedOnMany,
    RosterEntered,
    UsagesRecorded,
    UsageEntered,
    FacilitiesEntered,
    CoursesEntered,
    ProgrammesEntered,
    AccessPointsEntered,
    ScanResult,
    Heard,
    PassphrasesChanged,
    StepsRecorded,
    StepsEntered,
    PlansRevised,
    TextsCopied,
    StateChanged,
    YearCopied,
)
_BY_NAME = {kind.__name__: kind for kind in (*_THINGS, *_RESULTS)}


def answer_of(card: BaseModel) -> dict[str, Any]:
    """The identifiers in an answer."""
    kind = type(card)
    if kind in _THINGS:
        return {"kind": kind.__name__, "key": getattr(card, _THINGS[kind][0])}
    if kind in _RESULTS:
        return {
            "kind": kind.__name__,
            "said": card.kept() if isinstance(card, ScanResult) else card.model_dump(mode="json"),
        }
    raise TypeError(f"{kind.__name__} cannot be answered twice: give it a place in recall.py")


def again(session: Session, answer: dict[str, Any], now: datetime) -> Any:
    """The first answer, rendered anew."""
    kind = _BY_NAME[answer["kind"]]
    if kind in _THINGS:
        return _THINGS[kind][1](session, answer["key"], now)
    return kind.model_validate(answer["said"])
