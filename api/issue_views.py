"""A trouble report as a page says it: since when somebody waits, the answer in a sentence, and its past as knots."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.report_words import PHRASES
from api.words import HOLD, ISSUE_STATE, LOSS_STEP
from inventory.issue_lines import IssueLine
from inventory.issue_lists import Figures
from inventory.issues import IssueCard, MessageOfIssue
from inventory.losses import Loss
from inventory.tables import Author, HoldReason, IssueState, LossStepKind, MessageChannel

# Mark and tone of each state.
SIGNS = {
    IssueState.RECEIVED: ("caution", "yama"),
    IssueState.CONFIRMED: ("held-for", "ai"),
    IssueState.IN_PROGRESS: ("lent", "ai"),
    IssueState.WAITING: ("ask", "yama"),
    IssueState.RESOLVED: ("done", "take"),
}
_SAID = {"message": "返事を書きました", "phone": "電話で話しました", "letter": "手紙を書きました", "note": "職員のメモ"}
# Who waits longer than this is named in bold.
_LONG = timedelta(days=3)


@dataclass(frozen=True)
class LineView:
    """``waits`` is how long somebody has waited for a word, empty when nobody does."""

    card: IssueLine
    title: str
    said: str
    waits: str
    long: bool
    mark: str


def view(card: IssueLine, now: datetime) -> LineView:
    waited = now - card.waits_since if card.waits_since else None
    return LineView(
        card=card,
        title=title_of(card),
        said=said_of(card),
        waits=span(waited) if waited is not None else "",
        long=waited is not None and waited >= _LONG,
        mark=SIGNS[card.state][0],
    )


def title_of(card: IssueLine) -> str:
    """Whose trouble it is: the borrower's, the venue's, or of a device that is with nobody."""
    if card.venue is not None:
        return card.venue.name
    if card.borrower is not None:
        return card.borrower.name
    return f"{card.device.asset_number}（貸していない端末）" if card.device else "困りごと"


def said_of(card: IssueLine) -> str:
    """What was ticked and written, in one line."""
    parts = [PHRASES.get(phrase, "") for phrase in card.phrases]
    parts.append(" ".join(card.text.split()) if card.text else "")
    return "　".join(part for part in parts if part)


def grouped(lines: Iterable[LineView]) -> list[tuple[IssueState, list[LineView]]]:
    """The lines of a list by state, in the order of the list."""
    found: dict[IssueState, list[LineView]] = {}
    for line in lines:
        found.setdefault(line.card.state, []).append(line)
    return list(found.items())


def headline(of: Figures, *, longest: bool, now: datetime) -> list[str]:
    """The inbox in sentences: how many, who waits longest, how soon the first answer comes."""
    if not of.open:
        said = ["いま、待っている困りごとはありません。"]
    else:
        said = [f"困りごとは{of.open}件。"]
        if longest:
            waits = f"いちばん長く待っている人は{span(now - of.longest)}です。" if of.longest else ""
            said.append(waits or "返事を待っている人はいません。")
    if of.median_hours is not None:
        said.append(f"最初の返事まで中央値{span(timedelta(hours=of.median_hours))}。")
    return said


def span(time: timedelta) -> str:
    """How long, in the unit in which people say it: 20分, 6時間, 3日."""
    if time < timedelta(hours=1):
        return f"{max(1, round(time / timedelta(minutes=1)))}分"
    if time < timedelta(hours=48):
        return f"{round(time / timedelta(hours=1))}時間"
    return f"{time.days}日"


def answer_sentences(card: IssueCard, now: datetime) -> list[str]:
    """The report's own answer to 「いまどうなっている？」."""
    if card.merged_into is not None:
        return ["ほかの困りごとに、まとめました。"]
    if card.state is IssueState.RESOLVED:
        return ["ためしたら直った、と知らせがありました。"] if card.self_solved else ["解決しました。"]
    if card.loss is not None and card.loss.found_at is None and not card.loss.locked:
        return ["紛失です。", "まだロックできていません。"]
    if card.waits_since is not None:
        asked = "返事を待っています" if card.first_answer_at is None else "つぎの返事を待っています"
        return [f"{span(now - card.waits_since)}、{asked}。"]
    if any(substitute.comes_back for substitute in card.substitutes):
        return ["もとの端末は渡しました。", "代替機が、まだ返っていません。"]
    if card.state is IssueState.WAITING:
        return ["ご連絡を待っています。"]
    return ["返事をしました。", f"いまは{ISSUE_STATE[card.state]}です。"]


@dataclass(frozen=True)
class IssueKnot:
    """``text`` keeps its lines. ``letter`` is the id of a message that is printed as a letter."""

    at: datetime
    mark: str
    tone: str
    what: str
    text: str | None = None
    notes: tuple[str, ...] = ()
    letter: str | None = None


def knots(card: IssueCard) -> list[IssueKnot]:
    """Everything that happened, the newest first. A state that a message led to stands with the message."""
    found = [_told(card), *(_message(message) for message in card.messages)]
    spoken = {message.written_at for message in card.messages}
    for step in card.steps[1:]:
        mark, tone = SIGNS[step.state]
        if step.began_at in spoken:
            found = [
                _also(knot, f"「{ISSUE_STATE[step.state]}」にしました") if knot.at == step.began_at else knot
                for knot in found
            ]
        else:
            what = (
                f"「{ISSUE_STATE[step.state]}」にしました" if step.by else f"「{ISSUE_STATE[step.state]}」になりました"
            )
            found.append(IssueKnot(step.began_at, mark, tone, what, notes=_by(step.by)))
    for report in card.merged:
        found.append(IssueKnot(report.received_at, "same", "ai", f"{report.receipt} も、同じ困りごとです", report.text))
    for hold in card.holds:
        lost = hold.reason is HoldReason.LOST
        mark, tone = ("lost", "shu") if lost else ("hold", "kaki")
        found.append(IssueKnot(hold.opened_at, mark, tone, f"端末を{HOLD[hold.reason]}にしました", hold.note))
        if hold.closed_at is not None:
            what = "端末が見つかりました" if lost else "修理がすみました"
            found.append(IssueKnot(hold.closed_at, "done", "take", what))
    for substitute in card.substitutes:
        what = f"代替機 {substitute.asset_number} を貸しました"
        found.append(IssueKnot(substitute.lent_at, "lent", "ai", what, notes=(f"貸出 {substitute.loan}",)))
        if substitute.returned_at is not None:
            what = f"代替機 {substitute.asset_number} が返りました"
            found.append(IssueKnot(substitute.returned_at, "stock", "take", what))
    return sorted(found, key=lambda knot: knot.at, reverse=True)


def loss_knots(loss: Loss) -> list[IssueKnot]:
    """What was done about a loss, the first step at the top: the order in which it has to be done."""
    found = [IssueKnot(loss.since, "lost", "shu", "紛失にしました")]
    for step in loss.steps:
        done = step.kind not in (LossStepKind.LOCK_ASKED, LossStepKind.WIPE_ASKED)
        sign = ("done", "take") if done else ("half", "ai")
        found.append(IssueKnot(step.at, *sign, LOSS_STEP[step.kind], step.note, notes=_by(step.by)))
    return sorted(found, key=lambda knot: knot.at)


def _told(card: IssueCard) -> IssueKnot:
    how = "電話などで聞き取りました" if card.on_behalf else "知らせがありました"
    ticked = tuple(PHRASES[phrase] for phrase in card.phrases if phrase in PHRASES)
    return IssueKnot(card.received_at, "full", "ai", how, card.text, notes=ticked)


def _message(message: MessageOfIssue) -> IssueKnot:
    text = message.text if message.text is not None else "（消去ずみ）"
    if message.author is Author.REPORTER:
        what = f"{message.report} から、書きこみがありました" if message.report else "書きこみがありました"
        return IssueKnot(message.written_at, "held-for", "ai", what, text)
    mark = {"note": "bulb", "phone": "tel"}.get(message.channel, "done")
    letter = message.id if message.channel is MessageChannel.LETTER else None
    tone = "soft" if message.channel is MessageChannel.NOTE else "take"
    return IssueKnot(message.written_at, mark, tone, _SAID[message.channel], text, notes=_by(message.by), letter=letter)


def _also(knot: IssueKnot, note: str) -> IssueKnot:
    return IssueKnot(knot.at, knot.mark, knot.tone, knot.what, knot.text, (*knot.notes, note), knot.letter)


def _by(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()
