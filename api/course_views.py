"""What the figures of a fiscal year say in a sentence."""

from inventory.year_figures import Total, YearSummary


def people_said(total: Total) -> str:
    """約2,429名; empty where nothing is known."""
    return "" if total.participants is None else f"{'約' if total.approx else ''}{total.participants:,}名"


def headline(summary: YearSummary) -> list[str]:
    """What the year brought, or what it plans."""
    name, total, count = summary.name, summary.grand_total, len(summary.programmes)
    if not summary.programmes:
        return [f"{name}の事業は、まだ登録されていません。"]
    if total.courses is not None or total.participants is not None:
        held = "" if total.courses is None else f"{total.courses:,}講座を開き、"
        said = people_said(total)
        people = f"{said}が参加しました。" if said else "参加者の数はまだ報告されていません。"
        lines = [line for programme in summary.programmes for line in programme.lines]
        missing = sum(line.courses is None and line.participants is None for line in lines)
        rest = [f"{missing}つの事業は、まだ実績がありません。"] if missing else []
        return [f"{name}は、{count}つの事業で{held}{people}", *rest]
    planned = f"{total.planned:,}講座を予定しています。" if total.planned else "講座の数はこれから決めます。"
    return [f"{name}は、{count}つの事業で{planned}"]
