"""Answers that are files."""

from typing import Any
from urllib.parse import quote

PDF: dict[str, Any] = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
PNG: dict[str, Any] = {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
JPEG: dict[str, Any] = {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}


def inline(plain: str, full: str) -> dict[str, str]:
    """Shown in the browser, and saved under its Japanese name (RFC 6266, RFC 8187)."""
    return {"Content-Disposition": f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(full)}"}
