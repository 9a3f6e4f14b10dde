"""A conflict as a page says it: the question, what each side knows, and what each answer does to the ledger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.device_views import borrower_page
from api.loan_views import day_words
from api.words import HOLD, clock_time
from inventory.borrowers import Borrower
from inventory.calendar import today
from inventory.conflicts import ConflictCard, Side
from inventory.lateness import ON_THE_SPOT
from inventory.tables import Choice

# A clock this near to the server's shows the same minute.
_SAME = timedelta(minutes=1)


@dataclass(frozen=True)
class Way:
    """One answer: what its button says, and what it does to the ledger. Without ``choice`` it leads to ``path``."""

    choice: Choice | None
    label: str
    effect: str
    path: str | None = None


@dataclass(frozen=True)
class SideView:
    """What one side knows. ``clock`` says by which clock ``when`` is told; ``path`` is the borrower's page."""

    title: str
    who: str
    path: str | None
    loan: str | None
    seat: str | None
    when: str
    clock: str
    where: str
    by: str
    known: str
    back: str | None


@dataclass(frozen=True)
class ConflictView:
    """``obstacles`` are what stood in the way where that was no loan. ``other`` leads elsewhere where it cannot be."""

    card: ConflictCard
    name: str
    question: str
    claim: SideView
    ledger: SideView | None
    obstacles: list[str]
    keep: Way
    other: Way
    dismiss: Way
    outcome: str
    outcome_when: str


def view(card: ConflictCard, now: datetime) -> ConflictView:
    device = card.device
    # The two never part at the end of a line.
    name = (
        f"{device.call_number}番\u00a0{device.asset_number}" if device.call_number is not None else device.asset_number
    )
    return ConflictView(
        card=card,
        name=name,
        question=_question(card, name),
        claim=_side("あとから届いた読み取り", card.claim, now, worn=card.worn),
        ledger=_side("台帳の貸出", card.ledger, now) if card.ledger else None,
        obstacles=_obstacles(card, now),
        keep=_keep(card),
        other=_other(card, now),
        dismiss=Way(
            Choice.DISMISS,
            "どちらでもない（取り下げる）",
            "台帳は変わらず、この要確認だけが終わります。端末がほかにあるときは、端末の画面で直してください。",
        ),
        outcome=_outcome(card),
        outcome_when=_moment(card.settled.at, now) if card.settled else "",
    )


def to_whom(borrower: Borrower | None) -> str:
    """堀越町自治会に; 「…の代替機」 reads on with として."""
    if borrower is None:
        return "台帳にない貸出先に"
    return f"{borrower.name}として" if borrower.type == "substitute" else f"{borrower.name}に"


def _question(card: ConflictCard, name: str) -> str:
    if card.code == "already-lent":
        return f"{name} は、どちらの貸出ですか。"
    if card.code == "held":
        reasons = "・".join(dict.fromkeys(HOLD[hold.reason] for hold in card.device.holds)) or "貸出停止"
        return f"{reasons}の {name} を、貸しましたか。"
    if card.code == "retired":
        return f"除却した {name} を、貸しましたか。"
    if card.code == "promised":
        return f"予約のために残す {name} を、{to_whom(card.claim.borrower)}貸しましたか。"
    if card.code == "limit-reached":
        return f"{to_whom(card.claim.borrower)}、2台目の {name} を貸しましたか。"
    if card.code == "not-found":
        return f"貸していない {card.worn} を、{name} に取り替えましたか。"
    return f"{name} を、貸しましたか。"


def _side(title: str, side: Side, now: datetime, *, worn: str | None = None) -> SideView:
    borrower = side.borrower
    who = f"{worn} からの取り替え" if worn else borrower.name if borrower else "台帳にない貸出先"
    return SideView(
        title=title,
        who=who,
        path=f"/devices/{worn}" if worn else borrower_page(borrower) if borrower else None,
        loan=side.loan,
        seat=side.seat,
        when=_moment(side.happened_at, now),
        clock=_clock(side),
        where=side.desk or "台帳の画面から",
        by=side.by or "プログラム",
        known=_moment(side.known_at, now),
        back=_back(side, now),
    )


def _back(side: Side, now: datetime) -> str | None:
    if side.returned_at is None:
        return None
    # A loan of no length never was.
    return _moment(side.returned_at, now) if side.returned_at > side.happened_at else "貸さなかったことになりました"


def _clock(side: Side) -> str:
    """By which clock a side's moment is told."""
    if side.loan is not None and side.known_at - side.happened_at <= ON_THE_SPOT:
        return "その場で台帳に入りました"
    if side.offset_ms is None:
        told_late = "窓口の時計による時刻です"
        return told_late if side.loan is not None else f"{told_late}。合っていたかは、わかりません"
    off = timedelta(milliseconds=side.offset_ms)
    if abs(off) < _SAME:
        return "窓口の時計は台帳と合っています"
    way = "おくれて" if off > timedelta() else "すすんで"
    return f"時計が{_length(abs(off))}{way}いました。直した時刻です"


def _length(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    if minutes < 90:
        return f"{minutes}分"
    hours = round(span / timedelta(hours=1))
    return f"{hours}時間" if hours < 48 else f"{round(span / timedelta(days=1))}日"


def _obstacles(card: ConflictCard, now: datetime) -> list[str]:
    """What stood in the way of the late act where that was no other loan."""
    number = card.device.asset_number
    if card.code == "held":
        holds = [f"{_moment(hold.opened_at, now)} から{HOLD[hold.reason]}です。" for hold in card.device.holds]
        return holds or ["そのとき貸出停止でした。いまは解けています。"]
    if card.code == "retired":
        gone = f"{_moment(card.device.retired_at, now)} に" if card.device.retired_at else ""
        return [f"{gone}除却しています。"]
    if card.code == "promised":
        return [f"{card.device.pool_name}は、ほかの講座や自治会のために予約されていて、貸すと足りなくなります。"]
    if card.code == "limit-reached":
        return [f"{card.device.pool_name}は、1つの貸出先に1台までです。もう1台が貸出中です。"]
    if card.code == "not-found":
        return [f"そのとき {card.worn} は貸していません。", f"{number} の貸出もありません。"]
    return [] if card.ledger else ["台帳の決まりに合いませんでした。"]


def _keep(card: ConflictCard) -> Way:
    if card.ledger is not None:
        said = "貸していた" if card.ledger.returned_at else "貸出中"
        label = f"台帳のままにする（{to_whom(card.ledger.borrower)}{said}）"
        return Way(Choice.KEEP, label, f"台帳は変わりません。{_claimed(card)}読み取りは、貸出になりません。")
    said = {
        "retired": "除却ずみ",
        "limit-reached": "2台目は貸していない",
        "not-found": "取り替えていない",
    }.get(card.code, "貸していない")
    return Way(Choice.KEEP, f"台帳のままにする（{said}）", "台帳は変わりません。この読み取りは、貸出になりません。")


def _claimed(card: ConflictCard) -> str:
    return f"{card.worn} のかわりに渡した" if card.worn else f"{to_whom(card.claim.borrower)}貸した"


def _other(card: ConflictCard, now: datetime) -> Way:
    number = card.device.asset_number
    if card.code == "retired":
        effect = "除却した端末は貸し出せません。まだ使うときは、情報担当に新しい端末として登録してもらってください。"
        return Way(None, "端末の画面で確かめる", effect, path=f"/devices/{number}")
    if card.code == "not-found":
        effect = (
            f"{card.worn} の貸出がほかの窓口から届けば、この要確認はひとりでに片づきます。"
            f"届かないときは、{number} の貸出を記録してから、台帳のままにしてください。"
        )
        return Way(None, f"{number} の貸出を記録する", effect, path=f"/loans/new?device={number}")
    at = _moment(card.claim.happened_at, now)
    label = f"{_claimed(card)}ことにする"
    if card.code == "limit-reached":
        label = f"{to_whom(card.claim.borrower)}2台目を貸したことにする"
    return Way(Choice.OTHER, label, "".join([*_begins(card, at), *_ends(card, now)]))


def _ends(card: ConflictCard, now: datetime) -> list[str]:
    """What happens to the loan that stood in the way."""
    ledger = card.ledger
    if ledger is None:
        return []
    if ledger.happened_at > card.claim.happened_at:
        said = [f"{to_whom(ledger.borrower)}貸した {ledger.loan} は、なかったことになります。"]
    else:
        said = [f"{to_whom(ledger.borrower)}貸した {ledger.loan} は、この時刻で終わりになります。"]
    if ledger.returned_at is not None:
        said.append(f"{_moment(ledger.returned_at, now)} の返却は、こちらの貸出の返却になります。")
    return said


def _begins(card: ConflictCard, at: str) -> list[str]:
    said = [f"{at} に{_claimed(card)}と記録します。"]
    if card.worn is not None:
        said.append(f"{card.worn} は、もう返却になっています。")
    holds = "・".join(dict.fromkeys(HOLD[hold.reason] for hold in card.device.holds))
    if card.code == "held" and holds:
        said.append(f"{holds}は、そのまま残ります。")
    return said


def _outcome(card: ConflictCard) -> str:
    """How a settled conflict ended, as a sentence; empty while it waits."""
    if card.settled is None:
        return ""
    if card.settled.choice is Choice.KEEP:
        return "台帳のままにしました。"
    if card.settled.choice is Choice.OTHER:
        return f"{_claimed(card)}ことにしました。"
    if card.settled.choice is Choice.DISMISS:
        return "取り下げました。"
    return "あとから届いた返却で合いました。"


def _moment(moment: datetime | None, now: datetime) -> str:
    assert moment is not None
    return f"{day_words(today(moment), now)} {clock_time(moment)}"
