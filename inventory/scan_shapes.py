"""A scanned item as it comes in, and the verdict that goes out."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from inventory.due import DueBy
from inventory.lending import Batch
from inventory.returning import Condition
from inventory.shapes import AssetNumber, Card, Identifier, Instant, Name, Seat, Shape
from inventory.tables import HoldReason


class ScanAct(StrEnum):
    LEND = "lend"
    RETURN = "return"
    MOVE = "move"
    SWAP = "swap"
    INSPECT = "inspect"
    WIPE = "wipe"
    SEE = "see"


class ScanTarget(Shape):
    """To whom, to where, or instead of what. ``device`` is the unit a swap replaces, or a substitute stands in for."""

    association: Identifier | None = None
    course: Identifier | None = None
    venue: Identifier | None = None
    section: Name | None = None
    place: Name | None = None
    device: AssetNumber | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "ScanTarget":
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError("相手先を1つ選んでください")
        return self


class Scan(Shape):
    """One scanned item. ``clock_offset_ms`` is server minus client, in milliseconds, when the client last knew it.

    ``without`` are members of a scanned case that are not in it.
    """

    op_id: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
    seq: Annotated[int, Field(ge=0, le=2_147_483_647)]
    act: ScanAct
    code: Annotated[str, Field(min_length=1, max_length=500)]
    target: ScanTarget | None = None
    batch: Batch | None = None
    due: DueBy | None = None
    seat: Seat = None
    condition: Condition | None = None
    without: Annotated[list[AssetNumber], Field(max_length=200)] = []
    occurred_at: Instant
    clock_offset_ms: Annotated[int, Field(ge=-(10**11), le=10**11)] | None = None

    def said_at(self) -> datetime:
        """When it happened by the server's clock, as far as the client knew."""
        return self.occurred_at + timedelta(milliseconds=self.clock_offset_ms or 0)

    def when(self, now: datetime) -> datetime:
        """The same, never later than now: nothing comes in before it happened."""
        return min(self.said_at(), now)


class LeftOut(Card):
    """A member of a case that the act left out, and why."""

    device: str
    code: str
    detail: str | None = None


class ScanResult(Card):
    """``device`` is the asset number the code stood for; for a case it is None, and ``devices`` are those it took.

    ``detail`` is a sentence for whoever holds the scanner; ``first`` is what a repeated item's verdict was.
    ``agreement``: the loan that the item is on waits for a signature.
    """

    op_id: str
    outcome: Literal["applied", "repeated", "refused", "conflict"]
    first: Literal["applied", "refused", "conflict"] | None = None
    code: str | None = None
    detail: str | None = None
    device: str | None = None
    call_number: int | None = None
    loan: str | None = None
    agreement: Literal["missing"] | None = None
    holds: list[HoldReason] = []
    case: str | None = None
    devices: list[str] = []
    left_out: list[LeftOut] = []

    def kept(self) -> dict[str, Any]:
        """What the journal keeps of it: codes and numbers, no sentence, because sentences may name a borrower."""
        return self.model_dump(mode="json", exclude={"detail": True, "left_out": {"__all__": {"detail"}}})
