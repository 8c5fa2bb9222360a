"""Which files beside the configuration are looked at for a change."""

from pathlib import Path

from driftwatch.config import files


def test_the_files_that_hold_until_the_next_reading_are_named(tmp_path: Path) -> None:
    path = tmp_path / "driftwatch.yaml"
    path.write_text(
        """
store: {url_file: state.url}
endpoints:
  - {kind: webhook, secret_file: keys, template_file: body.j2}
  - {kind: slack, url_file: "${WHERE}/slack"}
  - {kind: preset, file: own.yaml}
"""
    )
    named = files(path, {"WHERE": "/run"})
    assert named == [
        tmp_path / "state.url",
        tmp_path / "body.j2",
        Path("/run/slack"),
        tmp_path / "own.yaml",
    ]
    assert files(tmp_path / "absent.yaml", {}) == []
