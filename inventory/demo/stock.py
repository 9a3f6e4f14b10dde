"""Pools, devices and the staff who look after them."""

from datetime import date, timedelta

from inventory.case_keeping import NewCase
from inventory.pools import Accessory, NewPool
from inventory.staff import NewStaff
from inventory.stock import NewDevice
from inventory.tables import Demand, Handover, PoolKind, Role

TABLETS, PHONES, ROUTERS = "head-tablets", "course-phones", "routers"

POOLS = (
    NewPool(
        id=TABLETS,
        name="自治会長タブレット",
        kind=PoolKind.TABLET,
        after_course=Demand.NONE,
        after_term=Demand.WIPE,
        handover=Handover.WIPE,
        agreement_required=True,
        accessories=[Accessory(name="充電器"), Accessory(name="ケース"), Accessory(name="タッチペン")],
        remind_before_days=14,
        remind_every_days=7,
    ),
    NewPool(
        id=PHONES,
        name="講座用スマートフォン",
        kind=PoolKind.SMARTPHONE,
        after_course=Demand.INSPECT,
        after_term=Demand.WIPE,
        handover=Handover.WIPE,
        accessories=[Accessory(name="充電器")],
        preparation_minutes=60,
        default_days=14,
        remind_every_days=7,
    ),
    NewPool(
        id=ROUTERS,
        name="モバイルルーター",
        kind=PoolKind.ROUTER,
        after_course=Demand.NONE,
        after_term=Demand.INSPECT,
        handover=Handover.CHECK,
        accessories=[Accessory(name="充電器")],
        default_days=7,
        remind_every_days=7,
    ),
)

# All sixteen phones travel in one case.
CASE = NewCase(code="MB-BOX-A", name="スマホ箱A", place="中央公民館 事務室", note="充電器16個も入れる")


def devices(fiscal_year: int) -> list[NewDevice]:
    """24 tablets, 16 phones and 4 routers, bought and leased so that some leases end with this fiscal year."""
    bought = date(fiscal_year - 1, 6, 3)
    lease_ends = date(fiscal_year + 1, 3, 31)
    tablets = [
        NewDevice(
            pool=TABLETS,
            asset_number=f"MB-T-{number:04d}",
            model="Lenovo Tab M10 (3rd Gen)",
            serial=f"HA1T{number:04d}DM",
            call_number=number,
            acquired_on=bought,
            # The last eight came two years later on a lease of their own.
            lease_until=lease_ends if number <= 16 else date(fiscal_year + 3, 3, 31),
            monthly_cost_yen=1650,
            os_support_until=date(fiscal_year + 2, 6, 30),
            section="情報政策課",
            place="情報政策課 保管庫",
        )
        for number in range(1, 25)
    ]
    phones = [
        NewDevice(
            pool=PHONES,
            asset_number=f"MB-S-{number:04d}",
            model="AQUOS wish4",
            serial=f"SHW4{number:04d}DM",
            line_number=f"070-0000-{number:04d}",
            call_number=number,
            acquired_on=bought + timedelta(days=90),
            price_yen=29800,
            monthly_cost_yen=980,
            os_support_until=date(fiscal_year + 3, 3, 31),
            section="生涯学習課",
            place="中央公民館 事務室",
        )
        for number in range(1, 17)
    ]
    routers = [
        NewDevice(
            pool=ROUTERS,
            asset_number=f"MB-R-{number:04d}",
            model="Aterm MR51FN",
            serial=f"MR51{number:04d}DM",
            line_number=f"070-0000-{100 + number:04d}",
            call_number=number,
            acquired_on=bought,
            lease_until=lease_ends,
            monthly_cost_yen=2980,
            section="情報政策課",
            place="中央公民館 事務室",
        )
        for number in range(1, 5)
    ]
    return tablets + phones + routers


def staff(fiscal_year: int) -> list[NewStaff]:
    """One account per role; the desk's is appointed for one fiscal year, as such staff are."""
    return [
        NewStaff(username="admin", name="管理者", section="情報政策課", roles=[Role.ADMIN]),
        NewStaff(
            username="desk",
            name="小林",
            section="生涯学習課",
            roles=[Role.DESK],
            appointed_until=date(fiscal_year + 1, 3, 31),
        ),
        NewStaff(username="it", name="櫻井", section="情報政策課", roles=[Role.IT]),
        NewStaff(username="viewer", name="閲覧者", section="市民協働課", roles=[Role.VIEWER]),
    ]
