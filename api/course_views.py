"""The figures of a fiscal year's programmes, as the city prints them."""

from collections.abc import Iterable
from dataclasses import dataclass

from inventory.calendar import fiscal_year_name
from inventory.courses import ProgrammeCard


@dataclass(frozen=True)
class Figures:
    """Courses held and participants (延べ); None where nothing is reported yet. 「約」 of one spreads to the sum."""

    courses: int | None
    participants: int | None
    approx: bool

    @property
    def said(self) -> str:
        """約2,429名"""
        return "" if self.participants is None else f"{'約' if self.approx else ''}{self.participants:,}名"


@dataclass(frozen=True)
class Group:
    """The lines of one programme: those that share its name."""

    name: str
    lines: list[ProgrammeCard]
    figures: Figures


def sum_of(programmes: Iterable[ProgrammeCard]) -> Figures:
    """The sum of what is reported. Only a line whose participants count can make the sum approximate."""
    reported = list(programmes)
    courses = [one.reported_courses for one in reported if one.reported_courses is not None]
    people = [one for one in reported if one.reported_participants is not None]
    return Figures(
        courses=sum(courses) if courses else None,
        participants=sum(one.reported_participants or 0 for one in people) if people else None,
        approx=any(one.approx for one in people),
    )


def groups_of(programmes: Iterable[ProgrammeCard]) -> list[Group]:
    """Programmes by name, in the order they were entered."""
    named: dict[str, list[ProgrammeCard]] = {}
    for programme in programmes:
        named.setdefault(programme.name, []).append(programme)
    return [Group(name, lines, sum_of(lines)) for name, lines in named.items()]


def headline(year: int, programmes: list[ProgrammeCard]) -> list[str]:
    """What the year brought, or what it plans."""
    name, total = fiscal_year_name(year), sum_of(programmes)
    groups = groups_of(programmes)
    if not programmes:
        return [f"{name}の事業は、まだ登録されていません。"]
    if total.courses is not None or total.participants is not None:
        held = "" if total.courses is None else f"{total.courses:,}講座を開き、"
        people = f"{total.said}が参加しました。" if total.said else "参加者の数はまだ報告されていません。"
        missing = sum(one.reported_courses is None and one.reported_participants is None for one in programmes)
        rest = [f"{missing}つの事業は、まだ実績がありません。"] if missing else []
        return [f"{name}は、{len(groups)}つの事業で{held}{people}", *rest]
    planned = sum(one.planned_courses or 0 for one in programmes)
    plans = f"{planned:,}講座を予定しています。" if planned else "講座の数はこれから決めます。"
    return [f"{name}は、{len(groups)}つの事業で{plans}"]
