"""JSON texts that another reader could understand otherwise are no JSON here (RFC 8259)."""

import json
from typing import Any

import pytest

from api.strict_json import parse

BROKEN: list[bytes] = [
    b"",
    b"{",
    b"nul",
    b"[1,]",
    b"{'a': 1}",
    b'{"a": 1} {"b": 2}',
    b"NaN",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": [-Infinity]}',
    b'{"a": 1e400}',
    b'{"a": -1e400}',
    b'{"a": "\\ud800"}',
    b'{"a": "\\udc00\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"a": 1, "a": 1}',
    b'[{"a": {"b": 1, "b": 2}}]',
    b'{"a": 1, "\\u0061": 2}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"9" * 5_000,
    b'{"a": "\xff"}',
    b"\xff\xfe{\x00}\x00",
    b'{"a": "line\nend"}',
]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: repr(text[:24]))
def test_it_is_refused_in_the_one_way_that_becomes_a_problem(text: bytes) -> None:
    with pytest.raises(json.JSONDecodeError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, -2.5e3, null, true, "\xe5\xa4\xa7\xe8\x83\xa1"]}', {"a": [1, -2500.0, None, True, "大胡"]}),
        (b'{"a": {"b": 1}, "c": {"b": 2}}', {"a": {"b": 1}, "c": {"b": 2}}),
        (b'"\\ud842\\udfb7\\u0000"', "𠮷\x00"),
        (b" [ ] ", []),
        (b"1e-400", 0.0),
    ],
)
def test_everything_else_is_read(text: bytes, value: Any) -> None:
    assert parse(text) == value
