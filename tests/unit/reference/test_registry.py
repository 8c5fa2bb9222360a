"""Which profiles are known: found by name, read when changed, the bad ones told."""

import os
from dataclasses import replace

import pytest
from pydantic import ValidationError

from detectors.summaries import Layout, Summary
from driftwatch.nouns.errors import Transient
from driftwatch.nouns.profiles import Profile, Schema
from driftwatch.nouns.segments import Segments
from driftwatch.reference import document
from driftwatch.reference.registry import LIVE, Registry
from driftwatch.reference.settings import LearnSettings, ReferenceSettings, SegmentSettings

PATH = "profiles/fraud-{version}.json"


def profile(model="fraud", version="3", **lineage):
    layout = Layout(())
    return document.seal(
        Profile(model, version, Schema(()), layout, Summary.empty(layout), "", lineage)
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "profiles").mkdir()
    return tmp_path


def put(folder, name, given, *, age=0):
    path = folder / "profiles" / name
    document.save(given, path)
    os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    return path


def registry(folder, **paths):
    return Registry(
        {model: ReferenceSettings(path=path) for model, path in (paths or {"fraud": PATH}).items()},
        folder,
    )


def test_before_the_first_look_the_models_are_known_and_no_profile(folder):
    put(folder, "fraud-3.json", profile())
    known = registry(folder).known
    assert known.models == {"fraud"}
    assert known.profile("fraud", "3") is None


def test_a_new_versions_profile_is_found_without_a_restart(folder):
    looked = registry(folder)
    assert looked.refresh() == []
    put(folder, "fraud-3.json", profile())
    assert looked.refresh() == []
    assert looked.known.profile("fraud", "3").version == "3"
    put(folder, "fraud-2026.01_b.json", profile(version="2026.01_b"))
    assert looked.refresh() == []
    assert {version for _, version in looked.known.profiles} == {"3", "2026.01_b"}


def test_what_a_reader_holds_does_not_change_under_it(folder):
    looked = registry(folder)
    looked.refresh()
    held = looked.known
    put(folder, "fraud-3.json", profile())
    looked.refresh()
    assert held.profiles == {}
    assert looked.known is not held


def test_an_unchanged_file_is_not_read_again(folder):
    put(folder, "fraud-3.json", profile())
    looked = registry(folder)
    looked.refresh()
    first = looked.known.profile("fraud", "3")
    looked.refresh()
    assert looked.known.profile("fraud", "3") is first


def test_a_replaced_profile_takes_the_place_of_the_old_one(folder):
    looked = registry(folder)
    put(folder, "fraud-3.json", profile(rows=1), age=10)
    looked.refresh()
    new = profile(rows=2)
    put(folder, "fraud-3.json", new)
    assert looked.refresh() == []
    assert looked.known.profile("fraud", "3").fingerprint == new.fingerprint


def test_a_removed_profile_is_no_longer_known(folder):
    path = put(folder, "fraud-3.json", profile())
    looked = registry(folder)
    looked.refresh()
    path.unlink()
    assert looked.refresh() == []
    assert looked.known.profile("fraud", "3") is None


def test_an_unreadable_profile_does_not_disturb_the_others(folder):
    put(folder, "fraud-3.json", profile())
    (folder / "profiles" / "fraud-4.json").write_text("{")
    looked = registry(folder)
    for _ in range(2):  # It is said for as long as it lasts.
        (problem,) = looked.refresh()
        assert "fraud-4.json: it is not JSON, or truncated" in problem
    assert set(looked.known.profiles) == {("fraud", "3")}


def test_a_profile_that_is_damaged_later_stays_in_use_as_it_was(folder):
    path = put(folder, "fraud-3.json", profile())
    looked = registry(folder)
    looked.refresh()
    good = looked.known.profile("fraud", "3")
    path.write_text("{")
    (problem,) = looked.refresh()
    assert "the profile it held before stays in use" in problem
    assert looked.known.profile("fraud", "3") is good
    assert looked.refresh() == [problem]
    path.unlink()
    assert looked.refresh() == []
    assert looked.known.profile("fraud", "3") is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (profile(model="churn"), "of the model 'churn', not of 'fraud'"),
        (profile(version="4"), "of version '4', but its name says '3'"),
    ],
)
def test_a_profile_must_be_what_its_name_says(folder, given, reason):
    put(folder, "fraud-3.json", given)
    looked = registry(folder)
    (problem,) = looked.refresh()
    assert reason in problem
    assert looked.known.profiles == {}


@pytest.mark.parametrize("version", ["a b", "é", "x" * 65])
def test_a_file_whose_version_is_no_version_is_said(folder, version):
    put(folder, f"fraud-{version}.json", profile(version=version))
    looked = registry(folder)
    (problem,) = looked.refresh()
    assert "is no version: up to 64 of A-Z a-z 0-9 . _ -" in problem
    assert looked.known.profiles == {}


def test_a_version_with_a_leading_dot_is_never_live(folder):
    put(folder, ".3.json", profile(version=".3"))
    looked = registry(folder, fraud="profiles/{version}.json")
    looked.refresh()
    assert looked.known.profiles == {}


def test_a_link_out_of_the_folder_is_not_followed(folder):
    document.save(profile(), folder / "elsewhere.json")
    (folder / "profiles" / "fraud-3.json").symlink_to(folder / "elsewhere.json")
    looked = registry(folder)
    (problem,) = looked.refresh()
    assert "a link out of the folder" in problem
    assert looked.known.profiles == {}


def test_links_inside_the_folder_are_followed_as_kubernetes_makes_them(folder):
    (folder / "profiles" / "..2026").mkdir()
    document.save(profile(), folder / "profiles" / "..2026" / "fraud-3.json")
    (folder / "profiles" / "..data").symlink_to("..2026")
    (folder / "profiles" / "fraud-3.json").symlink_to("..data/fraud-3.json")
    looked = registry(folder)
    assert looked.refresh() == []
    assert set(looked.known.profiles) == {("fraud", "3")}


def test_the_newest_eight_versions_are_live_and_the_rest_is_said(folder):
    for version in range(LIVE + 2):
        put(folder, f"fraud-{version}.json", profile(version=str(version)), age=version)
    looked = registry(folder)
    problems = looked.refresh()
    assert {version for _, version in looked.known.profiles} == {str(v) for v in range(LIVE)}
    assert [p.split(": ")[1].rsplit("-")[-1] for p in problems] == ["8.json", "9.json"]
    assert "at most 8 live versions" in problems[0]


def test_an_unreadable_profile_takes_no_live_place(folder):
    for version in range(LIVE):
        put(folder, f"fraud-{version}.json", profile(version=str(version)), age=1 + version)
    (folder / "profiles" / "fraud-bad.json").write_text("")
    looked = registry(folder)
    assert len(looked.refresh()) == 1
    assert len(looked.known.profiles) == LIVE


def test_without_a_place_for_the_version_the_profile_says_which_it_is(folder):
    put(folder, "fraud.json", profile(version="7"))
    looked = registry(folder, fraud="profiles/fraud.json")
    assert looked.refresh() == []
    assert set(looked.known.profiles) == {("fraud", "7")}


def test_a_missing_single_file_is_said(folder):
    looked = registry(folder, fraud="profiles/fraud.json")
    (problem,) = looked.refresh()
    assert "fraud.json: the profile cannot be read: No such file" in problem


def test_an_absolute_path_needs_no_folder(folder):
    put(folder, "fraud-3.json", profile())
    looked = registry(folder / "nowhere", fraud=str(folder / PATH))
    assert looked.refresh() == []
    assert set(looked.known.profiles) == {("fraud", "3")}


def test_the_version_may_name_a_folder(folder):
    (folder / "profiles" / "3").mkdir()
    put(folder, "3/fraud.json", profile())
    looked = registry(folder, fraud="profiles/{version}/fraud.json")
    assert looked.refresh() == []
    assert set(looked.known.profiles) == {("fraud", "3")}


def test_what_a_path_holds_is_taken_literally(folder):
    put(folder, "fraud[x]-3.json", profile())
    put(folder, "fraudx-4.json", profile(version="4"))
    looked = registry(folder, fraud="profiles/fraud[x]-{version}.json")
    assert looked.refresh() == []
    assert set(looked.known.profiles) == {("fraud", "3")}


def test_models_do_not_share_their_places(folder):
    for version in range(LIVE):
        put(folder, f"fraud-{version}.json", profile(version=str(version)))
        put(folder, f"churn_{version}.json", profile(model="churn", version=str(version)))
    looked = registry(folder, fraud=PATH, churn="profiles/churn_{version}.json")
    assert looked.refresh() == []
    assert len(looked.known.profiles) == 2 * LIVE
    assert looked.known.models == {"fraud", "churn"}


@pytest.mark.parametrize("path", ["", "{model}.json", "{version}-{version}.json", "a}.json"])
def test_a_path_with_other_braces_is_refused(path):
    with pytest.raises(ValidationError, match="path"):
        ReferenceSettings(path=path)


class Shelf:
    """Learned profiles, as a store would give them; `error` is raised instead."""

    def __init__(self, *profiles):
        self.bodies = {(of.model, of.version): document.dump(of) for of in profiles}
        self.error = None

    def learned(self):
        if self.error is not None:
            raise self.error
        found = {pair: document.parse(body) for pair, body in self.bodies.items()}
        return {pair: of.fingerprint for pair, of in found.items()}

    def learned_profile(self, model, version):
        return self.bodies.get((model, version))


def learning(folder, shelf, path=PATH):
    settings = ReferenceSettings(path=path, learn=LearnSettings(rows=2_000))
    return Registry({"fraud": settings}, folder, shelf)


def test_what_was_learned_is_known_of_versions_without_a_file(folder):
    put(folder, "fraud-3.json", profile(commit="file"))
    shelf = Shelf(profile(commit="learned"), profile(version="4", provisional=True))
    looked = learning(folder, shelf)
    assert looked.refresh() == []
    assert looked.known.profile("fraud", "3").lineage == {"commit": "file"}
    assert looked.known.profile("fraud", "4").provisional
    assert looked.known.learns == {"fraud": 2_000}


def test_segments_of_what_was_learned_are_those_of_the_configuration(folder):
    own = profile()
    family = Segments("kind", ("a", "b"), (own.reference, own.reference, own.reference))
    shelf = Shelf(document.seal(replace(own, segments=(family,))))
    settings = ReferenceSettings(learn=LearnSettings(rows=2_000))
    asked = {"fraud": SegmentSettings(columns=("kind",), most=1)}
    for segments, names in ((asked, [("kind=a", "kind=other")]), ({}, [])):
        looked = Registry({"fraud": settings}, folder, shelf, segments)
        assert looked.refresh() == []
        found = looked.known.profile("fraud", "3").segments
        assert [family.names for family in found] == names


def test_a_file_that_appears_replaces_what_was_learned_until_it_goes(folder):
    looked = learning(folder, Shelf(profile(provisional=True)))
    looked.refresh()
    path = put(folder, "fraud-3.json", profile())
    looked.refresh()
    assert not looked.known.profile("fraud", "3").provisional
    path.unlink()
    looked.refresh()
    assert looked.known.profile("fraud", "3").provisional


def test_learning_alone_needs_no_folder_and_no_file(folder):
    looked = learning(folder / "nowhere", Shelf(profile()), path=None)
    assert looked.refresh() == []
    assert set(looked.known.profiles) == {("fraud", "3")}
    assert learning(folder, Shelf(), path="fraud.json").refresh() == []


def test_of_models_that_are_not_learned_the_shelf_is_not_asked(folder):
    shelf = Shelf(profile())
    looked = Registry({"fraud": ReferenceSettings(path=PATH)}, folder, shelf)
    assert looked.refresh() == []
    assert (looked.known.profiles, looked.known.learns) == ({}, {})


def test_while_the_store_is_away_what_was_learned_stays_known(folder):
    shelf = Shelf(profile(), profile(version="4"))
    looked = learning(folder, shelf)
    looked.refresh()
    shelf.error = Transient("the store is away")
    put(folder, "fraud-4.json", profile(version="4", commit="file"))
    (problem,) = looked.refresh()
    assert "the store is away; those known before stay in use" in problem
    assert set(looked.known.profiles) == {("fraud", "3"), ("fraud", "4")}
    assert looked.known.profile("fraud", "4").lineage == {"commit": "file"}


def test_files_and_what_was_learned_share_the_live_places(folder):
    for version in range(LIVE - 1):
        put(folder, f"fraud-{version}.json", profile(version=str(version)))
    looked = learning(folder, Shelf(profile(version="new"), profile(version="older")))
    looked.refresh()
    assert len(looked.known.profiles) == LIVE
    assert looked.known.profile("fraud", "new") is not None
