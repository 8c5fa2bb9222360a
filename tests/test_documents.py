"""What the documents show can be done: links, commands, configurations, reasons and metrics."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors.kinds import EVERY
from driftwatch.__main__ import parser
from driftwatch.config import parse, schema
from driftwatch.export import names
from driftwatch.export.metric import Metric
from driftwatch.export.statistics import P_VALUES, STATISTICS
from driftwatch.nouns.records import Reason, Skip

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`]+)`")
METRIC = re.compile(r"\bdriftwatch_[a-z_]*[a-z]\b")
BASE = """
models:
  - name: fraud
    reference: {path: "profiles/fraud-{version}.json"}
sources:
  - {kind: kafka, brokers: ["kafka:9092"], topics: [predictions]}
store: {url: "sqlite:///state.db"}
"""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCE.sub("", text_of(page))


def blocks(page: Path, *kinds: str) -> Iterator[str]:
    return (body for kind, body in FENCE.findall(text_of(page)) if kind in kinds)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose_of(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_reached_from_the_readme() -> None:
    readme = text_of(ROOT / "README.md")
    assert [p.name for p in (ROOT / "docs").glob("*.md") if f"docs/{p.name}" not in readme] == []


def accepts(line: str, capsys: pytest.CaptureFixture[str], *, short: bool) -> bool:
    """Say whether the command line takes a command; a `short` one may lack what is required."""
    words = shlex.split(re.split(r" [|>&]", line)[0])
    try:
        parser().parse_args(words[1:])
    except SystemExit:
        return short and "arguments are required" in capsys.readouterr().err
    return True


@each_page
def test_every_command_that_is_shown_can_be_given(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for body in blocks(page, "", "sh") for line in body.splitlines()]
    for line in lines:
        if line.startswith("driftwatch "):
            assert accepts(line, capsys, short=False), line
    for span in (" ".join(span.split()) for span in SPAN.findall(prose_of(page))):
        if span.startswith("driftwatch "):
            assert accepts(span, capsys, short=True), span


def test_a_command_that_is_none_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert not accepts("driftwatch alerts forget -c FILE", capsys, short=True)
    assert not accepts("driftwatch status --colour", capsys, short=False)
    assert accepts("driftwatch status", capsys, short=True)


def test_the_readme_names_every_command() -> None:
    readme = text_of(ROOT / "README.md")
    assert [name for name in commands(parser()) if f"`driftwatch {name}`" not in readme] == []


def commands(of: argparse.ArgumentParser) -> Iterator[str]:
    groups = [a for a in of._actions if isinstance(a, argparse._SubParsersAction)]
    for name, inner in (item for group in groups for item in group.choices.items()):
        deeper = list(commands(inner))
        yield from (f"{name} {action}" for action in deeper)
        if not deeper:
            yield name


@each_page
def test_every_configuration_can_be_used(page: Path, tmp_path: Path) -> None:
    for place, body in enumerate(blocks(page, "yaml configuration", "yaml section")):
        whole = body if "store:" in body else with_base(body)
        secret = tmp_path / "secret"
        secret.write_text(SECRET)
        text = re.sub(r"(\w+_file): /run/secrets/[\w-]+", rf"\1: {secret}", whole)
        given = dict.fromkeys(re.findall(r"\$\{(\w+)", text), "sixteen-characters")
        parse(text, f"{page.name}[{place}]", {**given, "HOOK_SECRET": SECRET})


def with_base(section: str) -> str:
    """Complete a section by what is required and not in it."""
    given = set(re.findall(r"^(\w+):", section, re.MULTILINE))
    parts = re.split(r"^(?=\w)", BASE, flags=re.MULTILINE)
    return section + "".join(p for p in parts if p.partition(":")[0] not in given)


@each_page
def test_no_yaml_is_shown_unlabelled_that_is_ours(page: Path) -> None:
    for body in blocks(page, "yaml"):
        assert not re.search(r"^(models|sources|alerts|endpoints|store):", body, re.MULTILINE)


@pytest.mark.parametrize("reason", [*Reason, *Skip])
def test_every_reason_is_explained(reason: Reason | Skip) -> None:
    assert f"| `{reason.value}` |" in text_of(ROOT / "docs" / "records.md")


def metrics() -> set[str]:
    listed = [m for m in vars(names).values() if isinstance(m, Metric)]
    listed += [*STATISTICS.values(), *P_VALUES.values()]
    return {metric.name for metric in listed}


@each_page
def test_every_metric_that_is_named_exists(page: Path) -> None:
    assert set(METRIC.findall(text_of(page))) - metrics() == set()


def test_every_detector_has_its_section() -> None:
    headings = " ".join(re.findall(r"^## (.*)$", text_of(ROOT / "docs/statistics.md"), re.M))
    kinds = re.findall(r"[a-z_]+", headings)
    assert {made().kind for made in EVERY} <= set(kinds)


def test_every_section_of_the_configuration_is_explained() -> None:
    page = text_of(ROOT / "docs" / "configuration.md")
    assert [key for key in schema()["properties"] if f"**`{key}`**" not in page] == []


def test_every_event_of_the_log_is_explained() -> None:
    code = "\n".join(text_of(path) for path in (ROOT / "driftwatch").rglob("*.py"))
    events = set(re.findall(r"\blog\.(?:info|warning|error|exception)\(\s*\"([^\"]+)\"", code))
    page = text_of(ROOT / "docs" / "operations.md").partition("## Logs")[2]
    assert len(events) > 10
    assert [event for event in sorted(events) if f"`{event}`" not in page] == []


def test_the_rules_that_many_begin_with_can_be_read_together() -> None:
    page = text_of(ROOT / "docs" / "alerts.md")
    shown = page.partition("many begin with these:")[2].partition("```\n")[2].partition("```")[0]
    rules = "".join(f"    - {line}\n" for line in shown.splitlines())
    assert len(parse(f"{BASE}alerts:\n  rules:\n{rules}", "f", {}).alerts.rules) == 4


def test_every_rule_that_is_shown_can_be_read() -> None:
    page = text_of(ROOT / "docs" / "alerts.md")
    shown = page.partition("## Rules")[2].partition("```\n")[2].partition("```")[0]
    assert len(shown.splitlines()) == 4
    for line in shown.splitlines():
        parse(f"{BASE}alerts:\n  rules:\n    - '{line}'\n", "f", {})
