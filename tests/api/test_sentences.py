"""What pydantic finds wrong, said in Japanese: a bound of days is spoken of as days, one of numbers as numbers."""

from datetime import date
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from api.sentences import field_errors


class Bounded(BaseModel):
    latitude: Annotated[float, Field(ge=20.0, le=46.0)] = 36.4
    people: Annotated[int, Field(gt=0, lt=10_000)] = 1
    on: Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))] = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("field", "value", "bound"),
    [
        ("latitude", 139.1, "46以下の数"),
        ("latitude", 3, "20以上の数"),
        ("people", 0, "0より大きい数"),
        ("people", 10_000, "10,000より小さい数"),
        ("on", "1026-11-24", "1900-01-01以後の日"),
        ("on", "3026-11-24", "2999-12-31以前の日"),
    ],
)
def test_a_bound_says_what_may_be_written(field: str, value: object, bound: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Bounded.model_validate({field: value})
    (error,) = field_errors(refused.value.errors())
    assert error["field"] == field
    assert bound in error["message"]
