"""What a lineage looks like: its boxes, its groups, and what the selection means for each."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab.errors import ParameterError, UnknownNameError
from sonic_lab.provenance import Manifest, Step
from sonic_lab.tracking import Drawing, Lineage, Node, draw
from sonic_lab.tracking.grouping import groups
from sonic_lab.tracking.wording import papers, title
from tests.provenance.papers import row
from tests.tracking import world


@pytest.fixture
def small(tmp_path: Path) -> Lineage:
    return world.small(tmp_path)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    return world.large(tmp_path_factory.mktemp("large"))


def states(drawing: Drawing) -> dict[str, str]:
    return {box.title: box.state for box in drawing.boxes if box.state}


def test_everything_stands_in_the_order_in_which_it_came(small: Lineage) -> None:
    drawing = draw(small)
    x = {box.title: box.x for box in drawing.boxes}
    chain = ["a.wav", "set of one", "one", "one.bin", "g.wav", "set of two", "two", "two.bin"]
    assert sorted(chain, key=x.__getitem__) == chain
    assert len(drawing.boxes) == len(small) == 13
    assert {(line.source, line.target) for line in drawing.lines} == {
        (link.source, link.target) for link in small.links
    }
    assert states(drawing) == {}
    assert drawing.verdict == ""


def test_boxes_say_what_matters_of_their_kind(small: Lineage) -> None:
    notes = {box.title: box.note for box in draw(small).boxes}
    assert notes["a.wav"] == "CC-BY-3.0"
    assert notes["g.wav"] == "generate, CC0-1.0"
    assert notes["set of one"] == "data set, 2 clips"
    assert notes["one"] == "run, loss 0.25"
    assert notes["one.bin"].startswith("model ")


def test_the_words_of_a_box_say_what_the_selection_means(small: Lineage) -> None:
    labels = {box.title: box.label for box in draw(small, "b.wav").boxes}
    assert labels["one.bin"].endswith("must be retrained")
    assert labels["set of one"] == "set of one, data set, 2 clips, came of it"
    assert labels["c.wav"] == "clip c.wav, CC-BY-2.0"
    notes = {box.title: box.note for box in draw(small, "b.wav").boxes}
    assert notes["one.bin"] == "must be retrained"
    assert notes["set of one"] == "data set, 2 clips"


def test_withdrawing_a_clip_marks_every_model_to_retrain(small: Lineage) -> None:
    drawing = draw(small, "a.wav")
    marked = states(drawing)
    assert {title for title, state in marked.items() if state == "retrain"} == {
        "one.bin", "two.bin"
    }  # fmt: skip
    assert marked["a.wav"] == "selected"
    assert marked["g.wav"] == "forward"
    assert "b.wav" not in marked
    assert "three.bin" not in marked
    assert drawing.verdict == (
        "If a.wav is withdrawn, 2 models must be retrained: one.bin, two.bin. "
        "1 clip came of it: g.wav."
    )
    assert [line.state for line in drawing.lines].count("forward") == 7


@pytest.mark.parametrize(
    ("chosen", "state"),
    [("a.wav", "retrain"), ("set of one", "retrain"), ("one", "forward"), ("g.wav", "back")],
)
def test_what_can_be_withdrawn_asks_for_retraining(small: Lineage, chosen: str, state: str) -> None:
    assert states(draw(small, chosen))["one.bin"] == state


def test_what_is_marked_is_drawn_last_and_lies_on_top(small: Lineage) -> None:
    marked = [line.state != "" for line in draw(small, "b.wav").lines]
    assert marked == sorted(marked)
    assert True in marked
    assert False in marked


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("train/flute_1.flac", "train/flute_1.flac"),
        ("train/trumpet_1.flac", "trumpet_1.flac"),
        ("a-very-long-name-of-a-model-17.bin", "a-very-lon…-17.bin"),
    ],
)
def test_long_names_are_cut_where_it_hurts_least(name: str, shown: str) -> None:
    assert title([Node("clip:x", "clip", name)]) == shown
    assert len(shown) <= 18


def test_a_model_is_followed_back_to_its_licences(small: Lineage) -> None:
    drawing = draw(small, "one.bin")
    marked = states(drawing)
    assert {title for title, state in marked.items() if state == "back"} == {
        "a.wav", "b.wav", "set of one", "one"
    }  # fmt: skip
    assert marked["two.bin"] == "forward"  # a run cannot be withdrawn from what it learned
    assert "one.bin goes back to 2 clips through one; licences: CC-BY-3.0 (1), CC-BY-4.0 (1)." in (
        drawing.verdict
    )


def test_only_what_is_connected(small: Lineage) -> None:
    drawing = draw(small, "c.wav", connected=True)
    assert {box.title for box in drawing.boxes} == {"c.wav", "set of three", "three", "three.bin"}
    assert len(draw(small, connected=True).boxes) == 13  # nothing is selected: nothing left out


def test_a_clip_that_nobody_learned_from(small: Lineage) -> None:
    alone = Lineage([Manifest([row("z.wav")])])
    assert draw(alone, "z.wav").verdict == (
        "If z.wav is withdrawn, no model must be retrained: none learned from it."
    )


def test_hundreds_of_clips_are_a_few_boxes(large: Lineage) -> None:
    drawing = draw(large)
    titles = {box.title for box in drawing.boxes}
    assert len(large) == 612
    assert {"300 clips", "other.wav", "seed 0", "seed 4.bin"} <= titles
    assert len(drawing.boxes) == 2 + 1 + 1 + 5 + 5
    assert {box.note for box in drawing.boxes if box.title == "300 clips"} == {
        "CC0-1.0", "pitch_shift, CC0-1.0"
    }  # fmt: skip
    assert drawing.width < 1000


def test_one_of_a_group_stands_apart_once_selected_with_what_came_of_it(large: Lineage) -> None:
    drawing = draw(large, "p7.wav")
    marked = states(drawing)
    assert marked["p7.wav"] == "selected"
    assert marked["s7.wav"] == "forward"
    assert "299 clips" not in marked
    assert sum(state == "retrain" for state in marked.values()) == 5
    assert "5 models must be retrained" in drawing.verdict


def test_a_group_is_selected_whole(large: Lineage) -> None:
    group = next(box for box in draw(large).boxes if box.note == "CC0-1.0" and box.members[1:])
    drawing = draw(large, group.id)
    assert drawing.selected == group.members
    assert len(group.members) == 300
    assert drawing.verdict.startswith("If these 300 clips are withdrawn, 5 models must")
    with pytest.raises(ParameterError, match="is no group of this lineage"):
        draw(large, "group:clip:none")


def test_half_of_a_group_is_counted(tmp_path: Path) -> None:
    # So many kinds of clips that fewer rounds are made: then a box may hold both.
    chain = [row("0.wav", sha256=f"{0:064x}")]
    for i in range(1, 100):
        step = Step("speed", (chain[-1].sha256,))
        chain.append(row(f"{i}.wav", sha256=f"{i:064x}", derivation=(step,)))
    lineage = Lineage([Manifest(chain)])
    drawing = draw(lineage, "50.wav")
    assert sum(len(box.members) for box in drawing.boxes) == 100
    [group] = [box for box in drawing.boxes if len(box.members) > 1]
    after = {node.id for node in lineage.forward("50.wav")} & set(group.members)
    assert 0 < len(after) < len(group.members)
    assert group.note == f"{len(after)} of {len(group.members)} came of it"
    assert group.label.endswith(group.note)


def test_up_to_a_number_things_that_are_alike_are_drawn_one_by_one() -> None:
    m = Manifest([row(f"{i}.wav", sha256=f"{i:064x}") for i in range(8)])
    assert len(draw(Lineage([m]), most_alike=8).boxes) == 8
    assert len(draw(Lineage([m]), most_alike=7).boxes) == 1


def test_arrow_keys_lead_everywhere(small: Lineage) -> None:
    drawing = draw(small)
    boxes = {box.id: box for box in drawing.boxes}
    for box in drawing.boxes:
        for key, other in box.near.items():
            axis, sign = {"left": ("x", -1), "right": ("x", 1), "up": ("y", -1), "down": ("y", 1)}[
                key
            ]
            assert sign * (getattr(boxes[other], axis) - getattr(box, axis)) > 0
    reached, front = set(), [drawing.boxes[0].id]
    while front:
        id = front.pop()
        if id not in reached:
            reached.add(id)
            front += boxes[id].near.values()
    assert reached == set(boxes)


def test_description_tells_the_picture(small: Lineage) -> None:
    text = draw(small, "c.wav").description
    assert text.startswith(
        "A lineage of 4 clips, 3 data sets, 3 runs, 3 models. From left to right"
    )
    assert text.endswith("1 model must be retrained: three.bin.")


def test_papers_hold_licence_hash_settings_and_parameters(small: Lineage) -> None:
    def of(name: str) -> dict[str, str]:
        return dict(papers(small, [small.node(name).id]))

    assert of("a.wav")["licence"] == "CC-BY-3.0"
    assert of("a.wav")["sha256"] == world.A.sha256
    assert of("g.wav")["made by"] == "generate (seed 7)"
    assert of("one")["params: lr"] == "0.001"
    assert of("one")["metrics: loss"] == "0.25"
    assert of("set of one")["clips"] == "2"
    nameless = row("z.wav", licence="")
    lineage = Lineage([Manifest([nameless])])
    assert ("licence", "not stated") in papers(lineage, [f"clip:{nameless.sha256}"])


def test_papers_of_many_are_what_they_share(large: Lineage) -> None:
    group = max(draw(large).boxes, key=lambda box: len(box.members))
    shared = dict(papers(large, group.members))
    assert shared["licence"] == "CC0-1.0"
    assert shared["clips"].endswith("and 294 more")
    assert "sha256" not in shared


def test_unknown_thing_is_named(small: Lineage) -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'a\.wav'"):
        draw(small, "aa.wav")


def test_nothing_at_all() -> None:
    drawing = draw(Lineage())
    assert drawing.boxes == ()
    assert drawing.description == "A lineage of nothing."


ids = st.integers(0, 11).map(lambda i: f"n{i}")
links = st.lists(st.tuples(ids, ids, st.sampled_from(["made", "is in"])), max_size=20)
ALL = {f"n{i}": ("even" if i % 2 == 0 else "odd",) for i in range(12)}


@given(links, st.sets(ids, max_size=2))
def test_every_thing_is_in_one_group_of_its_kind(
    pairs: list[tuple[str, str, str]], apart: set[str]
) -> None:
    parts = groups(ALL, pairs, apart=apart, most_alike=2)
    assert sorted(id for part in parts for id in part) == sorted(ALL)
    for part in parts:
        assert len({ALL[id] for id in part}) == 1
        assert not apart & set(part) or set(part) <= apart


@given(links)
def test_members_of_a_group_lead_to_the_same_groups(pairs: list[tuple[str, str, str]]) -> None:
    # With no limit and no small groups parted, the partition is stable: a bisimulation.
    parts = groups(ALL, pairs, most_alike=0, most_boxes=12)
    group = {id: i for i, part in enumerate(parts) for id in part}
    for part in parts:
        assert len({frozenset((h, group[b]) for a, b, h in pairs if a == id) for id in part}) == 1
        assert len({frozenset((h, group[a]) for a, b, h in pairs if b == id) for id in part}) == 1


def test_where_all_differ_fewer_rounds_are_made() -> None:
    chain = {f"c{i}": ("clip",) for i in range(200)}
    pairs = [(f"c{i}", f"c{i + 1}", "made") for i in range(199)]
    assert len(groups(chain, pairs, most_boxes=300)) == 200
    assert len(groups(chain, pairs, most_boxes=40)) <= 40
