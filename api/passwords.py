"""Passwords in forms."""

from fastapi import Request


async def as_typed(request: Request, name: str) -> str:
    """A field exactly as typed, while other fields are trimmed: the blanks at the ends of a password belong to it."""
    value = (await request.form()).get(name, "")
    return value if isinstance(value, str) else ""
