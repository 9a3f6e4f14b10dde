"""Two people at one form: the second is told, not overwritten."""

from inventory.errors import Stale


def must_be_current(stored: int, seen: int) -> None:
    """Refuse a change based on an older revision.

    Raises:
        Stale: the row has moved on since the caller read it.
    """
    if stored != seen:
        raise Stale(
            "ほかの人が先に直しました。いまの内容を見て、もう一度直してください。",
            revision=stored,
        )
