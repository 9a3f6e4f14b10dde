"""What went wrong in the demo city, told in days before the day of loading, and what the staff answered."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from inventory.calendar import today
from inventory.demo.act import Act
from inventory.demo.lending import Event, soon_after
from inventory.devices import device_card
from inventory.issue_answers import Answer, BringTo, IssueChange, answer, change_issue
from inventory.issue_steps import ISSUE
from inventory.issue_works import LendSubstitute, StopDevice, lend_substitute, stop_device
from inventory.issues import issue_card
from inventory.losses import LossStep, record_loss_step
from inventory.reporting import Report, report
from inventory.standard_answers import NewStandardAnswer, add_standard_answer
from inventory.stock import DeviceChange, change_device
from inventory.tables import CallTime, HoldReason, IssueCategory, IssueState, LossStepKind, MessageChannel
from inventory.venues import venue_card

_ANSWERS = (
    NewStandardAnswer(
        title="充電と電源",
        text="充電器をさして30分待ってから、電源のボタンを10秒押してください。つかないときは、お電話ください。",
        category=IssueCategory.POWER,
    ),
    NewStandardAnswer(
        title="Wi-Fiの入れ直し",
        text="設定をひらき、Wi-Fiを切って、もう一度入れてください。",
        category=IssueCategory.NETWORK,
    ),
    NewStandardAnswer(
        title="修理におあずかりします",
        text="修理におあずかりします。そのあいだ、代わりの端末をお貸しします。持ってくる場所と日は、この下に出ます。",
        category=IssueCategory.BROKEN,
    ),
    NewStandardAnswer(title="折り返します", text="お知らせありがとうございます。確かめて、お電話します。"),
)


def _before(**ago: float) -> Callable[[datetime], datetime]:
    """So long ago, but not before the heads had their tablets."""
    return lambda now: min(now, max(soon_after(now), now - timedelta(**ago)))


def _told(asset_number: str, category: IssueCategory, *phrases: str, **fields: object) -> Callable[[Act], object]:
    """Somebody reads the label and reports. The act is the program's, because nobody has signed in."""

    def do(act: Act) -> None:
        tag = device_card(act.session, asset_number).tag
        order = {"tag": tag, "category": category, "phrases": list(phrases), **fields}
        act(report, Report.model_validate(order), keys=act.keys)

    return do


def _rang(code: str, category: IssueCategory, *phrases: str, **fields: object) -> Callable[[Act], object]:
    """Somebody rings, and the desk writes it down."""

    def do(act: Act) -> None:
        order = {"tag": code, "category": category, "phrases": list(phrases), "on_behalf": True, **fields}
        act(report, Report.model_validate(order), keys=act.keys)

    return do


def _answered(of: str, channel: MessageChannel, text: str, state: IssueState | None = None) -> Callable[[Act], object]:
    return lambda act: act(answer, Answer(channel=channel, text=text, state=state), issue=_issue(act, of))


def _confirmed(of: str) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        issue = _issue(act, of)
        change = IssueChange(state=IssueState.CONFIRMED)
        act(change_issue, change, issue=issue, revision=issue_card(act.session, issue).revision)

    return do


def _bring(of: str, venue: str, days: int) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        issue = _issue(act, of)
        change = IssueChange(bring=BringTo(venue=venue, on=today(act.now) + timedelta(days=days)))
        act(change_issue, change, issue=issue, revision=issue_card(act.session, issue).revision)

    return do


def _stood_in(of: str, device: str) -> Callable[[Act], object]:
    return lambda act: act(lend_substitute, LendSubstitute(device=device), issue=_issue(act, of))


def _lost(of: str) -> Callable[[Act], object]:
    return lambda act: act(stop_device, StopDevice(reason=HoldReason.LOST), issue=_issue(act, of))


def _lock_asked(of: str) -> Callable[[Act], object]:
    return lambda act: act(record_loss_step, LossStep(kind=LossStepKind.LOCK_ASKED, issue=_issue(act, of)), device=of)


def _spares(act: Act) -> None:
    """Two tablets stand by at a counter, for whoever brings one that is broken."""
    place = venue_card(act.session, _COUNTER).name
    for device in ("MB-T-0013", "MB-T-0014"):
        revision = device_card(act.session, device).revision
        act(change_device, DeviceChange(place=place), device=device, revision=revision)


def _standard_answers(act: Act) -> None:
    for order in _ANSWERS:
        act(add_standard_answer, order)


def _issue(act: Act, of: str) -> str:
    """The report about a device or a venue; the demo has one about each."""
    rows = act.session.connection().execute(select(ISSUE.c.id).order_by(ISSUE.c.id)).scalars()
    cards = (issue_card(act.session, str(row)) for row in rows)
    return next(
        card.id
        for card in cards
        if of in (card.device.asset_number if card.device else None, card.venue.code if card.venue else None)
    )


_SAY, _CALL = MessageChannel.MESSAGE, MessageChannel.PHONE
_HALL, _COUNTER = "K13", "C02"

TROUBLES = (
    Event("answers", _before(days=20), "desk", _standard_answers),
    Event("spares", _before(days=19), "it", _spares),
    Event("told-kamiizumi", _before(days=12), "", _told("MB-T-0008", IssueCategory.POWER, "no-charge", solved=True)),
    Event(
        "told-ogo",
        _before(days=10),
        "",
        _told("MB-T-0005", IssueCategory.NETWORK, "no-network-at-home", text="家の中だけ、つながりません。"),
    ),
    Event("answered-ogo", _before(days=9, hours=20), "desk", _answered("MB-T-0005", _SAY, _ANSWERS[1].text)),
    Event(
        "solved-ogo",
        _before(days=9),
        "desk",
        _answered("MB-T-0005", _CALL, "つながるようになったとのこと。", IssueState.RESOLVED),
    ),
    Event(
        "told-hanageishi",
        _before(days=6),
        "",
        _told("MB-T-0012", IssueCategory.SCREEN, "black-screen", text="総会の日から、画面がつきません。"),
    ),
    Event(
        "answered-hanageishi",
        _before(days=5, hours=22),
        "desk",
        _answered("MB-T-0012", _CALL, "充電器をかえてもつかない。代替機を届ける。"),
    ),
    Event("substitute-hanageishi", _before(days=5), "desk", _stood_in("MB-T-0012", "MB-T-0016")),
    Event(
        "told-komagata",
        _before(days=4),
        "",
        _told("MB-T-0010", IssueCategory.BROKEN, "dropped", text="落としてしまい、角がわれました。"),
    ),
    Event(
        "answered-komagata",
        _before(days=3, hours=18),
        "desk",
        _answered("MB-T-0010", _SAY, _ANSWERS[2].text, IssueState.WAITING),
    ),
    Event("bring-komagata", _before(days=3, hours=17), "desk", _bring("MB-T-0010", _COUNTER, 6)),
    Event(
        "told-hall",
        _before(days=3),
        "desk",
        _rang(_HALL, IssueCategory.NETWORK, "no-wifi-page", text="2階の研修室だけ。"),
    ),
    Event("confirmed-hall", _before(days=2, hours=20), "it", _confirmed(_HALL)),
    Event(
        "told-motegi",
        _before(days=2),
        "",
        _told("MB-T-0004", IssueCategory.POWER, "no-start", call_time=CallTime.MORNING),
    ),
    Event(
        "told-aonashi",
        _before(hours=20),
        "desk",
        _rang("MB-T-0011", IssueCategory.LOST, "lost-outside", text="きのう、駅前の集まりのあとから見あたらない。"),
    ),
    Event("lost-aonashi", _before(hours=19), "desk", _lost("MB-T-0011")),
    Event("lock-asked-aonashi", _before(hours=18), "it", _lock_asked("MB-T-0011")),
    Event("told-aramaki", _before(hours=3), "", _told("MB-T-0007", IssueCategory.HOWTO, "characters")),
)
