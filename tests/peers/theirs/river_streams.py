"""What do river's generators of changing concepts draw?

Of each: rows under one concept, rows under another, and their classes. Of Hyperplane and LED the
other concept is another seed's, or the classes by other names; the inputs are drawn alike.
"""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from river.datasets import synth

from tests.peers.theirs.exchange import answer

BEFORE, AFTER = 96_000, 24_000
CLASSES = 10

GENERATORS: dict[str, tuple[Any, Any]] = {
    "SEA": (synth.SEA(variant=0, seed=1), synth.SEA(variant=3, seed=2)),
    "Agrawal": (
        synth.Agrawal(classification_function=0, seed=1),
        synth.Agrawal(classification_function=2, seed=2),
    ),
    "Sine": (
        synth.Sine(classification_function=0, seed=1),
        synth.Sine(classification_function=1, seed=2),
    ),
    "Mixed": (
        synth.Mixed(classification_function=0, seed=1),
        synth.Mixed(classification_function=1, seed=2),
    ),
    "Hyperplane": (synth.Hyperplane(seed=1), synth.Hyperplane(seed=2)),
    "LED": (synth.LED(noise_percentage=0.1, seed=1), synth.LED(noise_percentage=0.1, seed=2)),
}


def main() -> None:
    for name, (one, other) in GENERATORS.items():
        found: dict[str, Any] = {}
        for side, stream, rows in (("one", one, BEFORE), ("other", other, AFTER)):
            drawn = list(islice(stream, rows))
            for feature in drawn[0][0]:
                found[f"{side}/{feature}"] = np.array([x[feature] for x, _ in drawn], float)
            classes = np.array([int(y) for _, y in drawn])
            renamed = name == "LED" and side == "other"
            found[f"{side}/y"] = (classes + 1) % CLASSES if renamed else classes
        np.savez(Path("build", "peers", f"river_{name}.npz"), **found)
    answer({"generators": list(GENERATORS)})


if __name__ == "__main__":
    main()
