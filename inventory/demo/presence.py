"""A 所在確認 of the demo city that is half done: most heads have answered at the label or on the telephone."""

from collections.abc import Callable
from datetime import datetime, timedelta

from inventory.calendar import fiscal_year, fiscal_year_name
from inventory.demo.act import Act
from inventory.demo.lending import Event, days_ago, soon_after
from inventory.devices import device_card
from inventory.presences import Confirm, NewRound, OwnWord, confirm, confirm_by_label, create_round, open_round
from inventory.tables import Realm, Usage

_BEGAN, _LASTS = 20, 60


def _open(act: Act) -> None:
    first = act.today - timedelta(days=_BEGAN)
    name = f"{fiscal_year_name(fiscal_year(act.today))}の所在確認"
    act(create_round, NewRound(name=name, opens_on=first, closes_on=first + timedelta(days=_LASTS)))


def _at_label(device: str, usage: Usage) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        number = device_card(act.session, device).tag
        # The program tells of it, so it stands among the staff's acts, where a second load finds it.
        act(confirm_by_label, OwnWord(in_hand=True, usage=usage), number=number, realm=Realm.STAFF)

    return do


def _by_telephone(device: str, order: Confirm) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        card = open_round(act.session, now=act.now)
        assert card is not None
        act(confirm, order, device=device, in_round=card.id)

    return do


def _said(days: int, hour: int) -> Callable[[datetime], datetime]:
    """So many days ago, or soon after the loan, when the heads have been in office for less."""
    return lambda now: min(now, max(days_ago(days, hour)(now), soon_after(now) + timedelta(minutes=hour)))


PRESENCE = (
    Event("presence-round", days_ago(_BEGAN, 9), "desk", _open),
    Event("presence-4", _said(18, 10), "", _at_label("MB-T-0004", Usage.USED)),
    Event("presence-5", _said(17, 19), "", _at_label("MB-T-0005", Usage.USED)),
    Event("presence-6", _said(17, 20), "", _at_label("MB-T-0006", Usage.LITTLE)),
    Event("presence-7", _said(12, 8), "", _at_label("MB-T-0007", Usage.USED)),
    Event("presence-8", _said(5, 14), "desk", _by_telephone("MB-T-0008", Confirm(in_hand=True, usage=Usage.USED))),
    Event(
        "presence-10",
        _said(5, 15),
        "desk",
        _by_telephone("MB-T-0010", Confirm(in_hand=False, note="前の会長の家にあるかもしれないとのこと")),
    ),
)
