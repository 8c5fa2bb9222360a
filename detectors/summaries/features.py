"""How is one feature cut into cells?"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class NumericFeature:
    """A feature counted between edges.

    With k strictly increasing finite `edges` it has k + 3 cells: below edges[0]; the k - 1
    intervals [e_i, e_{i+1}); at or above edges[-1]; not finite; missing. `deciles` and `doane`
    are the positions in `edges` of the reference's decile cuts and of its Doane edges. A feature
    of which the reference holds no value has no edges: one cell takes all values.
    """

    name: str
    edges: NDArray[np.float64]
    deciles: NDArray[np.int64]
    doane: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalFeature:
    """A feature counted by category.

    With c `categories` it has c + 3 cells: one each; other (seen in the reference, not kept);
    unseen; missing. `seen` holds the sorted `hash_words` of every value of the reference.
    """

    name: str
    categories: tuple[str, ...]
    seen: NDArray[np.uint64]


def hash_words(words: Iterable[str]) -> NDArray[np.uint64]:
    """Hash each word to 64 bits, the same on every machine and in every run."""
    digests = b"".join(
        hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for word in words
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
