"""Passwords and tokens: how they are made, kept and judged.

Argon2id with 19 MiB, 2 passes, 1 lane is the least OWASP's password storage sheet accepts; it
takes some 30 ms here. Lengths follow ASVS 5.0 V6.2: at least 15 characters without a second
factor, no forced change, no composition rules.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from registry.errors import Invalid

MIN_LENGTH: Final = 15
MAX_LENGTH: Final = 200

_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified against when no such account exists, so that both answers take the same time.
_DECOY: Final = _hasher.hash(secrets.token_hex(16))

# Words an outsider would try first here.
_CONTEXT: Final = ("kaizu", "password", "パスワード", "aizu", "会津", "海図", "qwerty", "12345678")


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Compare in constant work, whether or not there is a stored hash."""
    try:
        _hasher.verify(stored or _DECOY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def check(password: str, *, email: str) -> None:
    """Refuse a password that is short, or little more than a word everybody knows here.

    Raises Invalid with the field `password`.
    """
    problems = []
    if len(password) < MIN_LENGTH:
        problems.append(f"{MIN_LENGTH} 文字以上にしてください(いまは {len(password)} 文字)。")
    if len(password) > MAX_LENGTH:
        problems.append(f"{MAX_LENGTH} 文字以内にしてください。")
    if len(set(password)) < 5:
        problems.append("同じ文字の繰り返しは使えません。")
    left = password.lower()
    own = [part for part in re.split(r"[@.]", email.lower()) if len(part) > 2]
    for word in (*_CONTEXT, *own):
        left = left.replace(word, "")
    if len(password) >= MIN_LENGTH and len(left) < 8:
        problems.append(
            "システム名、地名、メールアドレスなど、推測されやすい言葉だけでは使えません。"
        )
    if problems:
        raise Invalid("パスワードを変更していません。", {"password": problems})


def new_token() -> tuple[str, str]:
    """A fresh 256-bit token and the hash to store."""
    token = secrets.token_urlsafe(32)
    return token, hash_token(token)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
