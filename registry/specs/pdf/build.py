"""From a frozen edition to the bytes of spec.pdf."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import weasyprint

from registry.specs.pdf import plain


def build_pdf(
    spec: Mapping[str, Any],
    data: bytes,
    *,
    draft: bool = False,
    cache: object = None,
    processes: int = 2,
) -> bytes:
    """The PDF of an edition: `data` is spec.json, `spec` its content.

    Raises Invalid when a character cannot be drawn and FontsMissing when set-up was not run.
    """
    issued = datetime.fromisoformat(spec["edition"]["issued_on"]).replace(tzinfo=UTC)
    attachment = weasyprint.Attachment(
        string=data, name="spec.json", created=issued, modified=issued, relationship="Source"
    )
    identifier = hashlib.sha256(data).digest()[:16]
    return plain.build_plain(
        spec, data, draft=draft, attachments=[attachment], pdf_identifier=identifier
    )
