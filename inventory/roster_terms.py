"""What a roster would do to the terms of office: who stays, who follows whom, whose contacts change."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from inventory.calendar import today, wareki
from inventory.roster_groups import ERASED, Groups
from inventory.roster_plans import Ending, Group, Kind, Plan, PlannedRow, Term
from inventory.roster_rows import Row, SentRoster, read_rows
from inventory.text import fold

# Of this office there is one at a time.
_HEAD = fold("会長")
_PERSONAL = ("name_kana", "phone", "email")


def make_plan(session: Session, order: SentRoster, *, now: datetime) -> Plan:
    """Hold the roster against the ledger: three statements, however long it is."""
    read = read_rows(order.rows)
    plan = Plan(errors=read.errors, repairs=read.repairs)
    groups = Groups(session, plan)
    planner = _Terms(groups, plan, order, today(now))
    # Terms that the ledger knows first, then the new ones as they follow each other: a file may name both in any order.
    known: list[tuple[Row, Group, Term | None]] = []
    for row in read.rows:
        group = groups.group_of(row)
        if group is not None:
            known.append((row, group, planner.known_term(row, group)))
    for row, group, term in known:
        if row.name is None or term is not None:
            planner.keep(row, group, term)
    new = [(planner.first_day(row, group), row, group) for row, group, term in known if row.name and term is None]
    for since, row, group in sorted(new, key=lambda one: (one[0] or date.max, one[1].line)):
        if since is not None:
            planner.follow(row, group, since)
    plan.rows.sort(key=lambda row: row.line)
    plan.errors.sort(key=lambda cell: cell.line)
    return plan


class _Terms:
    """The terms of all associations, moved row by row to where the roster wants them."""

    def __init__(self, groups: Groups, plan: Plan, order: SentRoster, day: date) -> None:
        self.groups, self.plan, self.order, self.day = groups, plan, order, day

    def known_term(self, row: Row, group: Group) -> Term | None:
        """The term of the ledger that a row names: the same person in the same office from the same day."""
        if row.name is None:
            return None
        same = [term for term in self._holders(row, group) if fold(term.name) == fold(row.name) and term.id is not None]
        if row.since is not None:
            same = [term for term in same if term.since == row.since]
        else:
            # Without a day, whoever still holds the office is meant; a term that is over then is another one.
            day = self.order.since or self.day
            same = [term for term in same if term.until is None or term.until >= day]
        free = [term for term in same if term.line is None]
        if not free:
            return None
        term = free[-1]
        term.line = row.line
        return term

    def _holders(self, row: Row, group: Group) -> list[Term]:
        office = fold(row.office)
        return [term for term in group.terms if fold(term.office) == office]

    def keep(self, row: Row, group: Group, term: Term | None) -> None:
        """A row about an association alone, or about a term that the ledger has: perhaps something about it changed."""
        changes = self.groups.changes(group)
        if term is None:
            self._planned(row, group, None, changes, [], [])
            return
        assert term.id is not None and term.person is not None
        if row.until is not None and row.until != term.until:
            if not self._until_stands(row, group, term, row.until):
                return
            self.plan.term_changes[term.id] = term.until = row.until
            changes.append("until")
        changes += self._person_changes(row, term)
        self._planned(row, group, term, changes, [], [])

    def _person_changes(self, row: Row, term: Term) -> list[str]:
        """What the row says otherwise about the person. An erased person gets nothing back."""
        if term.erased or term.id is None or term.person is None:
            return []
        said = {column: getattr(row, column) for column in _PERSONAL}
        changed = [column for column in _PERSONAL if said[column] not in (None, getattr(term, column))]
        for column in changed:
            setattr(term, column, said[column])
        if changed:
            self.plan.person_changes[term.person] = {column: getattr(term, column) for column in _PERSONAL}
            self.plan.touched.add(term.id)
        return changed

    def _until_stands(self, row: Row, group: Group, term: Term, until: date) -> bool:
        if until < term.since:
            self.groups.wrong(
                row, "until", until.isoformat(), "任期の終わりが、始まりより前です。日付をたしかめてください。"
            )
            return False
        later = [one for one in self._holders(row, group) if one is not term and term.since < one.since <= until]
        if later and fold(term.office) == _HEAD:
            self._overlaps(row, later[0], until)
            return False
        return True

    def _overlaps(self, row: Row, other: Term, until: date | None) -> None:
        sentence = (
            f"{wareki(other.since)}から{other.name}さんが{other.office}です。その前の日までの任期の終わりを書くか、"
            "自治会の画面で任期を直してください。"
        )
        self.groups.wrong(row, "until", until.isoformat() if until else "", sentence)

    def first_day(self, row: Row, group: Group) -> date | None:
        """From when a new term runs; None, and told, when nobody said so."""
        if row.name == ERASED:
            self.groups.wrong(row, "name", row.name, "消去した方の行です。この行を消してください。")
            return None
        taken = next((term for term in self._holders(row, group) if term.line is not None and _same(term, row)), None)
        since = row.since or self.order.since
        if taken is not None and taken.line != row.line and (row.since is None or taken.since == row.since):
            self.groups.wrong(row, "name", row.name, f"{taken.line}行目と同じ方です。どちらかの行を消してください。")
            return None
        if since is None:
            sentence = "任期の始まりを書いてください。みな同じ日なら、下の「任期の始まり」に1度だけ書けます。"
            self.groups.wrong(row, "since", "", sentence)
        return since

    def follow(self, row: Row, group: Group, since: date) -> None:
        """A new term: whoever held the office before ends the day before it begins."""
        assert row.name is not None
        until = row.until or self.order.until
        if until is not None and until < since:
            self.groups.wrong(
                row, "until", until.isoformat(), "任期の終わりが、始まりより前です。日付をたしかめてください。"
            )
            return
        holders = self._holders(row, group)
        alone = fold(row.office) == _HEAD
        own = [term for term in holders if _same(term, row)]
        # Several may be 副会長 at a time: those whom the roster names as well stay, and so does a later one.
        rivals = holders if alone else own
        for term in rivals:
            if term.since == since:
                sentence = (
                    f"{term.name}さんも{wareki(since)}から{term.office}です。どちらかの日付か役職を直してください。"
                )
                self.groups.wrong(row, "since", since.isoformat(), sentence)
                return
            if term.since > since and (until is None or until >= term.since):
                self._overlaps(row, term, until)
                return
        before = [term for term in holders if term.is_before(since) and (alone or term.line is None or term in own)]
        notes = ["again"] if own else []
        if not alone and len([term for term in before if term not in own]) > 1:
            before = [term for term in before if term in own]
            notes.append("several")
        clash = next((term for term in before if self._said_longer(term)), None)
        if clash is not None:
            sentence = f"{clash.line}行目の{clash.name}さんの任期と重なります。どちらかの日付を直してください。"
            self.groups.wrong(row, "since", since.isoformat(), sentence)
            return
        ends = [ending for term in before if (ending := self._end(term, since)) is not None]
        if alone and not ends:
            ends = _followed(holders, since)
        again = own[-1] if own else None
        fresh = Term(
            None,
            again.person if again else None,
            row.office,
            row.name,
            row.name_kana or "",
            since,
            until,
            row.phone,
            row.email,
            line=row.line,
        )
        changes = self.groups.changes(group)
        if again is not None:
            changes += self._person_changes(row, again)
        group.terms.append(fresh)
        self.plan.terms.append((group, fresh))
        self._planned(row, group, fresh, changes, ends, notes)

    def _said_longer(self, term: Term) -> bool:
        """Whether the roster itself says that a term goes on until a day after the next one begins."""
        said = term.id is None or term.id in self.plan.term_changes
        return term.line is not None and term.until is not None and said

    def _end(self, term: Term, since: date) -> Ending | None:
        before, term.until = term.until, since - timedelta(days=1)
        if term.id is None:
            return None
        ending = Ending(officer=term.id, office=term.office, name=term.name, before=before, until=term.until)
        self.plan.endings.append(ending)
        return ending

    def _planned(
        self, row: Row, group: Group, term: Term | None, changes: list[str], ends: list[Ending], notes: list[str]
    ) -> None:
        kind: Kind = "changed" if changes else "unchanged"
        if row.line in self.groups.new_lines:
            kind = "new_association"
            notes = [*notes, *(["elsewhere"] if self.groups.elsewhere(group) else [])]
        elif term is not None and term.id is None:
            kind = "new_officer"
        self.plan.rows.append(
            PlannedRow(
                line=row.line,
                kind=kind,
                district=self.groups.district_of(group),
                association=group.name,
                association_id=str(group.id) if group.id is not None else None,
                office=term.office if term else None,
                name=term.name if term else None,
                since=term.since if term else None,
                until=term.until if term else None,
                ends=ends,
                changes=changes,
                notes=notes,
            )
        )


def _followed(holders: list[Term], since: date) -> list[Ending]:
    """Who held the office last before this day, where that term was to end by itself."""
    over = [term for term in holders if term.id is not None and term.until is not None and term.until < since]
    if not over:
        return []
    last = max(over, key=lambda term: (term.until or date.min, term.since))
    assert last.id is not None and last.until is not None
    return [
        Ending(officer=last.id, office=last.office, name=last.name, before=last.until, until=last.until, moved=False)
    ]


def _same(term: Term, row: Row) -> bool:
    return row.name is not None and not term.erased and fold(term.name) == fold(row.name)
