"""What can go wrong in the domain, without a word about HTTP.

Every error carries a Japanese message for the person in front of the screen: what happened,
what was kept and what to do next. `registry.web.errors` maps each class to a status once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FieldErrors = Mapping[str, Sequence[str]]


class DomainError(Exception):
    """Base of everything a service may refuse with; `str(error)` is the Japanese message."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """The thing does not exist, or must not be known to exist by this person."""

    def __init__(self, message: str = "お探しの情報は見つかりませんでした。") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The person may see the thing but not do this with it."""

    def __init__(self, message: str = "この操作を行う権限がありません。") -> None:
        super().__init__(message)


class Invalid(DomainError):
    """The input breaks a rule; `fields` maps a field name to its messages."""

    def __init__(self, message: str, fields: FieldErrors | None = None) -> None:
        super().__init__(message)
        self.fields: dict[str, list[str]] = {
            key: list(texts) for key, texts in (fields or {}).items()
        }


class Conflict(DomainError):
    """The row was changed meanwhile, or the act collides with what is already there.

    `theirs` holds the stored values by field, so that a page can show both sides.
    """

    def __init__(self, message: str, theirs: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.theirs = dict(theirs or {})
