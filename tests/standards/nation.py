"""A small national standard in the ministry's form."""

from __future__ import annotations

from sqlalchemy.orm import Session

from registry.standards import library_storing
from registry.standards.models import NationalSpec
from registry.standards.national import NationalText, read_national
from tests.world import World

INDEX = """# 目次

## 1. 管理項目

### 1.1 住民データ

### 1.1.1. 日本人住民データの管理 (a.txt)

### 1.1.2. 外国人住民データの管理 (b.txt)

## 2. 検索

### 2.1 検索機能

### 2.1.1. 検索 (c.txt)
"""

FIRST = """1.1.1. 日本人住民データの管理

【実装すべき機能】
次の項目を管理すること（1.1.2参照）。
【住民票の項目】
・氏名（１.１参照）
12 / 345
【実装してもしなくても良い機能】
・100%一致検索は、_を含むときも行えること(5.2参照)。
【実装しない機能】
・ＤＶ等支援措置の自動解除は行わないこと。
"""

SECOND = """1.1.2. 外国人住民データの管理

【実装すべき機能】
通称を管理すること。
【実装してもしなくても良い機能】
【実装しない機能】
"""

THIRD = """2.1.1. 検索

【実装すべき機能】
氏名で検索できること。
【実装してもしなくても良い機能】
【実装しない機能】
"""


def text(**changes: str) -> NationalText:
    """`text(b="…")` replaces the file b.txt."""
    files = {"a": FIRST, "b": SECOND, "c": THIRD, **changes}
    return read_national({"index.md": INDEX} | {f"{name}.txt": it for name, it in files.items()})


def stored(session: Session, world: World, name: str = "住民記録") -> NationalSpec:
    spec, _ = library_storing.store(
        session, world.coordinator, name=name, edition="1.0", text=text()
    )
    return spec
