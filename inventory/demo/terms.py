"""Terms of office in the demo city: heads who left without handing over, and a loan that just passed on.

Two associations changed their heads, and the change was entered late: the devices are still with the heads of before,
whose last day nobody wrote down. A third lets another officer look after its tablets, for a term that ends soon.
"""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select

from inventory.borrowers import ASSOCIATION
from inventory.calendar import fiscal_year, fiscal_year_days
from inventory.demo import places
from inventory.demo.act import Act
from inventory.loans import list_loans
from inventory.officers import NewOfficer, add_officer
from inventory.transfers import PassOn, transfer


class Before(NamedTuple):
    """The head of an association until the change. Everybody here is made up."""

    name: str
    kana: str
    phone: str


FORMER = {
    "荒牧町自治会": Before("田村 利夫", "タムラ トシオ", "027-000-1101"),
    "駒形町自治会": Before("木暮 良子", "コグレ ヨシコ", "027-000-1102"),
}
_KEEPS = "大胡町自治会"
# Near enough to its end to be on the list.
_LASTS = timedelta(days=45)


def former_head(name: str, day: date) -> NewOfficer | None:
    """Who headed the association before, in office since the fiscal year before, last day unknown."""
    before = FORMER.get(name)
    if before is None:
        return None
    first, _ = fiscal_year_days(fiscal_year(day) - 1)
    fields = {"name": before.name, "name_kana": before.kana, "phone": before.phone, "from": first}
    return NewOfficer.model_validate(fields)


def another_officer(act: Act) -> None:
    """The tablets of an association pass to an officer whose term ends soon; they are wiped before."""
    association = _association(act, _KEEPS)
    order = NewOfficer.model_validate(
        {
            "name": "吉田 茂子",
            "name_kana": "ヨシダ シゲコ",
            "office": "デジタル担当",
            "from": fiscal_year_days(fiscal_year(act.today))[0],
            "until": act.today + _LASTS,
            "phone": "027-000-1103",
        }
    )
    officer = act(add_officer, order, association=association)
    loan = list_loans(act.session, now=act.now, association=association, state="open", limit=1).items[0]
    act(transfer, PassOn(officer=officer.id), loan=loan.number)


def _association(act: Act, name: str) -> str:
    found = select(ASSOCIATION.c.id).where(ASSOCIATION.c.name == name)
    return str(act.session.connection().execute(found).scalar_one())


def heads_change(act: Act) -> None:
    """Enter those who follow the former heads, whose last day stays open."""
    names = {place.name: place for place in places.NEIGHBOURHOODS}
    for name in FORMER:
        act(add_officer, head_of(names[name], act.today), association=_association(act, name))


def head_of(place: places.Neighbourhood, day: date) -> NewOfficer:
    """Who heads an association in the fiscal year of a day."""
    first, after = fiscal_year_days(fiscal_year(day))
    number = places.NEIGHBOURHOODS.index(place) + 1
    fields = {"name": place.head, "name_kana": place.head_kana, "phone": f"027-000-{1000 + number}"}
    return NewOfficer.model_validate(fields | {"from": first, "until": after - timedelta(days=1)})
