"""Is free text still written as it was: as long, in the same letters, in the same words?"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from detectors.frozen import FORMAT, packed, reading, unpacked
from detectors.naming import distinct
from detectors.summaries.features import hash_words

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Characters = NDArray[np.uint32]

VOCABULARY = 20_000
CHARACTERS = 5_000
LONGEST = 100_000  # characters of a text that are looked at; its length is of all
MEASURES = ("length", "unknown characters", "unknown words")
_WORD = re.compile(r"\w+")
_POINTS = 0x110000  # code points that there are


@dataclass(frozen=True, eq=False)
class TextTransforms:
    r"""Three numbers of a text: its length, and how much of it the reference never held.

    Measures the length in characters, the share of its characters that are not among those of the
    reference, and the share of its words. A word is a run of letters, digits and underscores, in
    lower case. Of the reference the 5,000 most frequent characters are known and, by their hashes,
    the 20,000 most frequent words, chosen on one half of its rows and counted on the other.

    Misleads where language has no spaces between words: a run of it is one word, and all are new.
    Blind to known words in a new order or sense, and to what comes after the first 100,000
    characters, except for the length.

    Shapes: float64[3, n]; the shares are NaN where a text has no character, or no word; all three
    where it is missing. `characters` are the sorted code points, uint32[c], `words` the sorted
    hashes, uint64[v].

    >>> texts = fit_text("note", ["Paid on time.", "paid late"], np.array([0, 1], dtype=np.int32))
    >>> texts.names
    ('note length', 'note unknown characters', 'note unknown words')
    >>> texts.apply(["paid never?"], np.array([0, -1], dtype=np.int32)).round(3)
    array([[11.   ,    nan],
           [ 0.273,    nan],
           [ 0.5  ,    nan]])
    """

    name: str
    names: tuple[str, ...]
    characters: Characters
    words: NDArray[np.uint64]

    def apply(self, texts: Sequence[str], codes: Codes) -> Floats:
        """Make the features of n rows, each once for a distinct text, float64[3, n].

        `codes` are indices into `texts`, int32[n], -1 where missing.
        """
        table = np.full((len(MEASURES), len(texts) + 1), np.nan)
        seen = [text[:LONGEST] for text in texts]
        table[0, :-1] = [len(text) for text in texts]
        table[1, :-1] = self._unknown_characters(seen)
        table[2, :-1] = self._unknown_words(seen)
        return table[:, codes]

    def _unknown_characters(self, texts: Sequence[str]) -> Floats:
        points = _code_points(texts)
        passed = np.concatenate([[0], np.cumsum(~self._known[points])])
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        begins = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
        return _share(passed[ends] - passed[begins], ends - begins)

    def _unknown_words(self, texts: Sequence[str]) -> Floats:
        found = [_words(text) for text in texts]
        all_words = list(set(chain.from_iterable(found)))
        unknown = ~np.isin(hash_words(all_words), self.words)
        new = {word for word, is_new in zip(all_words, unknown.tolist(), strict=True) if is_new}
        counts = np.array([sum(map(new.__contains__, words)) for words in found], dtype=np.int64)
        return _share(counts, np.array([len(words) for words in found], dtype=np.int64))

    @cached_property
    def _known(self) -> NDArray[np.bool_]:
        """Which code points the reference held."""
        known = np.zeros(_POINTS, dtype=bool)
        known[self.characters] = True
        return known

    def to_json(self) -> dict[str, Any]:
        """Give the transforms as JSON."""
        return {
            "format": FORMAT,
            "name": self.name,
            "names": list(self.names),
            "characters": packed(self.characters),
            "words": packed(self.words),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; ValueError if it is of another format or damaged."""
        with reading(document, "the transforms of a text"):
            characters = unpacked(document["characters"], np.uint32)
            words = unpacked(document["words"], np.uint64)
            return cls(document["name"], tuple(document["names"]), characters, words)


def fit_text(
    name: str, texts: Sequence[str], codes: Codes, *, taken: Collection[str] = ()
) -> TextTransforms:
    """Choose the known characters and words from one half of the reference.

    Parameters
    ----------
    texts : distinct ones; codes : int32[n], indices into `texts`, -1 where missing
    taken : names that features must not have
    """
    rows = np.bincount(codes[codes >= 0], minlength=len(texts)).tolist()
    characters, words = Counter[str](), Counter[str]()
    for text, times in zip(texts, rows, strict=True):
        if times:
            for counts, parts in ((characters, text[:LONGEST]), (words, _words(text[:LONGEST]))):
                for part, count in Counter(parts).items():
                    counts[part] += times * count
    points = np.unique(_code_points(_most_frequent(characters, CHARACTERS)))
    hashes = np.unique(hash_words(_most_frequent(words, VOCABULARY)))
    names = distinct((f"{name} {measure}" for measure in MEASURES), {name, *taken})
    return TextTransforms(name, names, points, hashes)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _code_points(texts: Iterable[str]) -> Characters:
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(joined, dtype="<u4").astype(np.uint32)


def _most_frequent(counts: Mapping[str, int], keep: int) -> list[str]:
    return sorted(counts, key=lambda part: (-counts[part], part))[:keep]


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Floats:
    nothing = np.full(len(whole), np.nan)
    shares: Floats = np.divide(part, whole, out=nothing, where=whole > 0)
    return shares
