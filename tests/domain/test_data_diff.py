"""What is told of two versions of a data set."""

from attrs import evolve
from hypothesis import given

from cliptune.domain.data_diff import Change, DataDiff, diff
from cliptune.domain.data_manifest import COLUMNS, GROUP, SPLIT, DataManifest, ManifestRow
from support.manifests import manifest, manifests, row


def counts(found: DataDiff) -> dict[str, int]:
    """How many changes there are of each kind that there is."""
    return {name: len(changes) for name, changes in found.kinds.items() if changes}


def told(change: Change) -> int:
    """The captions that came or went with a picture."""
    return int((change.before or change.after).split()[0])


@given(manifests())
def test_nothing_differs_from_itself(one: DataManifest) -> None:
    found = diff(one, one)
    assert ({}, True, len(one.rows)) == (counts(found), found.equal, found.same_rows)


@given(manifests(), manifests())
def test_nothing_differs_just_where_the_roots_are_equal(before: DataManifest, after: DataManifest) -> None:
    assert (before.root == after.root) == diff(before, after).equal


@given(manifests(), manifests())
def test_every_row_is_accounted_for(before: DataManifest, after: DataManifest) -> None:
    found = diff(before, after)
    gone = len(found.removed_captions) + sum(map(told, found.removed_pictures))
    come = len(found.added_captions) + sum(map(told, found.added_pictures))
    assert len(before.rows) - gone == len(after.rows) - come


@given(manifests(), manifests())
def test_the_way_back_is_the_way_there(before: DataManifest, after: DataManifest) -> None:
    there, back = counts(diff(before, after)), counts(diff(after, before))
    swapped = {name.replace("added", "*").replace("removed", "added").replace("*", "removed") for name in there}
    assert swapped == set(back)
    assert sorted(there.values()) == sorted(back.values())


def edited(rows: list[ManifestRow], name: str, /, **changes: object) -> list[ManifestRow]:
    """The rows with something about one picture changed."""
    return [evolve(one, **changes) if one.image == name else one for one in rows]  # type: ignore[arg-type]


ROWS = [row(f"{name}.png", f"about {name}", split="train", group=f"P{name}", columns="c") for name in "abcdef"]


def changed(rows: list[ManifestRow]) -> dict[str, list[tuple[str, str, str]]]:
    """Every change from ``ROWS``."""
    found = diff(manifest(ROWS), manifest(rows))
    return {
        name: [(one.image, one.before, one.after) for one in changes]
        for name, changes in found.kinds.items()
        if changes
    }


def test_each_kind_of_change_is_told_as_what_it_is() -> None:
    other = row("other", "").sha256
    own = ROWS[0].sha256
    assert {"removed_pictures": [("a.png", "1 caption", "")]} == changed(ROWS[1:])
    assert {"added_pictures": [("g.png", "", "2 captions")]} == changed([*ROWS, row("g.png", "x"), row("g.png", "y")])
    assert {"renamed_pictures": [("z.png", "a.png", "z.png")]} == changed(edited(ROWS, "a.png", image="z.png"))
    assert {"changed_pictures": [("a.png", own, other)]} == changed(edited(ROWS, "a.png", sha256=other))
    assert {"removed_captions": [("a.png", "two", "")]} == {
        name.replace("added", "removed"): [(image, after, before) for image, before, after in changes]
        for name, changes in changed([*ROWS, row("a.png", "two", split="train", group="Pa", columns="c")]).items()
    }
    assert {"changed_captions": [("a.png", "about a", "About a.")]} == changed(
        edited(ROWS, "a.png", caption="About a.")
    )
    assert {"moved_splits": [("a.png", "train", "test")]} == changed(edited(ROWS, "a.png", split="test"))
    assert {"moved_groups": [("a.png", "Pa", "P9")]} == changed(edited(ROWS, "a.png", group="P9"))
    assert {"changed_columns": [("a.png", "about a", "about a")]} == changed(edited(ROWS, "a.png", columns="d"))


def test_what_changed_of_a_renamed_picture_is_told_by_its_new_name() -> None:
    rows = edited(ROWS, "a.png", image="z.png", split="val", caption="new")
    assert {
        "renamed_pictures": [("z.png", "a.png", "z.png")],
        "changed_captions": [("z.png", "about a", "new")],
        "moved_splits": [("z.png", "train", "val")],
    } == changed(rows)


def test_of_pictures_with_equal_bytes_those_with_one_name_in_another_folder_belong_together() -> None:
    before = manifest([row("x/1.png", data="same"), row("x/2.png", data="same"), row("x/3.png", data="same")])
    after = manifest([row("y/1.png", data="same"), row("y/0.png", data="same")])
    found = diff(before, after)
    assert [("x/2.png", "y/0.png"), ("x/1.png", "y/1.png")] == [
        (one.before, one.after) for one in found.renamed_pictures
    ]
    assert ["x/3.png"] == [one.image for one in found.removed_pictures]


def test_of_several_captions_the_most_similar_belong_together() -> None:
    before = manifest([row("a", text) for text in ("a red screw", "two dents at the rim", "kept")])
    after = manifest([row("a", text) for text in ("two dents near the rim", "a red screw.", "kept", "a third")])
    found = diff(before, after)
    assert [("a red screw", "a red screw."), ("two dents at the rim", "two dents near the rim")] == sorted(
        (one.before, one.after) for one in found.changed_captions
    )
    assert ["a third"] == [one.after for one in found.added_captions]
    assert (2, 1) == (len(found.changed_captions), found.rewordings)


def test_a_picture_with_very_many_captions_is_compared_in_good_time() -> None:
    before = manifest([row("a", f"{number} before {'x' * 50}") for number in range(300)])
    after = manifest([row("a", f"{number} after {'y' * 50}") for number in range(300)])
    assert {"changed_captions": 300} == counts(diff(before, after))


def test_what_one_of_the_two_cannot_tell_is_not_compared() -> None:
    run = manifest([evolve(one, group="", columns="") for one in ROWS], tells=frozenset({SPLIT}))
    table = manifest([evolve(one, split="") for one in ROWS], tells=frozenset({GROUP, COLUMNS}))
    found = diff(run, table)
    assert (True, len(ROWS), ("columns", "group", "split")) == (found.equal, found.same_rows, found.not_compared)


def test_rows_of_one_picture_that_disagree_in_their_split_are_told_when_they_change() -> None:
    before = manifest([row("a", "x", split="train"), row("a", "y", split="test")])
    after = manifest([row("a", "x", split="test"), row("a", "y", split="train")])
    found = diff(before, after)
    assert [("test + train", "test + train")] == [(one.before, one.after) for one in found.moved_splits]


def test_the_plain_answer_counts_everything_and_shows_a_few() -> None:
    rows = edited(edited(ROWS, "a.png", split="test"), "b.png", split="")
    plain = diff(manifest(ROWS), manifest(rows)).as_plain(limit=1)
    assert (False, 4, 2) == (plain["equal"], plain["same_rows"], plain["counts"]["moved_splits"])
    assert {"train -> test": 1, "train -> none": 1} == plain["split_moves"]
    assert {"moved_splits": [{"image": "a.png", "before": "train", "after": "test"}]} == plain["examples"]
