"""Which values of a column are segments, and that their counts are those of their own rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors.summaries import Summary
from driftwatch.__main__ import main
from driftwatch.nouns.errors import ProfileError
from driftwatch.nouns.profiles import Profile
from driftwatch.reference.build import build
from driftwatch.reference.choices import Choices
from driftwatch.reference.document import dump, parse, save, seal
from driftwatch.reference.registry import Registry
from driftwatch.reference.settings import ReferenceSettings, SegmentSettings
from driftwatch.reference.stretches import BODIES, FEWEST, grids

ROWS = 12_000
NAMED = {"model": "fraud", "version": "3"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write rows of countries of 60, 25, 10 and about 1 percent, some without any."""
    rng = np.random.default_rng(5)
    countries = ["DE", "FR", "UK", "a|b", "other", "LI", ""]
    drawn = rng.choice(countries, ROWS, p=[0.57, 0.22, 0.1, 0.05, 0.03, 0.01, 0.02])
    lines = [
        f"{amount:.6f},{country},{'yes' if vip else 'no'}"
        for amount, country, vip in zip(
            rng.gamma(2, 10 + 30 * (drawn == "FR")), drawn, rng.random(ROWS) < 0.3, strict=True
        )
    ]
    path = tmp_path_factory.mktemp("segments") / "rows.csv"
    path.write_text("amount,country,vip\n" + "\n".join(lines))
    return path


def built(file: Path, *columns: str, **choices: int) -> Profile:
    return build([file], Choices(**NAMED, segments=columns, bins=20, **choices))  # type: ignore[arg-type]


def of_country(file: Path, country: str) -> np.ndarray:
    rows = [line.split(",") for line in file.read_text().splitlines()[1:]]
    return np.array([float(amount) for amount, own, _ in rows if own == country])


def test_they_are_the_most_frequent_values_that_have_rows_enough(file: Path) -> None:
    [family] = built(file, "country").segments
    assert family.names == ("country=DE", "country=FR", "country=UK", "country=other")
    [family] = built(file, "country", most=2).segments
    assert family.names == ("country=DE", "country=FR", "country=other")


def test_numbers_are_counted_on_all_rows_of_a_segment_categories_on_half(file: Path) -> None:
    own = built(file, "country").parts["country=FR"]
    amounts = of_country(file, "FR")
    assert own.rows == len(amounts)
    assert own.counted[0] == len(amounts)
    assert own.moments[0, 0] == pytest.approx(amounts.mean())
    assert (own.low[0], own.high[0]) == (amounts.min(), amounts.max())
    assert 0.4 < own.counted[1] / len(amounts) < 0.6


def test_the_segments_of_each_column_add_up_to_the_whole(file: Path) -> None:
    profile = built(file, "country", "vip")
    assert [family.column for family in profile.segments] == ["country", "vip"]
    for family in profile.segments:
        total = sum(family.summaries[1:], family.summaries[0])
        assert total.rows == profile.reference.rows
        assert total.counts.tolist() == profile.reference.counts.tolist()
        np.testing.assert_allclose(total.moments, profile.reference.moments)


def test_segments_change_nothing_of_the_whole(file: Path) -> None:
    with_them, without = built(file, "country"), built(file)
    assert same(with_them.reference, without.reference)
    assert with_them.layout.digest == without.layout.digest
    assert without.segments == ()


def test_fewer_of_them_leave_more_to_the_rest(file: Path) -> None:
    [three], [one] = built(file, "country").segments, built(file, "country", most=1).segments
    fewer = three.first(1)
    assert fewer.names == one.names
    assert fewer.summaries[1].counts.tolist() == one.summaries[1].counts.tolist()
    assert three.first(3) is three


def test_a_document_gives_them_back_and_its_fingerprint_covers_them(file: Path) -> None:
    profile = built(file, "country", "vip")
    read = parse(dump(profile))
    assert read.fingerprint == profile.fingerprint
    assert list(read.parts) == list(profile.parts)
    for name, summary in read.parts.items():
        assert same(summary, profile.parts[name])
    body = dump(profile)
    written = body.index(b'"summaries": ["') + 60
    damaged = body[:written] + bytes([body[written] ^ 1]) + body[written + 1 :]
    with pytest.raises(ProfileError, match="fingerprint"):
        parse(damaged)


def test_a_segment_is_held_against_its_own_rows(file: Path) -> None:
    profile = built(file, "country")
    own = profile.of("country=FR")
    assert own is not None
    assert own.reference is profile.parts["country=FR"]
    assert own.fingerprint == profile.fingerprint
    assert profile.of("") is profile
    assert profile.of("country=LI") is None


@pytest.fixture(scope="module")
def dated(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the same rows with times, one a minute."""
    head, *lines = file.read_text().splitlines()
    path = tmp_path_factory.mktemp("dated") / "rows.csv"
    timed = (f"{1_767_225_600 + 60 * i},{line}" for i, line in enumerate(lines))
    path.write_text(f"time,{head}\n" + "\n".join(timed))
    return path


def test_blocks_of_time_of_a_segment_add_up_to_its_rows(dated: Path) -> None:
    profile = built(dated, "country", "vip")
    assert profile.blocks is not None
    for family in profile.segments:
        assert family.blocks is not None
        assert family.blocks.start.tolist() == profile.blocks.blocks.start.tolist()
        for place, summary in enumerate(family.summaries):
            counts = family.blocks.counts(place)
            assert len(counts) == ROWS // 60
            assert counts.sum(axis=0).tolist() == summary.counts.tolist()


def test_where_fewer_are_watched_their_blocks_join_the_rest(dated: Path) -> None:
    [three], [one] = built(dated, "country").segments, built(dated, "country", most=1).segments
    fewer = three.first(1)
    assert fewer.blocks is not None
    assert one.blocks is not None
    for place in (0, 1):
        assert fewer.blocks.counts(place).tolist() == one.blocks.counts(place).tolist()


def test_a_document_gives_blocks_of_segments_back_and_damaged_ones_are_refused(dated: Path) -> None:
    profile = built(dated, "country")
    read = parse(dump(profile))
    assert read.fingerprint == profile.fingerprint
    [before], [after] = profile.segments, read.segments
    assert after.blocks is not None
    assert before.blocks is not None
    assert after.blocks.bodies == before.blocks.bodies
    cut = replace(before.blocks, bodies=before.blocks.bodies[1:])
    damaged = seal(replace(profile, segments=(replace(before, blocks=cut),)))
    with pytest.raises(ProfileError, match="blocks of segments are not of each"):
        parse(dump(damaged))


def test_too_many_cells_have_no_blocks_by_segment() -> None:
    times = np.array([0.0, 1e12])
    assert "segments" in grids(times, 10**6, 1_000, segments=51)
    assert "segments" not in grids(times, 10**6, 20_000, segments=51)
    kept = grids(times, 10**6, 1_000, segments=51)["segments"]
    assert FEWEST <= kept.count <= BODIES // 51


def test_a_rest_of_few_rows_is_not_watched(file: Path) -> None:
    profile = built(file, "vip")
    [family] = profile.segments
    assert family.names == ("vip=no", "vip=yes", "vip=other")
    assert list(profile.parts) == ["vip=no", "vip=yes"]


@pytest.mark.parametrize(
    ("column", "said"),
    [("amount", "it is numeric"), ("nation", "there is no column 'nation'")],
)
def test_other_columns_than_categories_have_none(file: Path, column: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        built(file, column)


def test_a_model_has_fifty_values_at_most() -> None:
    with pytest.raises(ProfileError, match="segments is 60"):
        Choices(**NAMED, segments=("a", "b"), most=30)  # type: ignore[arg-type]


def found(folder: Path, segments: SegmentSettings | None) -> Profile:
    """Give the profile as the daemon has it under a configuration."""
    given = {"fraud": segments} if segments else {}
    registry = Registry(
        {"fraud": ReferenceSettings(path="fraud-{version}.json")}, folder, segments=given
    )
    assert registry.refresh() == []
    return registry.known.profiles["fraud", "3"]


def test_the_configuration_says_which_are_watched(file: Path, tmp_path: Path) -> None:
    profile = built(file, "country", "vip")
    save(profile, tmp_path / "fraud-3.json")
    assert found(tmp_path, None).segments == ()
    one = found(tmp_path, SegmentSettings(columns=("country",), most=1))
    assert list(one.parts) == ["country=DE", "country=other"]
    assert one.fingerprint == profile.fingerprint
    assert list(found(tmp_path, SegmentSettings(columns=("vip",))).parts) == ["vip=no", "vip=yes"]


def test_a_column_that_no_profile_counts_is_noted(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(built(file, "vip"), tmp_path / "fraud-3.json")
    path = tmp_path / "driftwatch.yaml"
    path.write_text(
        """
models: [{name: fraud, reference: {path: "fraud-{version}.json"}}]
sources: [{kind: simulate}]
store: {url: "sqlite:///state.db"}
segments: {columns: [vip, country], most: 5}
"""
    )
    assert main(["config", "validate", "-c", str(path)]) == 0
    assert capsys.readouterr().err == (
        'note: segments for "fraud" name "country", and its profiles count none of it; build them '
        "with driftwatch profile --segment country\n"
    )


def same(one: Summary, other: Summary) -> bool:
    names = ("rows", "counts", "tails", "moments", "low", "high")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)
