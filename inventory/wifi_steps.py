"""A venue enters a stage of its wifi, many venues enter it in one act, and a step recorded wrongly is struck out.

Recorded steps are never changed. A day in the past is as good as today: the step takes its place in the history by the
day on which it happened, and what stands before and after it says whether it needs a reason.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from inventory import journal
from inventory.calendar import today
from inventory.errors import IllegalStep, Invalid, NotFound
from inventory.journal import By
from inventory.shapes import BlankIsNone, Card, Identifier, Lines, Note, OptionalDay, Shape, row_id
from inventory.tables import WifiStage, WifiStep, WifiStepStrike
from inventory.wifi_history import Fault, Told, VenueWifi, faults, live_steps, venue_row, venue_wifi
from inventory.wifi_stages import CHECKLISTS, ROAD, Move
from inventory.wifi_standing import STEP, STRIKE, VENUE

_tables = SQLModel.metadata.tables
CONTRACT, CONTRACT_VENUE = _tables["contract"], _tables["contract_venue"]
FIRST_DAY = date(1990, 1, 1)
# Halls that one act moves. A city has some dozens, the largest of them some hundreds.
MOST_VENUES = 500

StepReason = Annotated[Annotated[str, StringConstraints(max_length=400), Lines] | None, BlankIsNone]
StepDay = Annotated[date, Field(ge=FIRST_DAY, le=date(2999, 12, 31))]


class Evidence(Shape):
    """What shows that the stage was reached: ticks of its checklist or of the one before, a contract, the 検収."""

    checks: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=40)] = []
    contract: Annotated[Identifier | None, BlankIsNone] = None
    accepted_on: OptionalDay = None


class RecordStep(Shape):
    """``on`` is the day on which it happened, today or before. ``reason`` is needed where a step does not follow."""

    stage: WifiStage
    on: StepDay
    note: Note = None
    reason: StepReason = None
    evidence: Evidence | None = None


class RecordSteps(RecordStep):
    """The same step of many venues, by their codes: all of them or none."""

    venues: Annotated[list[Identifier], Field(min_length=1, max_length=MOST_VENUES)]


class StrikeStep(Shape):
    reason: Annotated[str, StringConstraints(max_length=400, min_length=1), Lines]


class StepsRecorded(Card):
    """``entry`` is the number of the act in the journal, ``venues`` the codes of those that it moved."""

    entry: str
    stage: WifiStage
    on: date
    venues: list[str]


def record_step(session: Session, order: RecordStep, *, venue: str, by: By, now: datetime, op_id: str) -> VenueWifi:
    """Record that a venue entered a stage.

    Raises:
        NotFound: no venue has this code.
        Invalid: the day is still to come, or the evidence does not belong to the stage.
        IllegalStep: a step does not follow the one before it and no reason was given, or it is there already.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    _record(session, order, [venue_row(session, venue)], entry, now)
    journal.note(session, "record_wifi_step", venue=venue, stage=order.stage.value, on=order.on.isoformat())
    return venue_wifi(session, venue, today=today(now))


def record_steps(session: Session, order: RecordSteps, *, by: By, now: datetime, op_id: str) -> StepsRecorded:
    """Record that many venues entered a stage on the same day, all of them or none.

    Raises:
        Invalid: a venue is unknown, the day is still to come, or the evidence does not belong to the stage.
        IllegalStep: ``venues`` names those whose step needs a reason, or that are there already.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    rows = _venues(session, order.venues)
    _record(session, order, rows, entry, now)
    codes = [row.code for row in rows]
    journal.note(session, "record_wifi_steps", venues=codes, stage=order.stage.value, on=order.on.isoformat())
    return StepsRecorded(entry=str(entry), stage=order.stage, on=order.on, venues=codes)


def strike_step(
    session: Session, order: StrikeStep, *, venue: str, step: str, by: By, now: datetime, op_id: str
) -> VenueWifi:
    """Strike out a step that was recorded wrongly; it stays in the history and does not count from now on.

    Raises:
        NotFound: the venue has no such step.
        Invalid: it was struck out before.
    """
    entry = journal.open_entry(session, by=by, now=now, op_id=op_id)
    row = step_row(session, venue, step)
    if row.struck:
        raise Invalid.field("reason", "この記録は、もう取り消されています。会場の画面で経過をたしかめてください。")
    session.add(WifiStepStrike(step_id=row.id, recorded_at=now, reason=order.reason, entry=entry))
    session.flush()
    journal.note(session, "strike_wifi_step", venue=venue, step=row.id)
    return venue_wifi(session, venue, today=today(now))


def step_row(session: Session, venue: str, step: str) -> Any:
    """A step of a venue: ``id`` and whether it is ``struck``.

    Raises:
        NotFound: the venue has no such step.
    """
    query = (
        select(STEP.c.id, STRIKE.c.step_id.is_not(None).label("struck"))
        .outerjoin(STRIKE, STRIKE.c.step_id == STEP.c.id)
        .where(STEP.c.id == row_id(step), STEP.c.venue_id == venue_row(session, venue).id)
    )
    row = session.connection().execute(query).first()
    if row is None:
        raise NotFound("この段階の記録は見つかりません。会場の画面を開き直してください。")
    return row


def _venues(session: Session, codes: Sequence[str]) -> list[Any]:
    """The rows of venues in the order of their codes as given, each once."""
    wanted = list(dict.fromkeys(codes))
    query = select(VENUE.c.id, VENUE.c.code, VENUE.c.name).where(VENUE.c.code.in_(wanted))
    rows = {row.code: row for row in session.connection().execute(query)}
    unknown = [code for code in wanted if code not in rows]
    if unknown:
        raise Invalid.field("venues", f"会場 {'、'.join(unknown[:5])} は見つかりません。一覧から選び直してください。")
    return [rows[code] for code in wanted]


def _record(session: Session, order: RecordStep, venues: list[Any], entry: int, now: datetime) -> None:
    evidence = order.evidence or Evidence()
    day = today(now)
    if order.on > day:
        raise Invalid.field("on", "これからの日は記録できません。見込みの日は「見込みを直す」に書いてください。")
    contract = _contract(session, evidence, venues)
    _must_belong(order.stage, evidence, day)
    history = live_steps(session, [venue.id for venue in venues])
    wrong = {
        venue.code: found
        for venue in venues
        if (found := _fault(history[venue.id], order.stage, order.on, bool(order.reason))) is not None
    }
    if wrong:
        raise _illegal({venue.code: venue.name for venue in venues}, wrong)
    for venue in venues:
        session.add(
            WifiStep(
                venue_id=venue.id,
                stage=order.stage,
                happened_on=order.on,
                recorded_at=now,
                reason=order.reason,
                note=order.note,
                checks=sorted(set(evidence.checks)),
                contract_id=contract,
                accepted_on=evidence.accepted_on,
                entry=entry,
            )
        )
    session.flush()


def _fault(live: Sequence[Any], stage: WifiStage, on: date, explained: bool) -> Fault | None:
    """What is wrong with a step that takes its place after whatever was recorded of that day."""
    told = [Told(row.stage, row.happened_on) for row in live]
    at = sum(step.on <= on for step in told)
    found = faults([*told[:at], Told(stage, on, new=True, explained=explained), *told[at:]])
    return found[0] if found else None


def checks_of(stage: WifiStage) -> frozenset[str]:
    """What may be ticked when a stage is entered: its own checklist and that of the stage which is left."""
    if stage not in ROAD:
        return frozenset()
    at = ROAD.index(stage)
    return CHECKLISTS[stage] | (CHECKLISTS[ROAD[at - 1]] if at else frozenset())


def _must_belong(stage: WifiStage, evidence: Evidence, day: date) -> None:
    if not set(evidence.checks) <= checks_of(stage):
        sentence = "この段階の確認事項ではないものが選ばれています。出し直した確認事項をたしかめてください。"
        raise Invalid.field("evidence.checks", sentence)
    if evidence.accepted_on is not None and stage is not WifiStage.IN_SERVICE:
        raise Invalid.field("evidence.accepted_on", "検収の日は、運用に進めるときに書いてください。")
    if evidence.accepted_on is not None and not FIRST_DAY <= evidence.accepted_on <= day:
        raise Invalid.field("evidence.accepted_on", "検収の日は、きょうまでの日を書いてください。")


def _contract(session: Session, evidence: Evidence, venues: list[Any]) -> int | None:
    """Row number of the contract, which must cover every venue."""
    if evidence.contract is None:
        return None
    number = row_id(evidence.contract)
    connection = session.connection()
    if connection.execute(select(CONTRACT.c.id).where(CONTRACT.c.id == number)).first() is None:
        raise Invalid.field("evidence.contract", "この契約は見つかりません。一覧から選び直してください。")
    covers = select(CONTRACT_VENUE.c.venue_id).where(
        CONTRACT_VENUE.c.contract_id == number, CONTRACT_VENUE.c.undone_entry.is_(None)
    )
    covered = set(connection.execute(covers).scalars())
    left = [venue.name for venue in venues if venue.id not in covered]
    if left:
        sentence = f"この契約には{_named(left)}が入っていません。契約に会場を加えるか、別の契約を選んでください。"
        raise Invalid.field("evidence.contract", sentence)
    return number


_SAID = {
    Move.SKIP: "段階を飛ばします",
    Move.BACK: "前の段階に戻ります",
    Move.HOLD: "保留になります",
    Move.EXCLUDE: "対象外になります",
    Move.RESTART: "やめていた整備を始め直します",
}


def _illegal(names: dict[str, str], wrong: dict[str, Fault]) -> IllegalStep:
    """The refusal, which names the venues. ``moves``: venue → what kind of move it would be."""
    nowhere = [code for code, fault in wrong.items() if fault.move is Move.NOWHERE]
    refused = nowhere or list(wrong)
    if nowhere:
        sentence = f"{_named([names[code] for code in nowhere])}には、つづけて同じ段階は記録できません。"
        sentence += "段階と日付をたしかめてください。日付を直すときは、前の記録を取り消してから記録します。"
    else:
        parts = []
        for kind in dict.fromkeys(fault.move for fault in wrong.values() if fault.because == fault.at):
            halls = [code for code, fault in wrong.items() if fault.because == fault.at and fault.move is kind]
            parts.append(f"{_named([names[code] for code in halls])}は、{_SAID[kind]}。")
        later = [names[code] for code, fault in wrong.items() if fault.because != fault.at]
        if later:
            parts.append(f"{_named(later)}は、あとに記録されている段階とつながりません。")
        sentence = "".join(parts) + "理由を書くと記録できます。"
    return IllegalStep(sentence, venues=refused, moves={code: wrong[code].move.value for code in refused})


def _named(names: list[str]) -> str:
    return "、".join(names[:5]) + (f"ほか{len(names) - 5}館" if len(names) > 5 else "")
