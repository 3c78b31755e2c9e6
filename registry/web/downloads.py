"""Files as answers of a POST: every download is a recorded write, so that a GET stays pure."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from flask import Response, send_file

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(content: bytes, name: str) -> Response:
    """An xlsx file to save as `name`.xlsx; the name may be Japanese."""
    return send_file(
        BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx"
    )
