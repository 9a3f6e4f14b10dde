"""Which association each row of a roster names, and what the roster says about the association itself."""

from sqlalchemy import select
from sqlmodel import Session

from inventory.borrowers import ASSOCIATION, DISTRICT, OFFICER, PERSON
from inventory.roster_plans import Group, Plan, Term
from inventory.roster_rows import Row, WrongCell
from inventory.text import fold

# What a card calls somebody whose name was erased.
ERASED = "（消去ずみ）"


class Groups:
    """Every association of the ledger by number and by folded name, and those that a roster adds."""

    def __init__(self, session: Session, plan: Plan) -> None:
        self.plan = plan
        connection = session.connection()
        for district in connection.execute(select(DISTRICT.c.id, DISTRICT.c.name).order_by(DISTRICT.c.id)):
            plan.districts.setdefault(fold(district.name), district.id)
            plan.district_names.setdefault(fold(district.name), district.name)
        folded = {number: name for name, number in plan.districts.items()}
        by_id: dict[int, Group] = {}
        query = select(ASSOCIATION.c.id, ASSOCIATION.c.name, ASSOCIATION.c.name_kana, ASSOCIATION.c.district_id)
        for one in connection.execute(query.order_by(ASSOCIATION.c.id)):
            by_id[one.id] = Group(one.id, one.name, one.name_kana, folded.get(one.district_id))
        terms = select(
            *(OFFICER.c[name] for name in ("id", "association_id", "person_id", "office", "from_on", "until_on")),
            *(PERSON.c[name] for name in ("name", "name_kana", "phone", "email", "erased_at")),
        ).join(PERSON, OFFICER.c.person_id == PERSON.c.id)
        for row in connection.execute(terms.order_by(OFFICER.c.from_on, OFFICER.c.id)):
            erased = row.erased_at is not None
            name = ERASED if erased else row.name
            contacts = (row.name_kana, row.from_on, row.until_on, row.phone, row.email)
            by_id[row.association_id].terms.append(Term(row.id, row.person_id, row.office, name, *contacts, erased))
        self.by_id = by_id
        self.by_name: dict[str, list[Group]] = {}
        for group in by_id.values():
            self.by_name.setdefault(fold(group.name), []).append(group)
        self.new_lines: set[int] = set()

    def wrong(self, row: Row, column: str, value: str | None, message: str) -> None:
        self.plan.errors.append(WrongCell(line=row.line, column=column, value=value or "", message=message))

    def group_of(self, row: Row) -> Group | None:
        """The association that a row names, made when there is none; None when it cannot be told which."""
        if row.association_id is not None:
            group = self.by_id.get(int(row.association_id) if row.association_id.isdecimal() else 0)
            if group is None or fold(group.name) != fold(row.association):
                sentence = "自治会コードと自治会名が合いません。名前をたしかめるか、コードを空けてください。"
                self.wrong(row, "association_id", row.association_id, sentence)
                return None
            return self._with_kana(row, group)
        named = self.by_name.get(fold(row.association), [])
        district = fold(row.district) if row.district is not None else None
        if district is None:
            if len(named) > 1:
                sentence = f"{row.association}は{len(named)}つあります。どの地区のものか、地区を書いてください。"
                self.wrong(row, "district", "", sentence)
                return None
            found = named[0] if named else None
        else:
            found = next((group for group in named if group.district == district), None)
            # An association whose district nobody had written down is the one that is meant.
            found = found or next((group for group in named if group.district is None), None)
        if found is None:
            found = Group(None, row.association, "", None)
            self.by_name.setdefault(fold(row.association), []).append(found)
            self.plan.groups.append(found)
            self.new_lines.add(row.line)
        return self._with_kana(row, self._in_district(row, found, district))

    def _in_district(self, row: Row, group: Group, district: str | None) -> Group:
        if district is not None and group.district is None:
            assert row.district is not None
            if district not in self.plan.districts:
                self.plan.districts[district] = None
                self.plan.district_names[district] = row.district
            group.district = district
            group.changed.add("district")
        return group

    def _with_kana(self, row: Row, group: Group) -> Group | None:
        if row.association_kana is None or row.association_kana == group.name_kana:
            return group
        if group.kana_line is not None:
            sentence = f"{group.kana_line}行目とかながちがいます。どちらかにそろえてください。"
            self.wrong(row, "association_kana", row.association_kana, sentence)
            return None
        group.name_kana, group.kana_line = row.association_kana, row.line
        group.changed.add("association_kana")
        return group

    def changes(self, group: Group) -> list[str]:
        """What changes about the association itself, told by the first row that names it."""
        fresh = sorted(group.changed - group.told) if group.id is not None else []
        if fresh and not group.told:
            self.plan.groups.append(group)
        group.told.update(fresh)
        return fresh

    def elsewhere(self, group: Group) -> bool:
        """Whether another district has an association of this name."""
        return any(one.id is not None for one in self.by_name[fold(group.name)])

    def district_of(self, group: Group) -> str | None:
        return self.plan.district_names[group.district] if group.district is not None else None
