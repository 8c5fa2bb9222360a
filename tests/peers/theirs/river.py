"""What is river's incremental Kolmogorov-Smirnov statistic of two streams?

It takes both streams value by value, so each chunk meets as many rows of the reference.
"""

from river import stats

from tests.peers.theirs.exchange import CHUNK, answer, chunks, columns, given


def main() -> None:
    found: dict[str, list[float]] = {}
    for column, reference, current in columns(given("drawn")):
        if reference.dtype.kind != "f":
            continue
        for chunk in chunks(current):
            statistic = stats.KolmogorovSmirnov(statistic="ks")
            for x, y in zip(reference[:CHUNK].tolist(), chunk.tolist(), strict=True):
                statistic.update(x, y)
            found.setdefault(f"drawn/{column}/ks", []).append(float(statistic.get()))
    answer(found)


if __name__ == "__main__":
    main()
