"""What stands in the halls of the demo city for their wifi: contracts, lines, rooms, networks, figures, an outage.

Providers, contractors and amounts are made up; so are the passphrases, anew at each loading.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import SecretStr

from inventory.access_points import AddAccessPoint, add_access_point
from inventory.calendar import TOKYO, fiscal_year, fiscal_year_days
from inventory.contracts import NewContract, VenueShare, create_contract
from inventory.demo.act import Act
from inventory.demo.lending import Event, days_ago, soon_after
from inventory.demo.wifi import (
    ACTIVATION,
    CONTRACT,
    IN_SERVICE,
    IN_USE,
    LOT_A,
    LOT_B,
    LOT_C,
    Days,
    Hall,
    first_day,
)
from inventory.drills import DisasterPlan, NewDrill, disaster_card, plan_for_disaster, record_drill
from inventory.issue_lists import list_issues
from inventory.lines import NewLine, add_line
from inventory.outages import BeginOutage, EndOutage, begin_outage, end_outage, list_outages
from inventory.passphrases import make_passphrase
from inventory.pools import NewPool, create_pool
from inventory.rooms import NewRoom, add_room
from inventory.speed_tests import NewSpeedTest, record_speed_test
from inventory.stock import BindTag, NewDevice, create_device
from inventory.tables import LineKind, PoolKind, WifiAuth
from inventory.usage_counts import RecordUsages, record_usages
from inventory.venue_tags import bind_venue_tag

# Fibre reached them, and the networks are on the air.
ON_AIR = (*IN_USE, LOT_C[0])
_ROOMS = (("ロビー", 40), ("会議室", 24), ("大ホール", 180))
_POOL = "access-points"
_OPENS = ("K01", "K12")
_PROCEDURE = """1. 情報政策課に電話し、開放すると伝える。
2. 事務室の「災害用」の札のスイッチを入れる。
3. ロビーに「00000JAPAN」の紙を貼る。暗号化されないことを、紙のとおりに伝える。
4. 終わったらスイッチを切り、切った時刻を電話で伝える。"""


def _contract(halls: tuple[Hall, ...], number: int, title: str, contractor: str, each: int) -> Callable[[Act], object]:
    """``each``: yen for one hall."""

    def do(act: Act) -> None:
        signed = dict(halls[0].entered(Days(act.today)))[CONTRACT]
        year = fiscal_year(signed)
        amount = each * len(halls)
        running = halls is LOT_C
        order = NewContract(
            number=f"情政第{number}号",
            title=title,
            contractor=contractor,
            fiscal_year=year,
            signed_on=signed,
            until_on=fiscal_year_days(year)[1] - timedelta(days=1),
            funding="デジタル田園都市国家構想交付金" if halls is LOT_A else "一般財源",
            amount_yen=amount,
            budget_yen=amount + 400_000,
            executed_yen=0 if running else amount - each if halls is LOT_B else amount,
            carried_yen=each if halls is LOT_B else 0,
            venues=[VenueShare(venue=hall.code, share_yen=each) for hall in halls],
            note="体験用データ：業者と金額は作りものです。",
        )
        act(create_contract, order)

    return do


def _devices(act: Act) -> None:
    """What sends the networks: two for each hall."""
    act(create_pool, NewPool(id=_POOL, name="アクセスポイント", kind=PoolKind.ACCESS_POINT))
    for number in range(1, 2 * len(ON_AIR) + 1):
        device = NewDevice(
            pool=_POOL,
            asset_number=_device(number),
            model="WAPM-AX4R",
            serial=f"AX4R{number:04d}DM",
            call_number=number,
            section="情報政策課",
            place="情報政策課 保管庫",
        )
        act(create_device, device)


def _device(number: int) -> str:
    return f"MB-A-{number:04d}"


def _halls(act: Act) -> None:
    """Rooms, line and networks of every hall that is on the air, and what was measured when it went into service."""
    days = Days(act.today)
    for number, hall in enumerate(ON_AIR):
        # What the hall's poster shows to whoever has trouble with the wifi there.
        act(bind_venue_tag, BindTag(), venue=hall.code)
        begun = dict(hall.entered(days))
        lobby, _, large = (
            act(add_room, NewRoom(name=name, capacity=seats + 4 * number), venue=hall.code) for name, seats in _ROOMS
        )
        line = NewLine(
            provider="上毛光ネット（架空）" if number % 4 else "赤城ケーブル（架空）",
            kind=LineKind.FIBRE if number % 4 else LineKind.CABLE,
            speed_mbps=1000,
            monthly_yen=5_500 if number % 4 else 4_980,
            from_on=begun[ACTIVATION],
        )
        act(add_line, line, venue=hall.code)
        passphrase = SecretStr(make_passphrase())
        for of_hall, (room, area) in enumerate(((lobby, "1階 ロビーと図書コーナー"), (large, "2階 大ホール"))):
            network = AddAccessPoint(
                ssid="KOMINKAN-Wi-Fi",
                auth=WifiAuth.PASSPHRASE,
                passphrase=passphrase,
                passphrase_until=days.t(40),
                area=area,
                room=room.id,
                band="2.4GHz/5GHz",
                device=_device(2 * number + of_hall + 1),
                installed_on=begun[ACTIVATION],
            )
            act(add_access_point, network, venue=hall.code, keys=act.keys)
        if hall.code in _OPENS:
            disaster = AddAccessPoint(
                ssid="00000JAPAN",
                auth=WifiAuth.OPEN,
                disaster_ssid=True,
                area="ロビー（災害のときだけ）",
                room=lobby.id,
                installed_on=begun[ACTIVATION],
            )
            act(add_access_point, disaster, venue=hall.code)
        for hour, room, slower in ((9, lobby, 0), (10, large, 60)):
            test = NewSpeedTest(
                measured_at=_at(begun[ACTIVATION] + timedelta(days=1), hour),
                room=room.id,
                down_mbps=310 - 13 * (number % 5) - slower,
                up_mbps=190 - 7 * (number % 4) - slower,
                latency_ms=9 + number % 6,
            )
            act(record_speed_test, test, venue=hall.code)


def _usage(act: Act) -> None:
    """Use counts of the twelve months that are over, from the month after a hall went into service."""
    days = Days(act.today)
    counted: list[dict[str, Any]] = []
    month = act.today.replace(day=1)
    for back in range(12):
        month = (month - timedelta(days=1)).replace(day=1)
        for number, hall in enumerate(IN_USE):
            if dict(hall.entered(days))[IN_SERVICE] < month:
                count = 260 + 31 * number - 9 * back + 17 * ((number + month.month) % 7)
                counted.append({"venue": hall.code, "month": f"{month:%Y-%m}", "count": count})
    act(record_usages, RecordUsages.model_validate({"items": counted}))


def _disaster(act: Act) -> None:
    for code in _OPENS:
        revision = disaster_card(act.session, code, now=act.now).revision
        plan = DisasterPlan(disaster_open=True, disaster_procedure=_PROCEDURE)
        act(plan_for_disaster, plan, venue=code, revision=revision)
    held = NewDrill(held_on=Days(act.today).t(-83), note="館長と職員4人で手順のとおり開放。12分かかった。")
    act(record_drill, held, venue=_OPENS[0])


def _begin(venue: str, note: str, *, told: bool = False) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        issue = list_issues(act.session, venue=venue, state="open").items[0].id if told else None
        order = BeginOutage(began_at=act.now - timedelta(minutes=20), issue=issue, note=note)
        act(begin_outage, order, venue=venue)

    return do


def _end(venue: str) -> Callable[[Act], object]:
    def do(act: Act) -> None:
        outage = next(one for one in list_outages(act.session, venue, now=act.now).items if one.ended_at is None)
        act(end_outage, EndOutage(ended_at=act.now), venue=venue, outage=outage.id)

    return do


def _after_it_was_told(now: datetime) -> datetime:
    """Soon after the hall's report of ``troubles``, which comes late when the fiscal year has just begun."""
    return min(now, max(soon_after(now), now - timedelta(days=2, hours=19)))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=TOKYO)


WIFI_HALLS = (
    Event(
        "wifi-contract-a",
        first_day(25),
        "it",
        _contract(LOT_A, 18, "公民館公衆無線LAN整備（8館）", "体験電設株式会社（架空）", 1_320_000),
    ),
    Event(
        "wifi-contract-b",
        first_day(26),
        "it",
        _contract(LOT_B, 44, "公民館公衆無線LAN整備（3館）", "からっ風通信有限会社（架空）", 1_408_000),
    ),
    Event(
        "wifi-contract-c",
        first_day(27),
        "it",
        _contract(LOT_C, 57, "公民館公衆無線LAN整備（追加3館）", "体験電設株式会社（架空）", 1_485_000),
    ),
    Event("wifi-outage-5", days_ago(12, 9), "it", _begin("K05", "館内の機器の電源が抜けていた")),
    Event("wifi-outage-5-over", days_ago(12, 14), "it", _end("K05")),
    Event("wifi-devices", first_day(12), "it", _devices),
    Event("wifi-halls", days_ago(5, 11), "it", _halls),
    Event("wifi-usage", days_ago(5, 13), "it", _usage),
    Event("wifi-disaster", days_ago(5, 14), "it", _disaster),
    Event(
        "wifi-outage-13",
        _after_it_was_told,
        "it",
        _begin("K13", "2階の研修室だけつながらない", told=True),
    ),
)
