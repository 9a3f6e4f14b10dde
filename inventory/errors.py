"""Refusals of the rule book: each has a stable code and a Japanese sentence that says what to do next.

    Refusal
    ├── NotFound            not-found       there is no such thing
    │   └── NotOut                          the device is not out, as far as the ledger knows yet
    ├── NotAllowed          not-allowed     the role does not permit the act
    ├── Invalid             invalid         what was written has the wrong shape; ``errors`` names the fields
    ├── ImpossibleTime      impossible-time the clock of whoever did it cannot be right
    ├── Stale               stale           somebody changed the row in between
    ├── OpIdReused          op-id-reused    the op_id already stands for another act
    └── Conflict                            the ledger as it stands does not permit the act
        ├── AlreadyLent     already-lent
        ├── Held            held            ``holds`` names the open reasons
        ├── Retired         retired
        ├── Promised        promised        lending ``device`` would break what somebody else was promised
        ├── LimitReached    limit-reached
        ├── NotEnough       not-enough      ``shortage``: when how many are missing
        ├── AgreementMissing  agreement-missing
        ├── InOtherCase     in-other-case   ``devices`` names them, each with its case
        ├── IllegalStep     illegal-step    a wifi stage is skipped or stepped back to, and no reason was given
        └── TooLateToUndo   too-late-to-undo

The rule book knows no HTTP; ``api/problems.py`` turns a family into a status.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """A domain error: ``code`` for programs, ``sentence`` for people, ``facts`` for both."""

    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


class NotFound(Refusal):
    code = "not-found"


class NotOut(NotFound):
    """A device that ought to be out on a loan is not. Another desk may still have to tell of that loan."""


class NotAllowed(Refusal):
    code = "not-allowed"


class Invalid(Refusal):
    """``errors`` is a list of ``{"field": dotted path, "message": Japanese sentence}``."""

    code = "invalid"

    def __init__(self, sentence: str, errors: list[dict[str, str]] | None = None, **facts: Any) -> None:
        super().__init__(sentence, **facts)
        self.errors = errors or []

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        """One field is wrong; its sentence is also the sentence of the whole."""
        return cls(message, [{"field": field, "message": message}])


class ImpossibleTime(Refusal):
    """When an act is said to have happened cannot be."""

    code = "impossible-time"


class Stale(Refusal):
    code = "stale"


class OpIdReused(Refusal):
    code = "op-id-reused"


class Conflict(Refusal):
    """The ledger as it stands does not permit the act."""


class AlreadyLent(Conflict):
    code = "already-lent"


class Held(Conflict):
    code = "held"


class Retired(Conflict):
    code = "retired"


class Promised(Conflict):
    """Units of the pool stay here for somebody else. ``device`` names the one that may not go."""

    code = "promised"


class LimitReached(Conflict):
    code = "limit-reached"


class NotEnough(Conflict):
    """Fewer units are free than asked for. ``shortage``: ``{"from", "until", "missing"}`` of each time, ISO 8601."""

    code = "not-enough"


class AgreementMissing(Conflict):
    """What was asked for needs a signed agreement. Lending never does: it marks the loan."""

    code = "agreement-missing"


class InOtherCase(Conflict):
    """A device that is to lie in one case has its place in another. ``devices``: asset number to the other's code."""

    code = "in-other-case"


class IllegalStep(Conflict):
    """The stage does not follow the one before it, or the one after it does not follow this. ``venues`` names where."""

    code = "illegal-step"


class TooLateToUndo(Conflict):
    code = "too-late-to-undo"
