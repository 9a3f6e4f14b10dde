"""Answers that are files."""

from typing import Any
from urllib.parse import quote

from fastapi import Response

from labels.paper import PaperPdf

PDF: dict[str, Any] = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
PNG: dict[str, Any] = {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
JPEG: dict[str, Any] = {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}


def inline(plain: str, full: str) -> dict[str, str]:
    """Shown in the browser, and saved under its Japanese name (RFC 6266, RFC 8187)."""
    return {"Content-Disposition": f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(full)}"}


def pdf_file(made: PaperPdf, plain: str, full: str) -> Response:
    """A printed paper; the header counts the characters that print otherwise than written."""
    headers = inline(f"{plain}.pdf", f"{full}.pdf")
    headers["X-Label-Warnings"] = str(len(made.warnings))
    return Response(made.pdf, media_type="application/pdf", headers=headers)


def attachment(plain: str, full: str) -> dict[str, str]:
    """Saved under its Japanese name."""
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full)}"}
